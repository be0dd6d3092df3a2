"""Paying from the coins, and hurrying what waits (`api.node.NodeApi`)."""

from __future__ import annotations

from msgspec.structs import replace

from lnwallet_tui.api.addresses import AddressView
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.spending import (
    USUAL_FEE,
    BumpQuote,
    FeesView,
    FeeView,
    PsbtView,
    Sending,
    SendQuote,
    SentView,
    WantedFee,
)
from lnwallet_tui.bitcoin.address import address_to_script
from lnwallet_tui.node.coins import addresses, bumping, coin_views, psbts, spending
from lnwallet_tui.node.switchboard import Switchboard


class SpendingCounter:
    """That part of the node."""

    _board: Switchboard

    async def fees(self) -> FeesView:
        shell = self._board.shell
        readings = shell.ports.chain.feerate_readings()
        return FeesView(
            fees=tuple(
                FeeView(
                    target_blocks=one.target_blocks,
                    feerate_per_kw=one.per_kw,
                    source=one.source,
                    time=one.since,
                    count=one.count,
                )
                for one in readings
            ),
            now=shell.now(),
        )

    async def quote_send(self, sending: Sending) -> SendQuote | Refused:
        return spending.quote(self._board, sending)

    async def send(self, sending: Sending) -> SentView | Refused:
        return spending.send(self._board, sending)

    async def quote_bump(self, txid: str, fee: WantedFee = USUAL_FEE) -> BumpQuote | Refused:
        return bumping.quote(self._board, txid, fee)

    async def bump(self, txid: str, fee: WantedFee = USUAL_FEE) -> SentView | Refused:
        return bumping.bump(self._board, txid, fee)

    async def export_send(self, sending: Sending) -> PsbtView | Refused:
        return psbts.export(self._board, sending)

    async def read_psbt(self, psbt: str) -> PsbtView | Refused:
        return psbts.look(self._board, psbt)

    async def sign_psbt(self, psbt: str, *, most_sat: int | None = None) -> PsbtView | Refused:
        return psbts.sign(self._board, psbt, most_sat)

    async def read_address(self, text: str) -> AddressView | Refused:
        network = self._board.shell.config.network
        read = addresses.read(text, network)
        if isinstance(read, Refused):
            return read
        script = address_to_script(read.address, network)
        received = coin_views.received_at(self._board, script)
        yours = self._board.wallet.owns(script)
        return replace(read, yours=yours, received_sat=received.value)
