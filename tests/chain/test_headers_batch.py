"""One rule after the other, each by a header that breaks it alone; and BIP94's cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.block import BlockHeader, bits_from_target, target_from_bits
from lnwallet_tui.bitcoin.consensus import PERIOD, PERIOD_SECONDS, ChainRules, rules_of
from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.headers import HeaderTree, extend
from lnwallet_tui.chain.headers_batch import HeadersRefused, Reason, Run, _Batch, check, work_of
from tests.headers import EASY, FAR_FUTURE, chain, child, mined, signet_headers

GENESIS: Final = EASY.genesis.serialize()
TRUNK: Final = [GENESIS, *chain(EASY, 2_100)]
KNOWN: Final = 40
"""So many of the trunk the tree has before a batch comes."""


def tree_of(headers: list[bytes], rules: ChainRules = EASY) -> HeaderTree:
    """A tree with these headers, the genesis block first."""
    tree = HeaderTree.begin(rules)
    for at in range(1, len(headers), 2_000):
        tree = extend(tree, b"".join(headers[at : at + 2_000]), FAR_FUTURE).tree
    return tree


def refusal(tree: HeaderTree, batch: list[bytes], now: int = FAR_FUTURE) -> tuple[Reason, int]:
    """Why a batch is refused, and for which header."""
    with pytest.raises(HeadersRefused) as refused:
        extend(tree, b"".join(batch), now)
    return refused.value.reason, refused.value.position


def time_of(header: bytes) -> int:
    """A header's time."""
    return BlockHeader.parse(header).time


def without_work(parent: bytes) -> bytes:
    """A child whose hash is too high."""
    header = BlockHeader.parse(child(parent))
    nonces = (replace(header, nonce=nonce) for nonce in range(1_000))
    return next(one for one in nonces if not one.has_proof_of_work()).serialize()


def as_old_as_the_median(parent: bytes) -> bytes:
    """A child at exactly the time that its own must be above."""
    return child(parent, time=time_of(parent) - 5 * 600)


BROKEN: Final[dict[str, tuple[Callable[[bytes], bytes], Reason]]] = {
    "no work": (without_work, Reason.NO_WORK),
    "harder than asked for": (lambda parent: child(parent, bits=0x207FFFFE), Reason.WRONG_BITS),
    "easier than any": (
        lambda parent: mined(child(parent)[:72] + b"\xff\xff\x00\x21" + bytes(4), (1 << 256) - 1),
        Reason.WRONG_BITS,
    ),
    "negative bits": (
        lambda parent: mined(child(parent)[:72] + b"\x56\x34\x92\x04" + bytes(4), (1 << 256) - 1),
        Reason.WRONG_BITS,
    ),
    "bits of nothing": (
        lambda parent: mined(child(parent)[:72] + bytes(8), (1 << 256) - 1),
        Reason.WRONG_BITS,
    ),
    "as old as the median": (as_old_as_the_median, Reason.TOO_OLD),
    "of the beginning of time": (lambda parent: child(parent, time=0), Reason.TOO_OLD),
    "two hours and a second ahead": (
        lambda parent: child(parent, time=FAR_FUTURE + 7_201),
        Reason.TOO_NEW,
    ),
    "an old version": (lambda parent: child(parent, version=3), Reason.OLD_VERSION),
    "a negative version": (lambda parent: child(parent, version=0xFFFFFFFF), Reason.OLD_VERSION),
}


@pytest.mark.parametrize("after", [0, 1, 30])
@pytest.mark.parametrize("name", BROKEN)
def test_a_header_that_breaks_a_rule_is_named_and_nothing_of_its_batch_taken(
    name: str, after: int
) -> None:
    rules = replace(EASY, versions=((1, 4),))
    tree = tree_of(TRUNK[:KNOWN], rules)
    make, reason = BROKEN[name]
    good = TRUNK[KNOWN : KNOWN + after]
    bad = make(TRUNK[KNOWN + after - 1])
    assert refusal(tree, [*good, bad, child(bad, bits=0x207FFFFF)]) == (reason, after)
    if good:
        assert refusal(tree, [*TRUNK[30:KNOWN], *good, bad]) == (reason, after + KNOWN - 30)
        assert extend(tree, b"".join(good), FAR_FUTURE).tree.height == KNOWN + after - 1


