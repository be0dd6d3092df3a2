"""What the process of a wallet is told at its start."""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.api.custody import Hidden
from lnwallet_tui.net.address import join_address


@dataclass(frozen=True, slots=True)
class Wanted:
    """`listen` is where peers may dial us; None: nowhere. `passphrase` is None where somebody
    unlocks the wallet later, or its keyring opens it. `proxy` is None where nothing was said of it,
    so that the one of last time counts, and empty where there shall be none."""

    passphrase: Hidden | None = None
    chain_peers: tuple[str, ...] = ()
    listen: tuple[str, int] | None = None
    proxy: str | None = None

    def proxy_after(self, last: str) -> str:
        """The proxy that counts, where `last` did the last time."""
        return last if self.proxy is None else self.proxy

    def options(self, proxy: str) -> tuple[tuple[str, str], ...]:
        """The same as it is said on the command line, with the proxy that counts; no passphrase."""
        options = [("--chain-peer", one) for one in self.chain_peers]
        if self.listen is not None:
            options.append(("--listen", join_address(*self.listen)))
        if proxy:
            options.append(("--proxy", proxy))
        return tuple(options)
