"""Somebody pays us, a reorganisation undoes it, and the same coins are spent otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from lnwallet_tui.api.spending import Sending, WantedFee
from lnwallet_tui.bitcoin.hashes import hash160, sha256
from lnwallet_tui.bitcoin.script import p2sh, p2wpkh, p2wsh
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.node.payments.undone_payments import spent_script
from tests.node.town import Town

PAID_SAT = 40_000
KEY, SCRIPT = b"\x02" + bytes(32), b"\x51" * 40


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def undone(town: Town) -> Tx:
    """Ben's payment to Ada, which stood in the chain; nobody knows it any more but she."""
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    address = (await town.do(ada.address())).address
    await town.do(ben.send(Sending(((address, PAID_SAT),), fee=WantedFee(feerate_per_kw=1_000))))
    [payment] = (entry.tx for entry in town.regtest.mempool.entries())
    await town.mine()
    assert (await ada.balance()).onchain_pending_sat == 0
    await town.stop("ben")
    town.regtest.chain.drop(1)
    town.regtest.mempool._entries.clear()
    for _ in range(2):
        town.regtest._miner.mine()  # before anybody hears of it
    await town.clock.rest()
    assert (await ada.balance()).onchain_pending_sat == PAID_SAT
    return payment


def otherwise(town: Town, payment: Tx) -> Tx:
    """The same coins, all of them back to Ben."""
    wallet = town.nodes["ben"]._board.wallet
    home = next(out for out in payment.outputs if wallet.owns(out.script_pubkey))
    unsigned = replace(payment, outputs=(TxOut(home.value, home.script_pubkey),))
    return wallet.sign(unsigned, wallet.spent_by(payment))


async def test_what_was_spent_otherwise_is_not_waited_for(town: Town) -> None:
    payment = await undone(town)
    assert town.regtest.publish(otherwise(town, payment)) is None
    await town.mine()
    ada = town.nodes["ada"]
    assert not ada._board.wallet.waiting()
    [told] = [entry for entry in await ada.inbox() if "will not come" in entry.text]
    assert told.text.startswith("40,000 sat that were paid to you")
    await town.regtest.reorganise(1)
    assert len([entry for entry in await ada.inbox() if "will not come" in entry.text]) == 1
    await town.start("ben")


async def test_what_comes_back_is_ours_as_before(town: Town) -> None:
    payment = await undone(town)
    assert town.regtest.publish(payment) is None
    await town.mine()
    ada = town.nodes["ada"]
    assert not ada._board.wallet.waiting()
    assert not [entry for entry in await ada.inbox() if "will not come" in entry.text]
    await town.start("ben")


@pytest.mark.parametrize(
    ("script_sig", "witness", "script"),
    [
        (b"", (bytes(71), KEY), p2wpkh(KEY)),
        (b"", (bytes(71), b"", SCRIPT), p2wsh(SCRIPT)),
        (b"\x16" + p2wpkh(KEY), (bytes(71), KEY), p2sh(hash160(p2wpkh(KEY)))),
        (b"\x22" + p2wsh(SCRIPT), (bytes(71), SCRIPT), p2sh(hash160(p2wsh(SCRIPT)))),
        (b"\x16" + p2wpkh(KEY), (bytes(71), b"\x03" + bytes(32)), None),
        (b"", (bytes(64),), None),  # taproot, by its key
        (b"\x47" + bytes(71), (), None),
        (b"", (), None),
    ],
)
def test_what_an_input_spends_is_read_from_its_witness(
    script_sig: bytes, witness: tuple[bytes, ...], script: bytes | None
) -> None:
    outpoint = OutPoint(sha256(b"a coin"), 0)
    assert spent_script(TxIn(outpoint, script_sig, 0, witness)) == script
