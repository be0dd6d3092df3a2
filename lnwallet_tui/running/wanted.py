"""What the process of a wallet is told at its start."""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.api.custody import Hidden
from lnwallet_tui.net.address import join_address


@dataclass(frozen=True, slots=True)
class Wanted:
    """`listen` is where peers may dial us; None: nowhere. `passphrase` is None where somebody
    unlocks the wallet later, or its keyring opens it."""

    passphrase: Hidden | None = None
    chain_peers: tuple[str, ...] = ()
    listen: tuple[str, int] | None = None
    proxy: str = ""

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """The same as it is said on the command line; no passphrase."""
        options = [("--chain-peer", one) for one in self.chain_peers]
        if self.listen is not None:
            options.append(("--listen", join_address(*self.listen)))
        if self.proxy:
            options.append(("--proxy", self.proxy))
        return tuple(options)
