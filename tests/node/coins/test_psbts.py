"""Payments handed out unsigned and taken back signed, and ours signed beside others'."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec.structs import replace as replace_view

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import BumpQuote, BumpWay, PsbtView, Sending, WantedFee
from lnwallet_tui.bitcoin.address import address_to_script
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import Tx, TxOut
from lnwallet_tui.coins.psbt import Psbt, key
from lnwallet_tui.coins.psbt_rules import In
from lnwallet_tui.coins.psbt_spend import extracted, finalised
from lnwallet_tui.node.node import Node
from tests.node.coins.test_bump_reserve import with_coins
from tests.node.coins.test_coin_views import coins, expect_sums, freeze, history
from tests.node.coins.test_spending import to_ben, waiting
from tests.node.test_disk import Fault
from tests.node.test_taproot import with_taproot
from tests.node.town import Town
from tests.psbt_combiner import combined


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def expect_read_by(them: Node, town: Town, out: PsbtView) -> None:
    """Who is paid reads as much of it as who pays, and has nothing to sign."""
    read = await town.do(them.read_psbt(out.psbt))
    ours = {one.address for one in read.pays if one.yours}
    assert ours == {one.address for one in out.pays if not one.yours}
    assert read.takes_sat == -sum(one.amount_sat for one in read.pays if one.yours)
    assert read.fee_sat == out.fee_sat
    assert read.spends == tuple(replace_view(one, yours=False) for one in out.spends)
    assert (read.refused is not None, read.sends) == (True, False)
    refused = await town.run(them.sign_psbt(out.psbt))
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.UNKNOWN


@pytest.mark.parametrize("taproot", [False, True])
async def test_out_unsigned_and_back(town: Town, taproot: bool) -> None:
    make = with_taproot if taproot else with_coins
    cyd = await make(town, "cyd", 200_000)
    before = await cyd.balance()
    payouts = await to_ben(town, 50_000)
    out = await town.do(cyd.export_send(Sending(payouts)))
    assert (out.complete, out.sent, await cyd.balance()) == (False, False, before)
    assert out.fee_sat is not None
    assert out.takes_sat == 50_000 + out.fee_sat
    [paid] = [one for one in out.pays if not one.yours]
    [back] = [one for one in out.pays if one.yours]
    assert ((paid.address, paid.amount_sat),) == payouts
    assert back.amount_sat == 200_000 - out.takes_sat
    assert await town.do(cyd.read_psbt(out.psbt)) == out
    await expect_read_by(town.nodes["ben"], town, out)
    too_dear = await town.run(cyd.sign_psbt(out.psbt, most_sat=out.takes_sat - 1))
    assert isinstance(too_dear, Refused)
    signed = await town.do(cyd.sign_psbt(out.psbt, most_sat=out.takes_sat))
    assert (signed.complete, signed.sent, signed.txid) == (True, True, out.txid)
    whole = extracted(Psbt.from_text(signed.psbt))
    assert whole is not None
    exact = out.fee_sat * 1000 / whole.weight
    assert out.sends
    assert 0.98 * exact < out.feerate_per_kw <= exact
    assert waiting(town) == [out.txid]
    told = (await history(cyd))[0]
    assert (told.kind, told.fee_sat) == (TxKind.SENT, out.fee_sat)
    again = await town.run(cyd.sign_psbt(out.psbt))
    assert isinstance(again, Refused)
    assert again.code is RefusalCode.ALREADY_PAID
    assert again.message == "It is sent already and waits for a block."
    newer = await town.do(cyd.bump(signed.txid))
    again = await town.run(cyd.sign_psbt(out.psbt))
    assert isinstance(again, Refused)
    assert again.message == f"It was replaced by {newer.txid}, which waits for a block."
    await town.mine()
    again = (await town.do(cyd.read_psbt(out.psbt))).refused
    assert again is not None
    height = town.regtest.chain.height
    assert again.message == f"It was replaced by {newer.txid}, which is in block {height:,}."
    await expect_sums(cyd)


async def test_two_pay_in_one_transaction(town: Town) -> None:
    cyd = await with_coins(town, "cyd", 100_000)
    dan = await with_taproot(town, "dan", 100_000)
    [(address, _)] = await to_ben(town, 0)
    halves = [
        Psbt.from_text(
            (await town.do(one.export_send(Sending(((address, 0),), everything=True)))).psbt
        )
        for one in (cyd, dan)
    ]
    inputs = tuple(half.tx.inputs[0] for half in halves)
    [output] = halves[0].tx.outputs
    both = Psbt.of(Tx(2, inputs, (TxOut(Sat(199_000), output.script_pubkey),)))
    for at, half in enumerate(halves):
        both = both.with_input(at, half.inputs[0])
    signed = []
    for one in (cyd, dan):
        view = await town.do(one.sign_psbt(both.to_text()))
        assert (view.complete, view.sent, view.sends) == (False, False, False)
        assert (view.takes_sat, view.fee_sat) == (100_000, 1_000)
        signed.append(Psbt.from_text(view.psbt))
    whole = extracted(finalised(combined(*signed)))
    assert whole is not None
    assert town.regtest.publish(whole) is None
    await town.mine()
    assert await coins(cyd) == await coins(dan) == ()


async def together(town: Town, back: bool) -> tuple[Node, Psbt, str]:
    """One of two whose coins pay together, all of it to somebody else or, if some comes `back`,
    half to the one; and what is left to be signed by that one, with the other's input signed."""
    cyd = await with_coins(town, "cyd", 100_000)
    dan = await with_taproot(town, "dan", 100_000)
    [(address, _)] = await to_ben(town, 0)
    halves = [
        Psbt.from_text(
            (await town.do(one.export_send(Sending(((address, 0),), everything=True)))).psbt
        )
        for one in (cyd, dan)
    ]
    outputs = [TxOut(Sat(100_000 - 1_000 * back), halves[0].tx.outputs[0].script_pubkey)]
    if back:
        mine = address_to_script((await town.do(dan.address())).address, Network.REGTEST)
        outputs.append(TxOut(Sat(99_000), mine))
    else:
        outputs = [replace(outputs[0], value=Sat(199_000))]
    both = Psbt.of(Tx(2, tuple(half.tx.inputs[0] for half in halves), tuple(outputs)))
    for at, half in enumerate(halves):
        both = both.with_input(at, half.inputs[0])
    signed = await town.do(cyd.sign_psbt(both.to_text()))
    return dan, Psbt.from_text(signed.psbt), signed.txid


