"""The step loop of each channel, from its opening to the last state it is closed with."""
