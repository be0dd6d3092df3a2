"""What a power cut, a kill or a failing disk leaves of a wallet."""