@pytest.mark.parametrize("back", [False, True])
async def test_what_two_pay_is_not_one_s_to_make_again(town: Town, back: bool) -> None:
    dan, psbt, txid = await together(town, back)
    last = await town.do(dan.read_psbt(psbt.to_text()))
    assert last.sends
    assert last.feerate_per_kw > 250
    assert (await town.do(dan.sign_psbt(psbt.to_text()))).sent
    quote = await town.run(dan.quote_bump(txid, WantedFee(feerate_per_kw=5_000)))
    if not back:
        assert isinstance(quote, Refused)
        assert "nothing of it came back to you" in quote.message
    else:
        assert isinstance(quote, BumpQuote)
        assert (quote.way, quote.fee_of_parent_known) == (BumpWay.CHILD, True)


async def test_a_false_signature_of_another_holds_no_coins(town: Town) -> None:
    dan, psbt, _ = await together(town, back=False)
    before = await dan.balance()
    for name, value in psbt.inputs[0].items():
        if name != key(In.FINAL_SCRIPTWITNESS):
            continue
        false = bytearray(value)
        false[10] ^= 1
        psbt = psbt.with_input(0, {**psbt.inputs[0], name: bytes(false)})
    refused = await town.run(dan.sign_psbt(psbt.to_text()))
    assert isinstance(refused, Refused)
    assert "false" in refused.message
    assert (await dan.balance(), waiting(town)) == (before, [])


