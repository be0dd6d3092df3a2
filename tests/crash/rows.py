"""The rows of the contract that the wallet implements, and all their cells."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.wire import bolt2
from tests.crash.contract import CLOSES, Act, Aftermath, Cell, Delivery, Row, Scene
from tests.crash.faults import Fault, publishes
from tests.crash.moments import (
    a_close_is_noted,
    a_key_is_used,
    an_attempt_is_noted,
    answers_while_waiting,
    anything,
    broadcasts,
    changes,
    fulfils,
    has_paid,
    is_undone,
    kept,
    revokes,
    says,
    sends,
    settles,
    sweeps,
    writes,
)

NO_CHANNEL: Final = "there is no channel yet"
NOT_IN_A_CHANNEL: Final = "it is in no state of a channel"


def _of_opening(fault: Fault, _: Delivery, aftermath: Aftermath) -> str:
    if aftermath in (Aftermath.OTHER, Aftermath.REVOKED):
        return "there is no state but the first"
    if aftermath is Aftermath.LATEST and not fault.is_kept:
        return "the funding transaction was never broadcast"
    return ""


def _of_being_opened(fault: Fault, delivery: Delivery, aftermath: Aftermath) -> str:
    if aftermath is Aftermath.LATEST and delivery is Delivery.NOT:
        return "the funding transaction was never broadcast"
    return _of_opening(fault, delivery, aftermath)


def _first_state(_: Fault, __: Delivery, aftermath: Aftermath) -> str:
    if aftermath in (Aftermath.OTHER, Aftermath.REVOKED):
        return "there is no state but the first"
    return ""


def _of_publishing(_: Fault, delivery: Delivery, aftermath: Aftermath) -> str:
    if aftermath in CLOSES and delivery is Delivery.GOT:
        return "the network has our close already"
    return ""


def _of_closing(_: Fault, delivery: Delivery, aftermath: Aftermath) -> str:
    if aftermath in CLOSES and delivery is Delivery.GOT:
        return "the peer agreed at once, and the network has the close together"
    return ""


def _of_lost_data(_: Fault, __: Delivery, aftermath: Aftermath) -> str:
    if aftermath is Aftermath.REVOKED:
        return "what proves that a state is revoked is what was lost"
    return ""


def _of_reorganisation(_: Fault, __: Delivery, aftermath: Aftermath) -> str:
    if aftermath is Aftermath.RECONNECT:
        return "nothing of the channel was in that block"
    return ""


ROWS: Final = (
    Row(
        "C1",
        "chose the keys of a channel",
        Scene.STRANGERS,
        Act.OPEN,
        says(bolt2.OpenChannel),
        a_key_is_used,
        sends(bolt2.OpenChannel),
        before_others=NO_CHANNEL,
    ),
    Row(
        "C2",
        "the opener got funding_signed",
        Scene.STRANGERS,
        Act.OPEN,
        broadcasts,
        kept(lambda one: one.our_commitment.signature and one.funding.tx is not None),
        publishes,
        tells="the network",
        why_not=_of_opening,
    ),
    Row(
        "C3",
        "sends funding_signed",
        Scene.STRANGERS,
        Act.BE_OPENED,
        says(bolt2.FundingSigned),
        kept(lambda one: one.our_commitment.signature),
        sends(bolt2.FundingSigned),
        why_not=_of_being_opened,
    ),
    Row(
        "C4",
        "sends channel_ready",
        Scene.UNCONFIRMED,
        Act.MINE,
        says(bolt2.ChannelReady),
        kept(lambda one: one.ready.sent),
        sends(bolt2.ChannelReady),
        why_not=_first_state,
    ),
    Row(
        "C5",
        "pays",
        Scene.CHANNEL,
        Act.PAY,
        says(bolt2.UpdateAddHtlc),
        an_attempt_is_noted,
        sends(bolt2.UpdateAddHtlc),
    ),
    Row(
        "C6",
        "sends commitment_signed",
        Scene.CHANNEL,
        Act.PAY,
        says(bolt2.CommitmentSigned),
        kept(lambda one: one.their_next is not None),
        sends(bolt2.CommitmentSigned),
        has_other=True,
    ),
    Row(
        "C7",
        "got commitment_signed",
        Scene.CHANNEL,
        Act.BE_PAID,
        says(bolt2.RevokeAndAck),
        kept(lambda one: one.our_commitment.spec.htlcs),
        sends(bolt2.RevokeAndAck),
    ),
    Row(
        "C8",
        "sends revoke_and_ack",
        Scene.CHANNEL,
        Act.PAY,
        says(bolt2.RevokeAndAck),
        kept(lambda one: one.our_commitment.spec.htlcs),
        sends(bolt2.RevokeAndAck),
    ),
    Row(
        "C9",
        "got revoke_and_ack",
        Scene.CHANNEL,
        Act.BE_PAID,
        revokes,
        kept(lambda one: one.their_secrets.revoked),
        sends(bolt2.CommitmentSigned),
        has_other=True,
    ),
    Row(
        "C10",
        "got update_fulfill_htlc",
        Scene.CHANNEL,
        Act.PAY,
        fulfils,
        has_paid,
        sends(),
    ),
    Row(
        "C11",
        "settles an invoice",
        Scene.CHANNEL,
        Act.BE_PAID,
        says(bolt2.UpdateFulfillHtlc),
        settles,
        sends(bolt2.UpdateFulfillHtlc),
    ),
    Row(
        "C12",
        "shows that it has paid",
        Scene.CHANNEL,
        Act.PAY,
        fulfils,
        has_paid,
        tells="the user",
    ),
    Row(
        "C13",
        "shows an invoice",
        Scene.CHANNEL,
        Act.INVOICE,
        writes("payments"),
        lambda store: bool(store.read("SELECT 1 FROM payments WHERE outgoing = 0")),
        tells="the user",
        before_others=NOT_IN_A_CHANNEL,
    ),
    Row(
        "C15",
        "revokes while its own signature awaits an answer",
        Scene.CHANNEL,
        Act.PAY_BOTH,
        answers_while_waiting,
        kept(lambda one: one.revoked_last),
        sends(bolt2.RevokeAndAck),
        has_other=True,
    ),
    Row(
        "C16",
        "sends shutdown",
        Scene.CHANNEL,
        Act.CLOSE,
        says(bolt2.Shutdown),
        kept(lambda one: one.closing.our_script),
        sends(bolt2.Shutdown),
    ),
    Row(
        "C17",
        "sends closing_signed",
        Scene.CHANNEL,
        Act.CLOSE,
        says(bolt2.ClosingSigned),
        kept(lambda one: one.closing.our_script and one.closing.their_script),
        sends(bolt2.ClosingSigned),
        why_not=_of_closing,
    ),
    Row(
        "C18",
        "closes alone",
        Scene.CHANNEL,
        Act.FORCE_CLOSE,
        changes(lambda one: one.publication is not None),
        kept(lambda one: one.publication is not None),
        publishes,
        tells="the network",
        why_not=_of_publishing,
    ),
    Row(
        "C19",
        "takes what is its own on chain",
        Scene.CHANNEL,
        Act.BE_CHEATED,
        sweeps,
        a_close_is_noted,
        publishes,
        tells="the network",
        before_others="the channel is closed already",
    ),
    Row(
        "C22",
        "is proved to have lost data",
        Scene.CHANNEL,
        Act.LOSE_DATA,
        changes(lambda one: one.old_state),
        kept(lambda one: one.old_state),
        sends(),
        why_not=_of_lost_data,
    ),
    Row(
        "C23",
        "reads a block",
        Scene.CHANNEL,
        Act.SPEND,
        writes("blocks"),
        anything,
        tells="",
        has_other=False,
    ),
    Row(
        "C24",
        "a block leaves the chain",
        Scene.CHANNEL,
        Act.REORGANISE,
        is_undone,
        kept(lambda one: one.spend is None),
        tells="",
        why_not=_of_reorganisation,
    ),
    Row(
        "C25",
        "hands out an address",
        Scene.CHANNEL,
        Act.ADDRESS,
        lambda commit: bool(commit.tables),
        anything,
        tells="the user",
        before_others=NOT_IN_A_CHANNEL,
    ),
    Row(
        "C27",
        "got an error",
        Scene.CHANNEL,
        Act.HEAR_ERROR,
        changes(lambda one: one.publication is not None),
        kept(lambda one: one.publication is not None),
        publishes,
        tells="the network",
        why_not=_of_publishing,
    ),
    Row(
        "C28",
        "a channel is in the backup before it begins",
        Scene.STRANGERS,
        Act.OPEN,
        broadcasts,
        lambda store: any(store.folder.glob("channels-*.backup")),
        publishes,
        tells="the network",
        why_not=_of_opening,
    ),
)

ABSENT: Final = {
    "C14": "a wallet forwards nothing; relays of the playground have tests/node/test_relay_disk.py",
    "C20": "there is no splicing and no dual funding",
    "C21": "there is no splicing",
    "C26": "there is no node yet: the seed file has power cuts of its own (test_power_cut.py)",
}
"""Rows of the contract that have no cells here, and why."""

ALL: Final = tuple(
    Cell(row, fault, delivery, aftermath, anchors)
    for row in ROWS
    for fault in Fault
    for delivery in Delivery
    for aftermath in Aftermath
    for anchors in (True, False)
)
POSSIBLE: Final = tuple(cell for cell in ALL if not cell.why_not)
