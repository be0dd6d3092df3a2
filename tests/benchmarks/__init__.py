"""How fast it is where that counts, as ratios against a floor of the same run; nothing asserts."""
