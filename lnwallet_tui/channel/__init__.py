"""The channel machine (BOLT 2, BOLT 3): a pure step from state and event to state and effects."""
