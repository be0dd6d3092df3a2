"""What the blocks say about what we watch: confirmations, spends, reorgs."""