def test_what_is_just_within_the_limits_is_taken() -> None:
    tree = tree_of(TRUNK[:KNOWN])
    youngest = child(TRUNK[KNOWN - 1], time=FAR_FUTURE + 7_200)
    assert extend(tree, youngest, FAR_FUTURE).connected
    oldest = child(TRUNK[KNOWN - 1], time=time_of(TRUNK[KNOWN - 1]) - 5 * 600 + 1)
    assert extend(tree, oldest, FAR_FUTURE).connected
    # Later the same is late, and what was too new before is taken.
    assert refusal(tree, [youngest], FAR_FUTURE - 1) == (Reason.TOO_NEW, 0)


def test_a_clock_that_is_behind_takes_what_comes_before() -> None:
    tree = tree_of(TRUNK[:KNOWN])
    behind = time_of(TRUNK[60]) - 7_200
    assert refusal(tree, TRUNK[KNOWN:80], behind) == (Reason.TOO_NEW, 61 - KNOWN)
    taken = extend(tree, b"".join(TRUNK[KNOWN:61]), behind)
    assert taken.tree.height == 60
    assert not Reason.TOO_NEW.is_a_lie


def test_headers_that_do_not_follow_each_other() -> None:
    tree = tree_of(TRUNK[:KNOWN])
    assert refusal(tree, [*TRUNK[KNOWN:50], *TRUNK[51:60]]) == (Reason.BROKEN_LINK, 10)
    assert refusal(tree, TRUNK[50:60]) == (Reason.UNCONNECTED, 0)
    assert refusal(tree, [TRUNK[1], TRUNK[1]]) == (Reason.BROKEN_LINK, 1)


@pytest.mark.parametrize("size", [0, 1, 79, 81, 80 * 2_001])
def test_what_is_no_message_of_headers(size: int) -> None:
    assert refusal(tree_of(TRUNK[:KNOWN]), [bytes(size)]) == (Reason.MALFORMED, 0)


