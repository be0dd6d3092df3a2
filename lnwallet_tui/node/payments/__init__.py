"""Payments out, in and through, from what a person types to what stands in the history."""
