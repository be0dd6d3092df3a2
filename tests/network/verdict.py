"""The end of each payment judged: a receipt that holds, or a reason that is true."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import PaymentStatus, PaymentView
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.invoice import bolt11
from lnwallet_tui.payment.records import OutgoingPayment
from lnwallet_tui.payment.ways import hinted_hops
from lnwallet_tui.policy import MAX_ATTEMPTS, RETRY_SECONDS
from lnwallet_tui.wire import features
from tests.network import oracle
from tests.network.land import Land
from tests.network.oracle import Arcs
from tests.network.orders import Order
from tests.network.trace import Trace
from tests.network.truth import answers, is_true


class Ending(enum.Enum):
    """How a payment ended, and why it could not end otherwise."""

    PAID = "paid"
    IMPOSSIBLE = "impossible: not so much comes through, by whatever ways"
    TOO_DEAR = "every way costs more than the payer allowed"
    NOT_OURS = "the receiver refused: somebody else had paid"
    TIRED = "the payer's limit of attempts or time"
    OPEN = "nothing shows that there was no way"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an order. `paid_before`: somebody else had paid the invoice."""

    order: Order
    invoice: str
    result: PaymentView | Refused
    payment: OutgoingPayment | None
    paid_before: bool

    @property
    def reason(self) -> str:
        """Why it failed; empty if it did not."""
        return self.result.message if isinstance(self.result, Refused) else self.result.reason


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges what ended a moment ago in a land: nothing has moved since."""

    land: Land
    trace: Trace

    def judge(self, outcome: Outcome) -> Ending:
        """Raises `AssertionError` for a receipt that does not hold and a reason that is not so."""
        if isinstance(outcome.result, Refused):
            self._check_refusal(outcome, outcome.result)
        elif outcome.result.status is PaymentStatus.PAID:
            return self._check_receipt(outcome, outcome.result)
        else:
            self._check_answers(outcome)
        return self._why(outcome)

    # -- receipts
    @staticmethod
    def _check_receipt(outcome: Outcome, paid: PaymentView) -> Ending:
        assert sha256(bytes.fromhex(paid.preimage)).hex() == paid.payment_hash
        assert bolt11.decode(outcome.invoice).payment_hash.hex() == paid.payment_hash
        assert paid.amount_msat == outcome.order.amount_msat
        assert not paid.reason
        return Ending.PAID

    # -- reasons
    def _check_answers(self, outcome: Outcome) -> None:
        """Everything that somebody answered was so, and the sentence is that of the last."""
        payment = outcome.payment
        assert payment is not None
        found = answers(payment, self.trace)
        for answer in found:
            was_paid = outcome.paid_before
            assert is_true(answer, self.land.names, self.trace, was_paid=was_paid), answer
        said = [one.sentence for one in found]
        amount = f"{outcome.order.amount_msat // 1_000:,} sat"
        reason = outcome.reason.removeprefix(
            f"No way was found for {amount}, not even in parts. "
        ).removeprefix("Of a part that failed: ")
        given_up, _, last = reason.rpartition(" The last time: ")
        assert last in said, (outcome.reason, said)
        assert given_up.startswith("Given up after ") is bool(given_up)
        assert given_up or len(payment.attempts) < MAX_ATTEMPTS

    def _check_refusal(self, outcome: Outcome, refused: Refused) -> None:
        """What it says of the network as the payer knows it is so."""
        order, node = outcome.order, self.land.nodes[outcome.order.payer]
        known, payee = self._known(outcome), self.land.nodes[order.payee].node_id
        own = [arc.room for arc in known.values() if arc.source == node.node_id]
        into = [arc for arc in known.values() if arc.target == payee and arc.at_once]
        widest = oracle.widest(known, node.node_id, payee)
        numbers = [int(text.replace(",", "")) for text in re.findall(r"[\d,]*\d", refused.message)]
        cheapest = oracle.cheapest_msat(known, node.node_id, payee, order.amount_msat)
        free = oracle.without_minimums(known)
        without = oracle.cheapest_msat(free, node.node_id, payee, order.amount_msat)
        said = refused.message
        if said.startswith("No channel of yours can send"):
            assert not any(own)
        elif refused.code is RefusalCode.NOT_ENOUGH:
            most, together = max(own), sum(own)
            both = (most, together) if together > most else (most,)
            assert numbers == [one // 1_000 for one in (*both, order.amount_msat)]
            assert max(own) < order.amount_msat
        elif said == "No way to the receiver is known.":
            assert not widest
        elif said.startswith("No way to the receiver carries more than"):
            assert numbers == [widest // 1_000]
            assert widest < order.amount_msat
        elif said.startswith("The receiver's only channel accepts"):
            assert [len(into), *numbers] == [1, into[0].at_once // 1_000]
        elif said.startswith("None of the receiver's"):
            assert numbers == [len(into), max(arc.at_once for arc in into) // 1_000]
        elif said.startswith("On every way to the receiver a channel takes only"):
            assert cheapest is None
            assert without is not None
            assert numbers[0] >= numbers[1]
        elif said.startswith("No way to the receiver has room for this amount with the fees"):
            assert without is None
            assert widest >= order.amount_msat
            arrives = (
                oracle.cheapest_msat(known, node.node_id, payee, number * 1_000) is not None
                for number in (numbers[0], numbers[0] + 1)
            )
            assert list(arrives) == [True, False]
        else:
            assert said.startswith("The cheapest way costs"), refused
            assert cheapest is not None
            assert numbers == [-(-(cheapest - order.amount_msat) // 1_000)]

    def _known(self, outcome: Outcome) -> Arcs:
        hints = hinted_hops(bolt11.decode(outcome.invoice))
        return oracle.known_arcs(self.land.nodes[outcome.order.payer], hints)

    # -- why it could not end otherwise
    def _why(self, outcome: Outcome) -> Ending:
        order, payment = outcome.order, outcome.payment
        if outcome.paid_before and "does not accept this payment" in outcome.reason:
            return Ending.NOT_OURS
        payer, payee = (self.land.nodes[name].node_id for name in (order.payer, order.payee))
        arcs = oracle.usable(oracle.real_arcs(self.land, payer), self._known(outcome))
        takes_parts = bolt11.decode(outcome.invoice).features.has(features.BASIC_MPP)
        flow = oracle.flow(arcs, payer, payee, order.amount_msat)
        most = flow.amount if takes_parts else oracle.widest(arcs, payer, payee)
        if most < order.amount_msat:
            return Ending.IMPOSSIBLE
        least_fee = oracle.least_fee(arcs, payer, payee, order.amount_msat)
        if max(flow.least_fee, least_fee) > _most_fee(outcome):
            return Ending.TOO_DEAR
        if payment is not None and _is_tired(payment, self.land.clock.now()):
            return Ending.TIRED
        return Ending.OPEN


def _most_fee(outcome: Outcome) -> int:
    given = outcome.order.max_fee_msat
    return max(outcome.order.amount_msat // 100, 5_000) if given is None else given


def _is_tired(payment: OutgoingPayment, now: int) -> bool:
    return len(payment.attempts) >= MAX_ATTEMPTS or now > payment.created + RETRY_SECONDS
