"""Lightning messages as bytes: one declaration a message (BOLT 1, 2, 7, 9)."""
