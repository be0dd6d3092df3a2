"""QR codes beside their drawing: what this terminal can, what the user chose, codes as images."""
