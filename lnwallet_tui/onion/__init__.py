"""BOLT 4: building, peeling and failing onion packets."""
