"""Being paid: sets of parts, time, and what a restart finds."""

from typing import Any

import pytest
from msgspec.structs import replace

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.onion.failure import decode_error
from lnwallet_tui.onion.messages import (
    Failure,
    IncorrectOrUnknownPaymentDetails,
    MppTimeout,
)
from lnwallet_tui.onion.sphinx import shared_secrets
from lnwallet_tui.payment import incoming
from lnwallet_tui.payment.effects import IncomingEffect, PaymentChanged, RefuseHtlc, SettleHtlc
from lnwallet_tui.payment.events import HtlcLost, HtlcSettled, IncomingEvent, Tick
from lnwallet_tui.payment.records import IncomingInvoice, InvoiceStatus, RefusedPart
from lnwallet_tui.policy import MOST_HELD
from tests.payment.people import (
    AMOUNT,
    CHANNEL,
    HASH,
    HEIGHT,
    NOW,
    OTHER_CHANNEL,
    PAYEE,
    PREIMAGE,
    htlc,
    invoice,
    issued,
    part,
    payee_env,
    stored,
    text_of,
)

CHANGED = PaymentChanged(HASH)
SHARE = Msat(100_000)
REST = Msat(150_000)


def after(
    before: IncomingInvoice, *events: IncomingEvent, **env: Any
) -> tuple[IncomingInvoice, list[IncomingEffect]]:
    """The invoice after these, written and read between them, and all effects."""
    effects: list[IncomingEffect] = []
    for event in events:
        done = incoming.step(before, event, payee_env(**env))
        before = stored(done.invoice)
        effects += done.effects
    return before, effects


def failures(effects: list[IncomingEffect]) -> dict[int, Failure]:
    """What the payer of each part reads (`people.part` chose its session key by its id)."""
    read = {}
    for effect in effects:
        if isinstance(effect, RefuseHtlc):
            secrets = shared_secrets(bytes([0x60 + effect.htlc_id]) * 32, [PAYEE])
            decoded = decode_error(secrets, effect.reason)
            assert decoded is not None
            read[effect.htlc_id] = decoded[1]
    return read


def test_an_invoice_is_kept_before_it_is_shown() -> None:
    asked = invoice()
    kept = stored(incoming.issue(asked, text_of(asked), PREIMAGE))
    assert (kept.status, kept.received) == (InvoiceStatus.WAITING, Msat(0))
    assert (kept.payment_hash, kept.preimage, kept.expires) == (HASH, PREIMAGE, NOW + 3600)


def test_a_preimage_of_another_invoice_is_our_own_bug() -> None:
    asked = invoice()
    with pytest.raises(AssertionError):
        incoming.issue(asked, text_of(asked), bytes(32))


def test_settling_is_durable_before_the_preimage_leaves() -> None:
    settling, effects = after(issued(), htlc())
    assert settling.status is InvoiceStatus.SETTLING
    assert effects == [SettleHtlc(CHANNEL, 0, PREIMAGE), CHANGED]
    paid, effects = after(settling, HtlcSettled(CHANNEL, 0), now=NOW + 9)
    assert (paid.status, paid.settled, paid.received) == (InvoiceStatus.PAID, NOW + 9, AMOUNT)
    assert effects == [CHANGED]


def test_more_than_was_asked_is_taken_up_to_twice() -> None:
    settling, _ = after(issued(), part(0, Msat(500_000), Msat(500_000)))
    assert settling.received == Msat(500_000)


# ── sets ─────────────────────────────────────────────────────────────────────────────────────────
def test_parts_wait_for_each_other() -> None:
    waiting, effects = after(issued(), part(0, SHARE))
    assert (waiting.status, effects) == (InvoiceStatus.WAITING, [CHANGED])
    assert waiting.received == SHARE
    settling, effects = after(waiting, part(1, REST, channel_id=OTHER_CHANNEL))
    assert settling.status is InvoiceStatus.SETTLING
    assert effects == [
        SettleHtlc(CHANNEL, 0, PREIMAGE),
        SettleHtlc(OTHER_CHANNEL, 1, PREIMAGE),
        CHANGED,
    ]
    half, effects = after(settling, HtlcSettled(CHANNEL, 0))
    assert half.status is InvoiceStatus.SETTLING
    paid, _ = after(half, HtlcSettled(OTHER_CHANNEL, 1))
    assert paid.status is InvoiceStatus.PAID


