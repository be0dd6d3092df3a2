"""An opening that the user has decided on, from the quote to the published funding transaction."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelView, OpenQuote
from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.channel.errors import ChannelRefusal
from lnwallet_tui.channel.opening import OpenRequest, open_channel
from lnwallet_tui.channel.state import ChannelType
from lnwallet_tui.node import refusing, views
from lnwallet_tui.node.blocks import unread
from lnwallet_tui.node.channels import quotes
from lnwallet_tui.node.commands import Result

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

_OPEN_MS: Final = 60_000


async def begin(
    board: Switchboard, asked: OpenQuote, push: Msat, most_fee_sat: int | None, *, private: bool
) -> ChannelView | Refused:
    """Open as it was asked for, and for no higher fee on chain than is quoted now, which must not
    be more than `most_fee_sat`. Raises `StoreError`."""
    peer_id = bytes.fromhex(asked.peer_id)
    # Another opening may have taken coins since.
    quote = quotes.opening(board, peer_id, Sat(asked.capacity_sat), asked.feerate_per_kw)
    if isinstance(quote, Refused):
        return quote
    if most_fee_sat is not None and quote.onchain_fee_sat > most_fee_sat:
        return refusing.dearer(quote.onchain_fee_sat, most_fee_sat)
    number, answer = board.commands.begin()
    with board.shell.store.transaction() as tx:
        script = board.wallet.scripts.lend(tx)
        board.chain.look_for(tx, script)
        held = board.channels.begin(peer_id)
        held.most_fee = Sat(quote.onchain_fee_sat)
        request = OpenRequest(
            command_id=number,
            temporary_channel_id=board.shell.ports.dice.bytes(32),
            funding=Sat(quote.capacity_sat),
            push=push,
            channel_type=ChannelType.of(anchors=quotes.will_have_anchors(board, peer_id)),
            funding_feerate_per_kw=quote.feerate_per_kw,
            shutdown_script=script,
            alias=board.inbound.fresh_alias(),
            private=private,
        )
        board.channels.open(held, partial(open_channel, request))
    if not await _is_done(board, answer):
        # The opening ends with the connection, and with it every reason to keep coins for it.
        board.shell.turns.take(
            partial(board.peers.disconnect, peer_id, "It did not answer in time.")
        )
        return refusing.no_answer()
    if held.coins_refused is not None:
        return unread.of_coins(board, held.coins_refused)
    if held.backup_refused is not None:
        return refusing.of_disk(held.backup_refused)
    result = answer.result()
    if isinstance(result, ChannelRefusal):
        return refusing.of_channel(result, board.peers.view(peer_id).address)
    return views.channel(board, held)


async def _is_done(board: Switchboard, answer: asyncio.Future[Result]) -> bool:
    await board.commands.wait(answer, _OPEN_MS)
    return answer.done()
