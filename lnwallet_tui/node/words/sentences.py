"""What a channel is doing, in a plain sentence: what it is, who must act, what happens when.

Each sentence has the channel's own numbers in it, and no two situations share one. Dates are
reckoned at ten minutes a block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from lnwallet_tui.api.closes import CloseBegan
from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.chain.broadcasts import Broadcasted, Stage
from lnwallet_tui.channel.close_record import CloseRecord
from lnwallet_tui.channel.errors import CLOSE_REASONS, CloseReason
from lnwallet_tui.channel.funding import is_only_promised
from lnwallet_tui.channel.state import Channel, Phase
from lnwallet_tui.node import waking
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.holdings.written_off import sweep_fees
from lnwallet_tui.node.peers import complaints
from lnwallet_tui.node.words import block_dates, given_up, home_words, locked_words, published
from lnwallet_tui.node.words.away_words import lost, offline, waits_for_peer
from lnwallet_tui.node.words.closed_words import all_back
from lnwallet_tui.node.words.copy_words import NOT_ALONE
from lnwallet_tui.node.words.justice_words import account
from lnwallet_tui.node.words.scene import Scene as Scene
from lnwallet_tui.node.words.scene import msat, payments
from lnwallet_tui.node.words.waiting_words import how_far
from lnwallet_tui.onchain.classify import (
    CloseKind,
    Cooperative,
    Ours,
    OursUnexpected,
    Revoked,
    Theirs,
    TheirsUnexpected,
    Unknown,
)
from lnwallet_tui.onchain.home import balance_outputs
from lnwallet_tui.onchain.report import Fate
from lnwallet_tui.onchain.resolve import Resolution
from lnwallet_tui.onchain.spoils import spoils

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

_COMPLAINT_LIMIT: Final = 80  # cells
_UNSEEN: Final = (Stage.WAITING, Stage.SENT, Stage.FETCHED)
"""What says nothing of whether others have a transaction."""
_BEGAN: Final = {
    CloseBegan.WE_TOGETHER: "You asked for it",
    CloseBegan.THEY_TOGETHER: "The peer asked for it",
    CloseBegan.COMMAND: "You ordered it to be closed alone",
    CloseBegan.DEADLINE: "The wallet closed it for a payment's deadline",
    CloseBegan.PEER_ERROR: "The peer gave it up with an error",
    CloseBegan.PEER_FAULT: "The peer broke the protocol",
    CloseBegan.NO_CLOSING_FEE: "No closing fee was agreed on",
}
_HAD: Final = {
    CloseBegan.WE_TOGETHER: "you had asked the peer to close together",
    CloseBegan.THEY_TOGETHER: "the peer had asked you to close together",
    CloseBegan.COMMAND: "you had ordered your own close",
}
"""Where a block took something else."""


def explanation(
    board: Switchboard, held: Held, state: ChannelState, resolution: Resolution | None
) -> str:
    """The sentence for the state."""
    record = board.peers.record(held.peer_id)
    sendable, receivable = held.limits(board.shell.config.policy)
    way = _way(board, held)
    scene = Scene(
        channel=held.channel,
        height=board.chain.height,
        now=board.shell.now(),
        sendable=sendable,
        receivable=receivable,
        lacking=held.lacking(board.shell.config.policy),
        is_connected=board.peers.features(held.peer_id) is not None,
        complaint=complaints.of(record, held.channel.channel_id).quoted(_COMPLAINT_LIMIT),
        bug=held.frozen,
        resolution=resolution,
        penalties=_penalties(board, resolution),
        way=f" {words}" if (words := how_far(way)) else "",
        goes_round=way is None or way.stage not in _UNSEEN,
        refused=_refused(board, held.channel),
        address="" if record is None else record.address,
        locked=board.shell.is_locked,
        tip=block_dates.tip(board),
        swept=_is_swept(board, held, resolution),
        may_be_old=board.older_copy.suspects(held),
    )
    return sentence(scene, state)


def _way(board: Switchboard, held: Held) -> Broadcasted | None:
    """Of the transaction that opens or closes it."""
    channel, tx = held.channel, None
    if channel.phase is Phase.CLOSING and channel.publication is not None:
        return board.shell.ports.chain.how_far(board.guard.our_txid(held))
    if channel.phase is Phase.CLOSING:
        tx = channel.closing.tx
    elif channel.funding.confirmed is None:
        tx = channel.funding.tx
    return None if tx is None else board.shell.ports.chain.how_far(tx.txid)


def _refused(board: Switchboard, channel: Channel) -> str:
    """What the network said of our commitment last, in quotation marks."""
    if channel.phase is not Phase.CLOSING or channel.publication is None:
        return ""
    refusal = board.publishing.refusal(channel.funding.outpoint)
    return "" if refusal is None else refusal.quoted(_COMPLAINT_LIMIT)


def _is_swept(board: Switchboard, held: Held, resolution: Resolution | None) -> bool:
    """Whether all of our balance in a close is in transactions that wait for a block."""
    mine = () if resolution is None else balance_outputs(resolution)
    ready = (one.fate is Fate.CLAIMABLE and board.guard.offered(held, one.outpoint) for one in mine)
    return bool(mine) and all(ready)


def _penalties(board: Switchboard, resolution: Resolution | None) -> Sat:
    if resolution is None or not isinstance(resolution.close, Revoked):
        return ZERO_SAT
    return sweep_fees(board.wallet, resolution)


def sentence(scene: Scene, state: ChannelState) -> str:
    """The sentence for what there is to be seen."""
    if scene.channel.old_state and scene.resolution is None:
        return lost(scene)
    told = _of_state(scene, state)
    return locked_words.of_closing(told, state) if scene.locked else told


def _of_state(scene: Scene, state: ChannelState) -> str:
    match state:
        case ChannelState.OPENING:
            return _opening(scene)
        case ChannelState.READY:
            return _ready(scene)
        case ChannelState.OFFLINE:
            return offline(scene)
        case ChannelState.SHUTTING_DOWN:
            return _shutting_down(scene)
        case ChannelState.CLOSING:
            return _closing(scene)
        case ChannelState.CLOSED:
            return _closed(scene)
        case ChannelState.FROZEN:
            cause = waking.cause(scene.bug)
            out = f". {NOT_ALONE}" if scene.may_be_old else "; to get the money out, force-close."
            return (
                f"{cause[0].upper()}{cause[1:]} stopped this channel. Your {scene.ours} in it are "
                f"guarded as before. Please report it{out}"
            )


def _opening(scene: Scene) -> str:
    channel, funding = scene.channel, scene.channel.funding
    depth, needed = funding.depth(scene.height), funding.minimum_depth
    value = f"{funding.value.value:,} sat"
    who = "Your" if channel.we_fund else "The peer's"
    if funding.confirmed is None and not channel.we_fund:
        return (
            f"{who} funding transaction of {value} has not been seen in a block yet, since block "
            f"{funding.begun:,}; before that it is not known here whether the peer has sent it."
            f"{scene.way}{_promised(scene)} The channel can be used after {needed} confirmations; "
            "there is nothing for you to do."
        )
    if funding.confirmed is None:
        return (
            f"{who} funding transaction of {value} waits for a block since block "
            f"{funding.begun:,}.{scene.way} The channel can be used after {needed} confirmations; "
            "there is nothing for you to do."
        )
    if depth < needed:
        at = scene.when(scene.height + needed - depth)
        return (
            f"{who} funding transaction of {value} has {depth} of {needed} confirmations: ready at "
            f"{at}.{_promised(scene)}"
        )
    return (
        f"{who} funding of {value} is deep enough, with {depth} of {needed} confirmations; the "
        f"channel waits for the peer to say the same.{_forgotten(scene)}"
    )


def _promised(scene: Scene) -> str:
    """What the peer gives with it."""
    if not scene.channel.ledger.ours or not is_only_promised(scene.channel):
        return ""
    return f" {scene.ours} of it are promised to you, and count in no sum before it is ready."


def _forgotten(scene: Scene) -> str:
    """A peer that does not know the channel any more says so, and nothing else."""
    if not scene.complaint or not scene.channel.we_fund:
        return ""
    return f" If it does not, you can close alone.\nIt says: {scene.complaint}."


def _ready(scene: Scene) -> str:
    channel, funding = scene.channel, scene.channel.funding
    if not funding.is_deep(scene.height):
        depth = funding.depth(scene.height)
        return (
            "A reorganisation took the funding transaction back: nothing is paid here until it "
            f"is deep enough in the chain again, which is {funding.minimum_depth} confirmations; "
            f"it has {depth}. Your {scene.ours} stay as they are; there is nothing for you to do."
        )
    if channel.ledger.htlcs:
        return f"Ready; {payments(scene)}."
    if scene.locked:
        return locked_words.ready(scene)
    pay, be_paid = msat(scene.sendable), msat(scene.receivable)
    if not scene.receivable.value and not scene.sendable.value:
        return f"Ready, but all of your {scene.ours} are held back: you can only close it."
    if not scene.receivable.value and scene.lacking:
        return (
            f"Ready: you can pay up to {pay} and close at any time; to be paid here, "
            f"{scene.to_be_paid} first."
        )
    if not scene.sendable.value:
        return (
            f"Ready: you can be paid up to {be_paid} and close at any time; to pay from here, be "
            "paid first."
        )
    return f"Ready: you can pay up to {pay}, be paid up to {be_paid} and close at any time."


# -- the end
def _asked(scene: Scene) -> str:
    """Who took the last step, and when; a whole sentence with a blank before it, or nothing."""
    # That the peer alone went to the chain is what the sentence itself says.
    records = [one for one in scene.channel.close_records if one.began in _BEGAN]
    if not records:
        return ""
    last, resolution = records[-1], scene.resolution
    if resolution is not None and last.began in _HAD:
        came = _came_instead(resolution.close)
        if came:
            return f" At block {last.height:,} {_HAD[last.began]}; {came} instead."
    if (order := given_up.late_order(scene.channel)) is not None:
        cause, too = records[-2], f"you ordered your own close at block {order.height:,}, too"
        return f" {_BEGAN[cause.began]}, at block {cause.height:,}; {too}."
    rule = given_up.RULE if _had_to_publish(last, resolution) else ""
    return f" {_BEGAN[last.began]}, at block {last.height:,}{rule}."


def _had_to_publish(last: CloseRecord, resolution: Resolution | None) -> bool:
    """Whether a block has what the wallet published only because the peer gave up."""
    is_ours = resolution is not None and isinstance(resolution.close, Ours)
    return is_ours and last.began is CloseBegan.PEER_ERROR and not last.fault


def _came_instead(close: CloseKind) -> str:
    """Of what we or both had in mind; nothing where it is that."""
    match close:
        case Cooperative() | Ours():
            return ""
        case Theirs() | TheirsUnexpected() | Revoked():
            return "the peer published a state of its own"
        case _:
            return "this came"


def _ordered_at(scene: Scene) -> int | None:
    """The block at which the user said that it be closed alone, which is not yet that of the
    close; None where the wallet or the peer decided that before."""
    if given_up.late_order(scene.channel) is not None:
        return None
    last = scene.channel.close_records[-1:]
    return last[0].height if last and last[0].began is CloseBegan.COMMAND else None


def _shutting_down(scene: Scene) -> str:
    channel, asked = scene.channel, f"{waits_for_peer(scene)}{_asked(scene)}"
    if channel.ledger.htlcs:
        return (
            f"Closing in agreement once what is pending has ended: {payments(scene)}. No new "
            f"payments are taken.{asked}"
        )
    if channel.phase is Phase.NEGOTIATING:
        dispute = ", and could not agree yet" if channel.closing.disputed else ""
        return (
            f"Closing in agreement: the two sides settle on a fee{dispute}. It takes a moment when "
            f"both are on; {_but_for_the_fee(scene)}.{asked}"
        )
    return (
        "Closing in agreement: the two sides stop using the channel, then settle on a fee. "
        f"{_but_for_the_fee(scene)}.{asked}"
    )


def _but_for_the_fee(scene: Scene) -> str:
    """Whoever opened the channel pays for a close in agreement."""
    return (
        f"{scene.ours} are yours{' before it' if scene.channel.we_fund else '; the peer pays it'}"
    )


def _closing(scene: Scene) -> str:
    channel, resolution = scene.channel, scene.resolution
    if resolution is None:
        if given_up.is_given_up(channel):
            return given_up.sentence(scene)
        if channel.publication is not None:
            asked, reason = _asked(scene), channel.publication.reason
            if reason is not CloseReason.USER or not asked:  # else that is said already
                asked += f" {CLOSE_REASONS[reason].sentence}"
            return published.sentence(scene, asked)
        fee = " before its fee" if channel.we_fund else ""
        return (
            f"The closing transaction that both sides signed, with {scene.ours} of yours{fee}, "
            f"waits for a block; there is nothing for you to do.{scene.way}{_asked(scene)}"
        )
    pending = f"{resolution.pending.value:,} sat"
    at, asked = f"in block {resolution.closing.height:,}", _asked(scene)
    ordered = _ordered_at(scene)
    match resolution.close:
        case Ours():
            free = home_words.free(scene, resolution)
            if ordered is None:
                return f"The wallet closed alone, {at}. {free}{asked}"
            return f"You closed alone, {at}; you ordered it at block {ordered:,}. {free}"
        case Theirs():
            coming = f"{pending} of yours are on their way to your wallet."
            if ordered is None:
                return f"The peer closed alone, {at}. {coming}{asked}"
            return (
                f"The peer closed alone, {at}, before your own close, which you ordered at block "
                f"{ordered:,}, was in one: there is room for only one of the two. {coming}"
            )
        case Revoked(number):
            return (
                f"The peer CHEATED with its old state {number:,}, {at}: all of it is yours, and "
                f"the guard takes it. {_account(scene, resolution)}"
            )
        case close:
            how = _how(close, restored=channel.restored)
            return f"Closed {how}, {at}; {pending} of yours are on their way to your wallet.{asked}"


def _account(scene: Scene, resolution: Resolution) -> str:
    whole = scene.channel.funding.value
    return account(spoils(whole, resolution, scene.penalties))


def _how(close: CloseKind, *, restored: bool) -> str:
    """By whom and with what."""
    match close:
        case Cooperative():
            return "in agreement"
        case Ours():
            return "by you, alone"
        case OursUnexpected(number) if restored:  # of whose states nothing is known any more
            return (
                "by this wallet's own keys, maybe before it was restored, with its state "
                f"{number:,}"
            )
        case OursUnexpected(number):
            return f"by a copy of this wallet, with its old state {number:,}"
        case Theirs():
            return "by the peer, alone"
        case TheirsUnexpected() if restored:
            return "by the peer, alone"
        case TheirsUnexpected(number):
            return f"by the peer, alone, with state {number:,} that this wallet does not know"
        case Revoked(number):
            return f"by a cheat with its old state {number:,}"
        case Unknown():
            return "by a transaction that this wallet does not know"
        case _:
            assert_never(close)


def _closed(scene: Scene) -> str:
    channel, resolution = scene.channel, scene.resolution
    how = "alone" if resolution is None else _how(resolution.close, restored=channel.restored)
    if resolution is not None and isinstance(resolution.close, Ours) and _ordered_at(scene) is None:
        how = "by this wallet, alone"
    at = "" if channel.spend is None else f" in block {channel.spend.height:,}"
    if resolution is not None and isinstance(resolution.close, Revoked):
        at += ", who lost everything in it"
    ours = all_back(channel.ledger.ours, resolution)
    if channel.restored:
        ours = f"What it paid you of its {channel.funding.value.value:,} sat is in the wallet."
    elif resolution is not None and isinstance(resolution.close, Revoked):
        ours = f"Yours were {scene.ours}. {_account(scene, resolution)}"
    final = ""
    if channel.phase is not Phase.DONE and resolution is not None and resolution.final_at:
        final = f" Final at {scene.when(resolution.final_at)}."
    return f"Closed {how}{at}.{_asked(scene)} {ours}{final}"