def test_one_millisatoshi_less_is_not_complete() -> None:
    waiting, effects = after(issued(), part(0, SHARE), part(1, Msat(149_999)))
    assert waiting.status is InvoiceStatus.WAITING
    assert not any(isinstance(effect, SettleHtlc) for effect in effects)


def test_what_a_hop_added_does_not_complete_a_set() -> None:
    # BOLT 4: the set's total is that of `amt_to_forward`, not of the HTLCs' amounts.
    more = part(1, Msat(1))
    generous = type(more)(CHANNEL, 1, REST, HASH, more.cltv_expiry, more.onion)
    waiting, _ = after(issued(), part(0, SHARE), generous)
    assert waiting.status is InvoiceStatus.WAITING


def test_parts_that_disagree_about_the_total_are_all_refused() -> None:
    again, effects = after(issued(), part(0, SHARE), part(1, REST, Msat(250_001)))
    assert failures(effects) == {
        0: IncorrectOrUnknownPaymentDetails(SHARE, HEIGHT),
        1: IncorrectOrUnknownPaymentDetails(REST, HEIGHT),
    }
    assert (again.status, again.parts) == (InvoiceStatus.WAITING, ())


def test_a_wrong_part_leaves_the_others_alone() -> None:
    waiting, _ = after(issued(), part(0, SHARE))
    same, effects = after(waiting, part(1, REST, Msat(1)))
    assert same == waiting
    assert set(failures(effects)) == {1}


def test_an_incomplete_set_is_refused_after_a_minute() -> None:
    waiting, _ = after(issued(), part(0, SHARE))
    waiting, _ = after(waiting, part(1, SHARE), now=NOW + 30)
    assert incoming.next_deadline(waiting) == NOW + 60
    assert after(waiting, Tick(), now=NOW + 59) == (waiting, [])
    again, effects = after(waiting, Tick(), now=NOW + 60)
    assert failures(effects) == {0: MppTimeout(), 1: MppTimeout()}
    assert effects[-1] == CHANGED
    assert (again.status, again.parts) == (InvoiceStatus.WAITING, ())
    assert incoming.next_deadline(again) is None


def test_the_invoice_can_be_paid_after_a_set_that_timed_out() -> None:
    again, _ = after(issued(), part(0, SHARE))
    again, _ = after(again, Tick(), now=NOW + 60)
    settling, _ = after(again, part(2, SHARE), part(3, REST), now=NOW + 61)
    assert settling.status is InvoiceStatus.SETTLING


def test_a_set_whose_deadline_comes_near_is_refused() -> None:
    waiting, _ = after(issued(), part(0, SHARE))
    assert after(waiting, Tick(), height=HEIGHT + 147 - 39)[1] == []
    _, effects = after(waiting, Tick(), height=HEIGHT + 147 - 38)
    assert failures(effects) == {0: MppTimeout()}


def test_a_set_completed_too_late_is_not_settled() -> None:
    waiting, _ = after(issued(), part(0, SHARE))
    late = part(1, REST, cltv_expiry=HEIGHT + 400)
    _, effects = after(waiting, late, height=HEIGHT + 147 - 38)
    assert set(failures(effects)) == {0, 1}
    assert not any(isinstance(effect, SettleHtlc) for effect in effects)


def test_time_does_nothing_to_a_complete_set() -> None:
    settling, _ = after(issued(), htlc())
    assert after(settling, Tick(), now=NOW + 9_999, height=HEIGHT + 999) == (settling, [])


def test_a_second_payment_of_a_settled_invoice_is_refused() -> None:
    settling, _ = after(issued(), htlc())
    same, effects = after(settling, part(1, AMOUNT))
    assert same == settling
    assert failures(effects) == {1: IncorrectOrUnknownPaymentDetails(AMOUNT, HEIGHT)}


# ── restarts and losses ──────────────────────────────────────────────────────────────────────────
def test_a_restart_sends_the_preimages_that_were_on_their_way() -> None:
    settling, _ = after(issued(), part(0, SHARE), part(1, REST))
    settling, _ = after(settling, HtlcSettled(CHANNEL, 0))
    assert incoming.resume(settling, {(CHANNEL, 1)}).effects == (SettleHtlc(CHANNEL, 1, PREIMAGE),)
    paid, _ = after(settling, HtlcSettled(CHANNEL, 1))
    assert incoming.resume(paid, set()) == incoming.Step(paid)
    assert incoming.resume(issued(), set()) == incoming.Step(issued())


