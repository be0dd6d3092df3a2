"""What a dry run of the penalties needs of each open channel (`onchain.rehearsal`)."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from lnwallet_tui.channel.state import Phase
from lnwallet_tui.node.channels.channels import SOON
from lnwallet_tui.onchain.rehearsal import Practice
from lnwallet_tui.store.states import load_states

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


def practices(board: Switchboard) -> tuple[Practice, ...]:
    """Every channel that somebody could cheat in. The signers are copies: nothing that they sign
    for practice is remembered by those that are used."""
    policy = board.shell.config.policy
    feerate = max(board.shell.ports.chain.feerate_per_kw(SOON), policy.min_feerate)
    return tuple(
        Practice(
            name=f"the channel with {held.peer_id.hex()[:8]}",
            facts=board.guard.read_past(held),
            states=load_states(board.shell.store, held.number),
            signer=copy(held.signer),
            script=held.channel.shutdown_script,
            feerate_per_kw=held.channel.ledger.feerate_per_kw,
            sweep_feerate=feerate,
            height=board.chain.height,
            policy=policy,
        )
        for held in board.channels
        if held.channel.phase is not Phase.DONE and held.channel.spend is None
        if held.channel.their_secrets.revoked
    )
