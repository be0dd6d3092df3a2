"""The wallet's screen in a browser that others wrote; see test_browser.py."""
