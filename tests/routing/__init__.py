"""Tests of the room that finds ways through the network."""