@pytest.mark.parametrize("kind", [In.FINAL_SCRIPTWITNESS, In.FINAL_SCRIPTSIG])
async def test_what_is_said_to_be_final_of_our_coins_is_signed_anew(town: Town, kind: In) -> None:
    cyd = await with_coins(town, "cyd", 100_000)
    out = await town.do(cyd.export_send(Sending(await to_ben(town, 50_000))))
    psbt = Psbt.from_text(out.psbt)
    psbt = psbt.with_input(0, {**psbt.inputs[0], key(kind): b"\x01\x01\x07"})
    signed = await town.do(cyd.sign_psbt(psbt.to_text()))
    assert (signed.sent, signed.txid) == (True, out.txid)
    assert waiting(town) == [out.txid]


async def test_what_no_block_could_hold_is_not_signed(town: Town) -> None:
    cyd = await with_coins(town, "cyd", 100_000)
    psbt = Psbt.from_text(
        (await town.do(cyd.export_send(Sending(await to_ben(town, 50_000))))).psbt
    )
    twice = Psbt.of(replace(psbt.tx, inputs=psbt.tx.inputs * 2))
    for at in range(2):
        twice = twice.with_input(at, psbt.inputs[0])
    nobody = Psbt.of(replace(psbt.tx, outputs=())).with_input(0, psbt.inputs[0])
    for one, why in ((twice, "twice"), (nobody, "nobody")):
        for verb in (cyd.read_psbt, cyd.sign_psbt):
            refused = await town.run(verb(one.to_text()))
            assert isinstance(refused, Refused)
            assert (refused.code, why in refused.message) == (RefusalCode.BAD_INPUT, True)
    assert waiting(town) == []


async def test_what_must_stay_and_what_is_frozen_is_not_signed_away(town: Town) -> None:
    cyd = await with_coins(town, "cyd", 200_000)
    [coin] = await coins(cyd)
    out = await town.do(cyd.export_send(Sending(await to_ben(town, 0), everything=True)))
    await freeze(cyd, coin.coin)
    refused = await town.run(cyd.sign_psbt(out.psbt))
    assert isinstance(refused, Refused)
    assert "frozen" in refused.message
    await freeze(cyd, coin.coin, frozen=False)
    await town.open("ada", "cyd", 300_000)
    refused = await town.run(cyd.sign_psbt(out.psbt))
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.MUST_STAY
    assert waiting(town) == []


async def test_what_is_none_or_lies_is_refused(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    cyd = await with_coins(town, "cyd", 200_000)
    out = await town.do(cyd.export_send(Sending(await to_ben(town, 50_000))))
    psbt = Psbt.from_text(out.psbt)
    spent = Sat(200_001), psbt.inputs[0][key(In.WITNESS_UTXO)][9:]
    lie = replace(psbt).with_input(0, {key(In.WITNESS_UTXO): TxOut(*spent).serialize()})
    greedy = Psbt.of(
        replace(psbt.tx, outputs=(TxOut(Sat(300_000), psbt.tx.outputs[0].script_pubkey),))
    )
    for text in ("", "x", "\ud800", "A" * 9_000_000, lie.to_text(), greedy.to_text()):
        refused = await town.run(cyd.sign_psbt(text))
        assert isinstance(refused, Refused), text[:80]
        assert refused.code is RefusalCode.BAD_INPUT
        assert refused.message.endswith(".")
    assert isinstance(await town.run(town.nodes["ada"].sign_psbt(out.psbt)), Refused)
    before = await cyd.balance()
    for at in (1, 2):
        with monkeypatch.context() as patch:
            Fault(cyd, at, patch)
            refused = await cyd.sign_psbt(out.psbt)
        assert isinstance(refused, Refused)
        assert refused.code is RefusalCode.DISK
    assert (await cyd.balance(), waiting(town)) == (before, [])
