"""One seed, one run; another seed or another thrower, other numbers."""

from lnwallet_tui.playground.dice import SeededDice


def test_the_same_seed_and_thrower_throw_the_same() -> None:
    assert SeededDice(b"7", "shop").bytes(100) == SeededDice(b"7", "shop").bytes(100)


def test_seeds_and_throwers_differ() -> None:
    throws = {
        SeededDice(seed, name).bytes(16) for seed in (b"7", b"8") for name in ("shop", "cheat")
    }
    assert len(throws) == 4


def test_throws_do_not_repeat() -> None:
    dice = SeededDice(b"7", "shop")
    assert len({dice.bytes(32) for _ in range(100)}) == 100


def test_numbers_reach_both_ends_and_no_further() -> None:
    dice = SeededDice(b"7", "shop")
    assert {dice.between(3, 5) for _ in range(100)} == {3, 4, 5}


def test_a_shuffle_keeps_every_item() -> None:
    dice = SeededDice(b"7", "shop")
    orders = [tuple(dice.shuffled("abcd")) for _ in range(50)]
    assert len(set(orders)) > 10
    assert all(sorted(order) == list("abcd") for order in orders)
    assert {dice.one_of("abcd") for _ in range(100)} == set("abcd")
