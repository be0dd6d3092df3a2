"""BOLT 11 invoices and the URIs that people paste."""