@given(st.binary(min_size=80, max_size=400).map(lambda data: data[: len(data) // 80 * 80]))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(HeadersRefused):
        extend(tree_of(TRUNK[:KNOWN]), data, FAR_FUTURE)


@given(st.integers(0, 80 * 50 - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_makes_another_block(at: int, change: int) -> None:
    raw = bytearray(b"".join(TRUNK[KNOWN : KNOWN + 50]))
    raw[at] ^= change
    tree = tree_of(TRUNK[:KNOWN])
    if at < 80 * 49:
        with pytest.raises(HeadersRefused):
            extend(tree, bytes(raw), FAR_FUTURE)
        return
    try:
        taken = extend(tree, bytes(raw), FAR_FUTURE)
    except HeadersRefused:
        return
    assert taken.tree.tip == sha256d(bytes(raw[-80:]))


def test_the_first_of_a_period_has_the_difficulty_that_the_last_one_earned() -> None:
    tree = tree_of(TRUNK[:PERIOD])
    first = BlockHeader.parse(TRUNK[PERIOD])
    assert first.bits != EASY.genesis.bits
    assert extend(tree, b"".join(TRUNK[PERIOD:]), FAR_FUTURE).tree.height == 2_100
    old = child(TRUNK[PERIOD - 1], bits=EASY.genesis.bits)
    assert refusal(tree, [old, child(old)]) == (Reason.WRONG_BITS, 0)
    early = tree_of(TRUNK[: PERIOD - 20])
    assert refusal(early, [*TRUNK[PERIOD - 20 : PERIOD], old]) == (Reason.WRONG_BITS, 20)
    late = child(TRUNK[PERIOD], bits=EASY.genesis.bits)
    assert refusal(tree, [TRUNK[PERIOD], late]) == (Reason.WRONG_BITS, 1)


@pytest.mark.parametrize("known", range(PERIOD - 3, PERIOD + 1))
def test_a_period_may_begin_anywhere_in_a_message(known: int) -> None:
    tree = tree_of(TRUNK[:known])
    assert extend(tree, b"".join(TRUNK[known:]), FAR_FUTURE).tree.height == 2_100


def test_a_hash_that_is_just_the_target_meets_it() -> None:
    target = target_from_bits(EASY.genesis.bits)
    for number, is_good in ((target, True), (target + 1, False)):
        run = Run(TRUNK[1], number.to_bytes(32, "little"))
        if is_good:
            assert check(EASY, GENESIS, 1, run, FAR_FUTURE) == EASY.genesis.work
        else:
            with pytest.raises(HeadersRefused, match="does not meet"):
                check(EASY, GENESIS, 1, run, FAR_FUTURE)


@given(st.data())
def test_the_first_hash_above_a_target_is_found(data: st.DataObject) -> None:
    """Numbers near the target, and of as many leading zeros; beside comparing each."""
    bits = data.draw(st.sampled_from([0x207FFFFF, 0x1F00FFFF, 0x1D00FFFF, 0x17034219, 0x03000001]))
    target = target_from_bits(bits)
    near = st.integers(-3, 3).map(lambda by: max(target + by, 0))
    rows = data.draw(st.lists(st.one_of(near, st.integers(0, target)), min_size=1, max_size=8))
    rows += data.draw(st.lists(st.integers(target, (1 << 256) - 1), max_size=2))
    hashes = b"".join(number.to_bytes(32, "little") for number in rows)
    run = Run(TRUNK[1][:72] + bits.to_bytes(4, "little") + TRUNK[1][76:], hashes)
    run = Run(run.headers * len(rows), hashes)
    rules = replace(EASY, genesis=replace(EASY.genesis, bits=bits))
    expected = next((at for at, number in enumerate(rows) if number > target), None)
    batch = _Batch(rules, rules.genesis.serialize(), 1, run, FAR_FUTURE)
    assert [at for at, _ in batch._without_work()] == ([] if expected is None else [expected])


@pytest.mark.parametrize("first", [29, 30, 31])
@pytest.mark.parametrize("end", [30, 31, 32])
def test_a_checkpoint_is_looked_at_wherever_it_is_in_a_message(first: int, end: int) -> None:
    right = replace(EASY, checkpoints={30: sha256d(TRUNK[30])})
    wrong = replace(EASY, checkpoints={30: sha256d(TRUNK[31])})
    batch = TRUNK[first:end]
    if not batch:
        return
    tree = tree_of(TRUNK[:first])
    taken = extend(replace(tree, rules=right), b"".join(batch), FAR_FUTURE)
    assert taken.tree.height == end - 1
    if first <= 30 < end:
        assert refusal(replace(tree, rules=wrong), batch) == (Reason.CHECKPOINT, 30 - first)
    else:
        assert extend(replace(tree, rules=wrong), b"".join(batch), FAR_FUTURE).connected


def test_mainnets_versions_are_asked_for_from_their_heights() -> None:
    rules = rules_of(Network.MAINNET)
    assert [rules.least_version(at) for at in (227_930, 227_931, 363_725, 388_380, 388_381)] == [
        -(2**31), 2, 3, 3, 4,
    ]  # fmt: skip
    mixed = replace(EASY, versions=((45, 2), (50, 3)))
    tree = tree_of(TRUNK[:KNOWN], mixed)
    headers = [TRUNK[KNOWN - 1]]
    for height in range(KNOWN, 52):
        headers.append(child(headers[-1], version=1 if height < 45 else 2))
    assert refusal(tree, headers) == (Reason.OLD_VERSION, 11)


def test_of_two_faults_the_first_is_named() -> None:
    tree = tree_of(TRUNK[:KNOWN])
    one = child(TRUNK[KNOWN - 1], time=0)
    other = without_work(one)
    assert refusal(tree, [one, other]) == (Reason.TOO_OLD, 0)
    one = without_work(TRUNK[KNOWN - 1])
    assert refusal(tree, [one, child(one, time=0)]) == (Reason.NO_WORK, 0)


LATE: Final = replace(EASY, min_difficulty_when_late=True, bip94=True)


@settings(max_examples=60)
@given(st.data())
def test_a_batch_is_judged_as_its_headers_are_one_by_one(data: st.DataObject) -> None:
    """Right and wrong ones of any times, at the beginning of the chain and of a period, too."""
    rules = data.draw(st.sampled_from([EASY, LATE]), "rules")
    known = data.draw(st.sampled_from([1, 2, 5, 11, 12, 100, PERIOD - 15, PERIOD - 1, PERIOD]))
    before = TRUNK[:known]
    tree, batch = tree_of(before, rules), list[bytes]()
    seconds = st.one_of(st.integers(500, 700), st.integers(-4_000, 4_000))
    for _ in range(data.draw(st.integers(1, 40), "headers")):
        parent = (before + batch)[-1]
        time = max(time_of(parent) + data.draw(seconds), 0)
        height, bits = len(before) + len(batch), BlockHeader.parse(parent).bits
        if height % PERIOD == 0:
            span = BlockHeader.parse(TRUNK[0]), BlockHeader.parse(parent)
            bits = rules.next_bits(*((one.time, one.bits) for one in span))
        batch.append(child(parent, bits=bits, time=time))
    expected = None
    for position, header in enumerate(batch):
        try:
            tree = extend(tree, header, FAR_FUTURE).tree
        except HeadersRefused as refused:
            expected = refused.reason, position
            break
    whole = tree_of(before, rules)
    if expected is None:
        assert extend(whole, b"".join(batch), FAR_FUTURE).tree == tree
    else:
        assert refusal(whole, batch) == expected


def test_a_run_is_cut_and_searched() -> None:
    run = Run.of(b"".join(TRUNK[:5]))
    assert len(run) == 5
    assert repr(run) == "Run(5 headers)"
    assert run.part(1, 3) + run.part(3) == run.part(1)
    assert [run.find(sha256d(header)) for header in TRUNK[:6]] == [0, 1, 2, 3, 4, None]
    straddling = run.hashes[16:48]  # bytes that stand there, but are no block's hash
    assert run.find(straddling) is None
    assert Run(hashes=b"\x01" * 41 + bytes(23)).find(b"\x01" * 32) == 0
    assert run.in_common(run.part(0, 3)) == 3
    assert work_of(run.headers) == 5 * EASY.genesis.work


class TestTestnet4:
    """BIP94, with a genesis block that is sixteen times as hard as the least difficulty."""

    LIMIT: Final = EASY.genesis.bits
    HARD: Final = bits_from_target(target_from_bits(EASY.genesis.bits) // 16)
    _GENESIS: Final = mined(replace(EASY.genesis, bits=HARD).serialize(), target_from_bits(HARD))
    RULES: Final = replace(
        EASY,
        genesis=BlockHeader.parse(_GENESIS),
        retargets=True,
        min_difficulty_when_late=True,
        bip94=True,
    )

    def late(self, parent: bytes, bits: int, seconds: int = 1_201) -> bytes:
        """A child so many seconds after its parent."""
        return child(parent, bits=bits, time=time_of(parent) + seconds)

    def test_who_is_late_must_have_the_least_difficulty(self) -> None:
        tree = HeaderTree.begin(self.RULES)
        late = self.late(self._GENESIS, self.LIMIT)
        assert extend(tree, late, FAR_FUTURE).connected.headers == late
        assert refusal(tree, [self.late(self._GENESIS, self.HARD)]) == (Reason.WRONG_BITS, 0)

    def test_who_is_not_late_must_not(self) -> None:
        tree = HeaderTree.begin(self.RULES)
        in_time = self.late(self._GENESIS, self.LIMIT, 1_200)
        assert refusal(tree, [in_time]) == (Reason.WRONG_BITS, 0)
        assert extend(tree, self.late(self._GENESIS, self.HARD, 1_200), FAR_FUTURE).connected

    def test_after_late_ones_the_difficulty_is_that_of_the_period(self) -> None:
        late = self.late(self._GENESIS, self.LIMIT)
        later = self.late(late, self.LIMIT)
        usual = self.late(later, self.HARD, 600)
        easy = self.late(later, self.LIMIT, 600)
        tree = HeaderTree.begin(self.RULES)
        assert extend(tree, late + later + usual, FAR_FUTURE).tree.height == 3
        assert refusal(tree, [late, later, easy]) == (Reason.WRONG_BITS, 2)
        alone = extend(tree, late + later, FAR_FUTURE).tree
        assert extend(alone, usual, FAR_FUTURE).connected
        assert refusal(alone, [easy]) == (Reason.WRONG_BITS, 0)

    def period(self, last_seconds: int) -> list[bytes]:
        """A whole period, of which the last block comes so many seconds after the one before."""
        headers = [self._GENESIS, *chain(self.RULES, PERIOD - 2, after=[self._GENESIS])]
        bits = self.LIMIT if last_seconds > 1_200 else self.HARD
        return [*headers, self.late(headers[-1], bits, last_seconds)]

    def test_the_first_of_a_period_is_never_easy_and_the_last_does_not_make_it_so(self) -> None:
        headers = self.period(PERIOD_SECONDS)
        tree = tree_of(headers, self.RULES)
        base = target_from_bits(self.HARD)
        seconds = time_of(headers[-1]) - time_of(headers[0])
        bits = bits_from_target(base * seconds // PERIOD_SECONDS)
        assert bits != self.LIMIT
        first = self.late(headers[-1], bits)
        assert extend(tree, first, FAR_FUTURE).connected
        assert refusal(tree, [self.late(headers[-1], self.LIMIT)]) == (Reason.WRONG_BITS, 0)

    def test_a_period_does_not_begin_much_before_the_last_one_ended(self) -> None:
        headers = self.period(20_000)  # one later than the median allows to go back
        tree = tree_of(headers, self.RULES)
        span = (time_of(headers[0]), self.HARD), (time_of(headers[-1]), self.LIMIT)
        bits = self.RULES.next_bits(*span)
        warped = self.late(headers[-1], bits, -601)
        assert refusal(tree, [warped]) == (Reason.TIME_WARP, 0)
        assert extend(tree, self.late(headers[-1], bits, -600), FAR_FUTURE).connected
        mainnet = replace(self.RULES, bip94=False)
        base = mainnet.next_bits(*span)
        elsewhere = replace(tree, rules=mainnet)
        assert extend(elsewhere, self.late(headers[-1], base, -601), FAR_FUTURE).connected


def test_signet_has_no_late_blocks() -> None:
    """Block 2019 came 1,631 seconds after its parent, with the difficulty of its period."""
    headers = signet_headers()
    late, before = BlockHeader.parse(headers[2_019]), BlockHeader.parse(headers[2_018])
    assert late.time - before.time == 1_631
    assert late.bits == before.bits == 0x1E012FA7
    tree = tree_of(headers[:2_019], rules_of(Network.SIGNET))
    assert extend(tree, headers[2_019], FAR_FUTURE).connected
    wrong = headers[2_019][:72] + b"\xae\x77\x03\x1e" + headers[2_019][76:]
    assert refusal(tree, [wrong])[0] is Reason.WRONG_BITS