def test_an_htlc_that_arrives_again_is_the_same_part() -> None:
    waiting, _ = after(issued(), part(0, SHARE))
    assert after(waiting, part(0, SHARE)) == (waiting, [])
    settling, _ = after(waiting, part(1, REST))
    assert after(settling, part(1, REST)) == (settling, [SettleHtlc(CHANNEL, 1, PREIMAGE)])


def test_what_was_refused_stays_refused_after_a_restart() -> None:
    again, effects = after(issued(), part(0, SHARE))
    again, refusals = after(again, Tick(), now=NOW + 60)
    held = incoming.resume(again, {(CHANNEL, 0)}).invoice
    same, effects = after(held, part(0, SHARE), now=NOW + 61)
    assert (same, effects) == (held, refusals[:1])
    assert incoming.resume(again, set()).invoice == issued()


def test_what_was_refused_is_remembered_only_while_a_channel_can_hold_it() -> None:
    """A payer can have sets refused as often as he likes; the record must not grow with each."""
    refused = tuple(RefusedPart(OTHER_CHANNEL, number, bytes(292)) for number in range(3))
    refused += tuple(RefusedPart(CHANNEL, 99 + number, bytes(292)) for number in range(MOST_HELD))
    before = replace(issued(), refused=refused)
    joined, _ = after(before, part(1, SHARE))
    again, _ = after(joined, Tick(), now=NOW + 60)
    assert again.refused[:-1] == (*refused[:3], *refused[4:])
    assert (again.refused[-1].channel_id, again.refused[-1].htlc_id) == (CHANNEL, 1)


def test_what_was_refused_and_is_lost_is_forgotten() -> None:
    again, _ = after(issued(), part(0, SHARE))
    again, _ = after(again, Tick(), now=NOW + 60)
    assert after(again, HtlcLost(OTHER_CHANNEL, 0))[0] == again
    assert after(again, HtlcLost(CHANNEL, 0))[0] == issued()


def test_a_part_that_is_lost_while_waiting_does_not_count() -> None:
    waiting, _ = after(issued(), part(0, SHARE))
    without, effects = after(waiting, HtlcLost(CHANNEL, 0))
    assert (without, effects) == (issued(), [CHANGED])
    assert after(without, HtlcLost(CHANNEL, 0)) == (without, [])
    waiting, _ = after(without, part(1, REST))
    assert waiting.status is InvoiceStatus.WAITING


def test_a_part_that_is_lost_while_settling_was_not_received() -> None:
    settling, _ = after(issued(), part(0, SHARE), part(1, REST))
    partly, _ = after(settling, HtlcSettled(CHANNEL, 0), HtlcLost(CHANNEL, 1))
    assert (partly.status, partly.received) == (InvoiceStatus.PAID, SHARE)


def test_a_set_that_is_lost_as_a_whole() -> None:
    settling, _ = after(issued(), htlc())
    lost, _ = after(settling, HtlcLost(CHANNEL, 0))
    assert (lost.status, lost.received, lost.settled) == (InvoiceStatus.LOST, Msat(0), 0)


def test_a_settled_part_cannot_be_lost() -> None:
    settling, _ = after(issued(), htlc())
    paid, _ = after(settling, HtlcSettled(CHANNEL, 0))
    assert after(paid, HtlcLost(CHANNEL, 0)) == (paid, [])


def test_vuln_032_the_preimage_of_an_incomplete_set_is_nowhere() -> None:
    """Electrum before 4.2.2 redeemed parts of an incomplete payment when a channel was closed."""
    waiting, effects = after(issued(), part(0, SHARE), HtlcLost(CHANNEL, 0))
    waiting, more = after(waiting, part(1, SHARE), Tick(), now=NOW + 60)
    assert not any(isinstance(effect, SettleHtlc) for effect in effects + more)
    assert incoming.resume(waiting, set()).effects == ()


def test_no_secret_stands_in_a_repr() -> None:
    settling, effects = after(issued(), htlc())
    for secret in (PREIMAGE, settling.parts[0].shared_secret, settling.payment_secret):
        for text in (repr((settling, settling.parts, effects)), repr(payee_env())):
            assert secret.hex() not in text
            assert repr(secret)[2:-1] not in text
