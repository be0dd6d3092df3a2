"""Our commitment, signed for the chain."""

from __future__ import annotations

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.signing import ChannelSigner
from lnwallet_tui.channel.transactions import signed_by_both
from lnwallet_tui.onchain.facts import ChannelFacts


def our_commitment(facts: ChannelFacts, signer: ChannelSigner) -> Tx:
    """Our newest commitment with both signatures; `SignerRefused` if we have revoked it.

    It must not be published where it is proved that we lost data (`Channel.old_state`).
    """
    # BOLT 5: "if the node knows or assumes its channel state is outdated: MUST NOT broadcast its
    # *last commitment transaction*"
    built = facts.build_ours()
    signature = signer.sign_holder_commitment(built.spec.number, built.tx, built.funding_input)
    return signed_by_both(facts.ours, built.tx, signature, facts.our_commitment.signature)
