"""Scenarios with Lightning nodes that other people wrote."""
