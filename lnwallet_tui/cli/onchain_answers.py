"""What `--json` prints of the wallet on chain; see `answers`."""

from __future__ import annotations

from collections.abc import Iterable

from lnwallet_tui.api.activity import moved
from lnwallet_tui.api.coins import CoinView, TransactionView
from lnwallet_tui.api.spending import BumpQuote, FeesView, FeeView, PaidView, PsbtView, SentView
from lnwallet_tui.cli.answers import Answer


def sent(view: SentView) -> Answer:
    """It is offered to the network until a block takes it."""
    return {"txid": view.txid, "amount_sat": view.amount_sat, "fee_sat": view.fee_sat}


def psbt(view: PsbtView) -> Answer:
    """In base64, as BIP 174 has it; `takes_sat` is what it costs the wallet, below zero where it
    pays it, `fee_sat` null where others did not say what they put in. It `pays` all its
    outputs. `spends` are its inputs, of which `amount_sat` is null where nobody said it."""
    return {
        "psbt": view.psbt,
        "txid": view.txid,
        "takes_sat": view.takes_sat,
        "fee_sat": view.fee_sat,
        "complete": view.complete,
        "sent": view.sent,
        "pays": pays(view.pays),
        "spends": [
            {"coin": one.coin, "amount_sat": one.amount_sat, "yours": one.yours}
            for one in view.spends
        ],
    }


def pays(outputs: Iterable[PaidView]) -> list[Answer]:
    """`address` is null where the `script` has none, `yours` what comes to the wallet."""
    return [
        {
            "address": one.address or None,
            "amount_sat": one.amount_sat,
            "yours": one.yours,
            "script": one.script,
        }
        for one in outputs
    ]


def bumped(quote: BumpQuote, view: SentView) -> Answer:
    """`txid` is the new one's; `way` says whether it stands in place of the other (`replace`), or
    spends what came of it (`child`). Of `fee_sat` the wallet's coins pay all but `from_anchor_sat`,
    which the close had lost already."""
    return {
        "txid": view.txid,
        "way": quote.way.value,
        "fee_sat": view.fee_sat,
        "added_fee_sat": quote.added_fee_sat,
        "from_anchor_sat": quote.from_anchor_sat,
    }


def fees(view: FeesView) -> Answer:
    """1,000 sat/kvB are 1 sat/vB. `target_blocks` 0: the least that is passed on."""
    return {"fees": [_fee(one, view.now) for one in view.fees]}


def _fee(view: FeeView, now: int) -> Answer:
    return {
        "target_blocks": view.target_blocks,
        "feerate_sat_per_kvb": view.feerate_per_kw * 4,
        "source": view.source,
        "age_seconds": max(0, now - view.time),
        "count": view.count,
    }


def coin(view: CoinView) -> Answer:
    """An unspent output of the wallet: `coin` is what `send --coin` takes, `kind` is stable, what
    its transaction was for. A coin that is `frozen` is spent by nothing until it is thawed;
    `spendable` says whether it can be spent now, `kept_sat` what of it is kept for closes. `height`
    is null until a block has it."""
    return {
        "coin": view.coin,
        "amount_sat": view.amount_sat,
        "kind": view.kind.value,
        "height": view.height or None,
        "confirmations": view.confirmations,
        "frozen": view.frozen,
        "spendable": view.spendable,
        "kept_sat": view.kept_sat,
        "channel_id": view.channel_id,
        "explanation": view.explanation,
        "note": view.note.raw(),
    }


def transaction(view: TransactionView) -> Answer:
    """One of the wallet's, on chain; `kind` is stable, `explanation` is for people. `amount_sat` is
    without the fee, as `send` says it, and has a sign; `change_sat` is what both together changed
    for the coins. `fee_is` says where the fee is, seen from the amount: "on top", "already off", or
    "" where none was the wallet's. `height` is null until a block has it, `time` where that of its
    block is not known."""
    way = moved(view)
    return {
        "txid": view.txid,
        "kind": view.kind.value,
        "amount_sat": -way.amount_sat if way.outgoing else way.amount_sat,
        "fee_sat": way.fee_sat,
        "fee_is": way.fee_is,
        "change_sat": view.amount_sat,
        "height": view.height or None,
        "time": view.time or None,
        "channel_id": view.channel_id,
        "explanation": view.explanation,
        "note": view.note.raw(),
    }
