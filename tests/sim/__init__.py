"""Whole lives of channels, each from one seed: whole nodes, chain, adversary and virtual time.

`life` lets chance act, `faults` break things, `checks` look after each step, `judgement` compares
the end with a model of integers. `run.run_seed` lives one through; `tests/sim/campaign` many.
"""
