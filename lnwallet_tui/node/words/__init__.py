"""What the node says of channels, coins and closes, in plain sentences."""
