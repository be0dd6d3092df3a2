"""On-chain coins: choosing, spending, change."""
