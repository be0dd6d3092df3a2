"""Reading codes that others show: from an image, the screen, the clipboard, a camera.

Whatever opens images runs in a process of its own (`reader.py`), so that a picture made to harm a
decoder meets no key, no loop and no more memory than it may have. What codes say is `Untrusted`.
"""
