"""Bitcoin Core as the second opinion: the same headers are taken, and the same tip is the best."""

from __future__ import annotations

import random
from collections import Counter
from typing import Final

import pbk
import pytest

from lnwallet_tui.bitcoin.block import BlockHeader
from lnwallet_tui.bitcoin.consensus import rules_of
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.headers import HeaderTree, extend
from lnwallet_tui.chain.headers_batch import HeadersRefused, Reason
from tests.bitcoin.core import core_chain
from tests.headers import child, mined, signet_headers

RULES: Final = rules_of(Network.REGTEST)
LIMIT: Final = RULES.limit_bits
NOW: Final = 1_760_000_000  # Core asks the machine's clock; no header has a time near it
LATEST: Final = 2**32 - 1
BITS: Final = [LIMIT] * 12 + [0x207FFFFE, 0x1F7FFFFF, 0x2100FFFF, 0, 0x04923456]
VERSIONS: Final = [4] * 12 + [1, 3, 0x20000000, 0xFFFFFFFF]


def made(dice: random.Random, parent: bytes) -> bytes:
    """A child of `parent`, right or wrong."""
    seconds = dice.choice([dice.randint(-9_000, 9_000)] * 6 + [600] * 6 + [-(10**9), LATEST])
    time = min(max(BlockHeader.parse(parent).time + seconds, 0), LATEST)
    version, salt = dice.choice(VERSIONS), dice.getrandbits(64)
    plain = child(parent, time=time, version=version, salt=salt)
    bits = dice.choice(BITS)
    if bits != LIMIT:
        return mined(plain[:72] + bits.to_bytes(4, "little") + bytes(4), 1 << 254)
    return plain if dice.random() < 0.9 else plain[:76] + dice.randbytes(4)


def core_takes(manager: pbk.ChainstateManager, header: bytes) -> bool:
    """Whether Core takes a header into its tree."""
    try:
        state = manager.process_block_header(pbk.BlockHeader(header))
    except pbk.ProcessBlockHeaderException:
        return False
    return bool(state.validation_mode == pbk.ValidationMode.VALID)


def refusal(tree: HeaderTree, header: bytes) -> Reason:
    """Why we refuse what Core refuses."""
    with pytest.raises(HeadersRefused) as refused:
        extend(tree, header, NOW)
    return refused.value.reason


@pytest.mark.parametrize("seed", range(12))
def test_core_takes_the_same_headers_and_has_the_same_tip(seed: int) -> None:
    dice, reasons = random.Random(seed), Counter[Reason]()
    tree, taken = HeaderTree.begin(RULES), [RULES.genesis.serialize()]
    with core_chain(Network.REGTEST) as manager:
        for _ in range(300):
            header = made(dice, dice.choice(taken[-6:]))
            if not core_takes(manager, header):
                reasons[refusal(tree, header)] += 1
                continue
            tree = extend(tree, header, NOW).tree
            taken.append(header)
            assert bytes(manager.best_entry.block_hash) == tree.tip
            assert manager.best_entry.height == tree.height
    assert len(taken) > 50
    assert set(reasons) == {
        Reason.WRONG_BITS,
        Reason.NO_WORK,
        Reason.TOO_OLD,
        Reason.TOO_NEW,
        Reason.OLD_VERSION,
    }


def test_core_takes_the_first_headers_of_signet_and_refuses_the_same_changes_of_them() -> None:
    """Real blocks, over a retarget: whatever is changed of the last ones, both refuse it."""
    headers, dice = signet_headers(), random.Random(0)
    tree = HeaderTree.begin(rules_of(Network.SIGNET))
    with core_chain(Network.SIGNET) as manager:
        for height, header in enumerate(headers[1:], 1):
            if height >= 2_010:
                bad = bytearray(header)
                bad[dice.randrange(80)] ^= 1 << dice.randrange(8)
                assert not core_takes(manager, bytes(bad))
                refusal(tree, bytes(bad))
            assert core_takes(manager, header)
            tree = extend(tree, header, NOW).tree
        assert bytes(manager.best_entry.block_hash) == tree.tip
        assert manager.best_entry.height == tree.height == 2_022
