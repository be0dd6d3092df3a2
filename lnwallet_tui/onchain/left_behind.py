"""What commitments of peers left to a wallet that does not know their channels any more.

`to_remote` pays to our payment basepoint, untweaked (`option_static_remotekey`), and basepoints are
counted (keys/derive.py). So a wallet that has lost everything but its words finds that money by
trying them in order, each in both forms that a commitment of theirs may give it, and takes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.script import p2wpkh, p2wsh
from lnwallet_tui.channel.scripts import to_remote_anchors_script
from lnwallet_tui.channel.transactions import ToRemote
from lnwallet_tui.onchain.claim import Claim
from lnwallet_tui.onchain.claims import to_remote_claim
from lnwallet_tui.onchain.facts import ConfirmedTx

GAP: Final = 100
"""So many basepoints are looked for beyond the last that was used or found.

Five times the gap of addresses (BIP44): an opening that came as far as a signature uses up a
number, also where nothing was paid then; and a channel that was missed by its number is lost,
whereas an address can be asked for again. It costs 200 scripts in each block's filter.
"""


@dataclass(frozen=True, slots=True)
class Form:
    """One script of one payment basepoint."""

    index: int
    pubkey: bytes
    role: ToRemote

    @property
    def script(self) -> bytes:
        """What the output pays to."""
        witness_script = self.role.witness_script
        return p2wpkh(self.pubkey) if witness_script is None else p2wsh(witness_script)

    def claim(self, vout: int, confirmed: ConfirmedTx) -> Claim:
        """What takes output `vout` of that commitment."""
        return to_remote_claim(self.pubkey, self.role, vout, confirmed)


def forms(index: int, pubkey: bytes) -> tuple[Form, Form]:
    """Both that `to_remote` of channel `index` may have: without anchors and with them."""
    # BOLT 3: "If `option_anchors` applies to the commitment transaction, the `to_remote` output is
    # encumbered by a one block csv lock." "Otherwise, this output is a simple P2WPKH to
    # `remotepubkey`."
    anchors = ToRemote(to_remote_anchors_script(pubkey))
    return Form(index, pubkey, ToRemote(None)), Form(index, pubkey, anchors)
