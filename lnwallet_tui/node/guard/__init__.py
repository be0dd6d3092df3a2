"""What closes and cheats are answered with, beside the node and without one."""
