"""Every signature is one that the consensus engine takes, and what would lose money is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.curve import from_der, public_key, verify
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.script import p2wpkh_script_code, p2wsh
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL, SIGHASH_NONE, SIGHASH_SINGLE_ANYONECANPAY
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.channel import witnesses
from lnwallet_tui.channel.scripts import anchor_script
from lnwallet_tui.channel.shachain import LAST_INDEX, ShachainStore
from lnwallet_tui.channel.signing import ChannelSigner, SignerRefused, SpentOutput
from lnwallet_tui.channel.transactions import (
    BuiltCommitment,
    CommitmentOutput,
    HtlcOutput,
    HtlcTransaction,
    LocalAnchor,
    RemoteAnchor,
    ToLocal,
    ToRemote,
    build_commitment,
    is_funding_signature,
    is_htlc_signature,
    signed_by_both,
)
from lnwallet_tui.keys.derive import ChannelKeys
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.keys.signer import Signer
from lnwallet_tui.keys.signer_memory import SignerMemory
from lnwallet_tui.wire.bolt7 import ChannelAnnouncement
from lnwallet_tui.wire.scid import ShortChannelId
from tests.bitcoin.core import core_accepts
from tests.channel import bolt3
from tests.keys.pair import (
    FUNDING,
    FUNDING_VALUE,
    HOME,
    PREIMAGE,
    Spend,
    basepoints_of,
    closing,
    commitment,
    params,
    signer,
    spend,
)

BOTH_TYPES = pytest.mark.parametrize("anchors", [False, True], ids=["static_remotekey", "anchors"])


def find(built: BuiltCommitment, kind: type[CommitmentOutput]) -> int:
    return next(vout for vout, output in enumerate(built.outputs) if isinstance(output, kind))


def script_of(built: BuiltCommitment, vout: int) -> bytes:
    script = built.outputs[vout].witness_script
    assert script is not None
    return script


def whole(taken: Spend, script: bytes) -> SpentOutput:
    return SpentOutput(0, script, taken.spent.value, SIGHASH_ALL)


def expect_valid(taken: Spend, witness: witnesses.Witness) -> None:
    assert core_accepts(taken.tx.with_witness(0, witness), [taken.spent])


def delay(anchors: bool) -> int:
    """The sequence of the counterparty's direct spends."""
    return 1 if anchors else 0xFFFF_FFFD


def expect_protocol(implementation: ChannelSigner) -> None:
    """That it is one is checked by the type checker."""
    assert implementation.basepoints == basepoints_of("alice")


def test_it_is_a_channel_signer() -> None:
    expect_protocol(signer())


# -- signatures, by the engine


@BOTH_TYPES
def test_both_sign_a_commitment(anchors: bool) -> None:
    alice, bob = signer("alice"), signer("bob")
    built = commitment("alice", 0, anchors=anchors)
    theirs = bob.sign_counterparty_commitment(0, built.tx, built.funding_input)
    assert is_funding_signature(params("alice", anchors=anchors), built.tx, theirs)
    alice.accept_holder_commitment(0)
    ours = alice.sign_holder_commitment(0, built.tx, built.funding_input)
    tx = signed_by_both(params("alice", anchors=anchors), built.tx, ours, theirs)
    script = params("alice", anchors=anchors).funding_script
    assert core_accepts(tx, [TxOut(FUNDING_VALUE, p2wsh(script))])


@BOTH_TYPES
def test_both_sign_htlc_transactions(anchors: bool) -> None:
    alice, bob = signer("alice"), signer("bob")
    built = commitment("alice", 0, anchors=anchors)
    bob.sign_counterparty_commitment(0, built.tx, built.funding_input)
    point = alice.per_commitment_point(0)
    assert len(built.htlc_transactions) == 2
    for htlc in built.htlc_transactions:
        theirs = bob.sign_counterparty_htlc(htlc.tx, htlc.counterparty_input, point)
        assert is_htlc_signature(built, htlc, theirs)
        ours = alice.sign_holder_htlc(htlc.tx, htlc.holder_input, 0)
        witness = witnesses.htlc_transaction(
            theirs,
            htlc.counterparty_input.sighash,
            ours,
            None if htlc.htlc.offered else PREIMAGE,
            htlc.witness_script,
        )
        expect_valid(Spend(htlc.tx, built.tx.outputs[htlc.vout]), witness)


@BOTH_TYPES
def test_our_delayed_money(anchors: bool) -> None:
    built = commitment("alice", 3, anchors=anchors)
    vout = find(built, ToLocal)
    taken = spend(built, vout, sequence=144)
    script = script_of(built, vout)
    signature = signer("alice").sign_delayed(taken.tx, whole(taken, script), 3)
    expect_valid(taken, witnesses.delayed(signature, script))


@BOTH_TYPES
def test_our_second_stage_money(anchors: bool) -> None:
    htlc = commitment("alice", 3, anchors=anchors).htlc_transactions[0]
    value = htlc.tx.outputs[0].value - Sat(200)
    tx = Tx(2, (TxIn(htlc.tx.outpoint(0), sequence=144),), (TxOut(value, HOME),))
    taken = Spend(tx, htlc.tx.outputs[0])
    signature = signer("alice").sign_delayed(tx, whole(taken, htlc.output_script), 3)
    expect_valid(taken, witnesses.delayed(signature, htlc.output_script))


@BOTH_TYPES
def test_our_money_in_their_commitment(anchors: bool) -> None:
    built = commitment("bob", 3, anchors=anchors)
    vout = find(built, ToRemote)
    taken = spend(built, vout, sequence=delay(anchors))
    pubkey = basepoints_of("alice").payment
    script = built.outputs[vout].witness_script
    spent = whole(taken, script or p2wpkh_script_code(pubkey))
    signature = signer("alice").sign_to_remote(taken.tx, spent)
    expect_valid(taken, witnesses.to_remote(signature, pubkey, script))


@BOTH_TYPES
@pytest.mark.parametrize("offered", [True, False])
def test_htlcs_in_their_commitment(anchors: bool, offered: bool) -> None:
    built, point = commitment("bob", 3, anchors=anchors), signer("bob").per_commitment_point(3)
    htlc = next(htlc for htlc in built.htlc_transactions if htlc.htlc.offered is offered)
    locktime = 0 if offered else htlc.htlc.cltv_expiry
    taken = spend(built, htlc.vout, sequence=delay(anchors), locktime=locktime)
    spent = whole(taken, htlc.witness_script)
    signature = signer("alice").sign_htlc_claim(taken.tx, spent, point)
    preimage = PREIMAGE if offered else None
    expect_valid(taken, witnesses.htlc_claim(signature, preimage, htlc.witness_script))


@BOTH_TYPES
def test_penalties(anchors: bool) -> None:
    bob = signer("bob")
    bob.accept_holder_commitment(0)
    bob.accept_holder_commitment(1)
    secret, built = bob.release_secret(0), commitment("bob", 0, anchors=anchors)
    vout = find(built, ToLocal)
    taken, script = spend(built, vout), script_of(built, vout)
    signature = signer("alice").sign_penalty(taken.tx, whole(taken, script), secret)
    expect_valid(taken, witnesses.penalty(signature, script))
    for htlc in built.htlc_transactions:
        sequence = 1 if anchors else 0xFFFF_FFFD
        taken, script = spend(built, htlc.vout, sequence=sequence), htlc.witness_script
        signature = signer("alice").sign_penalty(taken.tx, whole(taken, script), secret)
        pubkey = built.keys.revocationpubkey
        expect_valid(taken, witnesses.htlc_penalty(signature, pubkey, script))


@pytest.mark.parametrize(("holder", "kind"), [("alice", LocalAnchor), ("bob", RemoteAnchor)])
def test_our_anchor_in_either_commitment(holder: str, kind: type[CommitmentOutput]) -> None:
    built = commitment(holder, 3, anchors=True)
    vout = find(built, kind)
    taken, script = spend(built, vout), script_of(built, vout)
    signature = signer("alice").sign_anchor(taken.tx, whole(taken, script))
    expect_valid(taken, witnesses.anchor(signature, script))


@BOTH_TYPES
def test_a_cooperative_close(anchors: bool) -> None:
    tx, common = closing(anchors), params("alice", anchors=anchors)
    signatures = []
    for name in ("alice", "bob"):
        side = opened(name, anchors=anchors)
        signatures.append(side.sign_closing(tx, common.funding_input))
    signed = signed_by_both(common, tx, *signatures)
    assert core_accepts(signed, [TxOut(FUNDING_VALUE, p2wsh(common.funding_script))])


def opened(name: str = "alice", *, anchors: bool = True) -> Signer:
    """A signer that has signed and accepted the first commitments."""
    side, other = signer(name), "bob" if name == "alice" else "alice"
    built = commitment(other, 0, anchors=anchors)
    side.sign_counterparty_commitment(0, built.tx, built.funding_input)
    side.accept_holder_commitment(0)
    return side


@pytest.mark.parametrize("case", bolt3.cases(), ids=lambda case: case.name)
def test_the_signatures_of_bolt_3(case: bolt3.Case) -> None:
    """Appendices C and F give the remote node's signatures: ours, if we are it."""
    built = build_commitment(case.params, bolt3.per_commitment_point(), case.spec)
    remote = Signer(remote_keys(), SignerMemory(signed=41))
    signature = remote.sign_counterparty_commitment(42, built.tx, built.funding_input)
    assert signature == from_der(case.remote_signature)
    for htlc, expected in zip(built.htlc_transactions, case.htlc_txs, strict=True):
        point = bolt3.per_commitment_point()
        signature = remote.sign_counterparty_htlc(htlc.tx, htlc.counterparty_input, point)
        assert signature == from_der(expected.remote_signature)


def remote_keys() -> ChannelKeys:
    keys = bolt3.load("commitment")["keys"]
    unused = Secret(bytes(31) + b"\x01")
    return ChannelKeys(
        funding=Secret(bytes.fromhex(keys["remote_funding_privkey"])[:32]),
        revocation=unused,
        payment=unused,
        delayed_payment=unused,
        htlc=Secret(bytes.fromhex(keys["remote_payment_basepoint_secret"])[:32]),
        commitment_seed=unused,
    )


def test_a_new_point_is_a_new_htlc_key() -> None:
    """The last HTLC key is kept; another point must not be signed for with it."""
    alice = signer("alice")
    for number in (3, 4, 3):
        built, point = commitment("bob", number), signer("bob").per_commitment_point(number)
        htlc = built.htlc_transactions[0]
        taken = spend(built, htlc.vout, sequence=1, locktime=600)
        spent = whole(taken, htlc.witness_script)
        signature = alice.sign_htlc_claim(taken.tx, spent, point)
        preimage = PREIMAGE if htlc.htlc.offered else None
        expect_valid(taken, witnesses.htlc_claim(signature, preimage, htlc.witness_script))


# -- our own commitments


def test_released_secrets_are_those_of_the_points_and_form_a_chain() -> None:
    alice, store = signer(), ShachainStore()
    alice.accept_holder_commitment(0)
    for number in range(40):
        alice.accept_holder_commitment(number + 1)
        secret = alice.release_secret(number)
        assert public_key(secret) == alice.per_commitment_point(number)
        store = store.insert(store.next_index, secret)
    assert store.revoked == 40


@pytest.mark.parametrize("number", [-1, 1 << 48])
def test_there_is_no_such_commitment(number: int) -> None:
    with pytest.raises(SignerRefused):
        signer().per_commitment_point(number)


def test_the_last_commitment_has_a_point() -> None:
    assert signer().per_commitment_point(LAST_INDEX)


def test_points_are_the_same_however_often_and_in_which_order_they_are_asked_for() -> None:
    alice, numbers = signer(), range(30)
    points = [signer().per_commitment_point(number) for number in numbers]
    assert len(set(points)) == len(points)
    for number in (*numbers, *reversed(numbers), *(29, 0, 29, 28, 0)):
        assert alice.per_commitment_point(number) == points[number]


def test_the_secret_of_the_current_commitment_is_not_released() -> None:
    alice = signer()
    for number in (0, 1):
        with pytest.raises(SignerRefused, match="not superseded"):
            alice.release_secret(number)
        alice.accept_holder_commitment(number)
        with pytest.raises(SignerRefused, match="not superseded"):
            alice.release_secret(number)
    assert alice.release_secret(0)
    with pytest.raises(SignerRefused, match="not superseded"):
        alice.release_secret(1)


def test_a_revoked_commitment_is_not_signed() -> None:
    alice = opened()
    alice.accept_holder_commitment(1)
    alice.release_secret(0)
    built = commitment("alice", 0)
    with pytest.raises(SignerRefused, match="revoked"):
        alice.sign_holder_commitment(0, built.tx, built.funding_input)
    built = commitment("alice", 1)
    assert alice.sign_holder_commitment(1, built.tx, built.funding_input)


def test_a_revoked_commitment_is_not_signed_under_another_number() -> None:
    alice, built = opened(), commitment("alice", 0)
    alice.accept_holder_commitment(1)
    alice.release_secret(0)
    with pytest.raises(SignerRefused, match="another number than 1"):
        alice.sign_holder_commitment(1, built.tx, built.funding_input)


def test_a_commitment_without_their_signatures_is_not_signed() -> None:
    alice, built = opened(), commitment("alice", 1)
    with pytest.raises(SignerRefused, match="no signatures"):
        alice.sign_holder_commitment(1, built.tx, built.funding_input)


def test_a_commitment_that_may_be_published_is_not_revoked() -> None:
    """Else the counterparty could punish what we published in good faith."""
    alice, built = opened(), commitment("alice", 0)
    alice.sign_holder_commitment(0, built.tx, built.funding_input)
    alice.accept_holder_commitment(1)
    with pytest.raises(SignerRefused, match="signed to be published"):
        alice.release_secret(0)


# -- theirs


def test_their_commitment_is_signed_again_only_if_it_is_the_same() -> None:
    """Retransmission after a reconnect needs the first, a second version could be used twice."""
    alice, built = signer(), commitment("bob", 0)
    first = alice.sign_counterparty_commitment(0, built.tx, built.funding_input)
    assert alice.sign_counterparty_commitment(0, built.tx, built.funding_input) == first
    for other in (commitment("bob", 0, moved=1_000), commitment("bob", 0, htlcs=())):
        with pytest.raises(SignerRefused, match="second version of their commitment 0"):
            alice.sign_counterparty_commitment(0, other.tx, other.funding_input)
    assert alice.sign_counterparty_commitment(0, built.tx, built.funding_input) == first


@pytest.mark.parametrize("number", [0, 1, 4, 5])
def test_their_commitments_are_signed_one_by_one(number: int) -> None:
    alice = signer()
    for at in (0, 1, 2):
        built = commitment("bob", at)
        alice.sign_counterparty_commitment(at, built.tx, built.funding_input)
    built = commitment("bob", number)
    with pytest.raises(SignerRefused, match="does not follow 2"):
        alice.sign_counterparty_commitment(number, built.tx, built.funding_input)


def test_their_commitment_under_another_number() -> None:
    alice, built = opened(), commitment("bob", 7)
    with pytest.raises(SignerRefused, match="another number than 1"):
        alice.sign_counterparty_commitment(1, built.tx, built.funding_input)


def test_a_commitment_of_another_funding_output() -> None:
    alice, built = opened(), commitment("bob", 1)
    elsewhere = replace(built.tx.inputs[0], outpoint=OutPoint(FUNDING.txid, 0))
    with pytest.raises(SignerRefused, match="another funding"):
        alice.sign_counterparty_commitment(
            1, replace(built.tx, inputs=(elsewhere,)), built.funding_input
        )


def htlc_of(number: int) -> tuple[HtlcTransaction, bytes]:
    htlc = commitment("bob", number).htlc_transactions[0]
    return htlc, signer("bob").per_commitment_point(number)


def test_their_htlcs_are_signed_for_the_newest_commitment_only() -> None:
    alice = opened()
    (current, point), (following, next_point) = htlc_of(0), htlc_of(1)
    assert alice.sign_counterparty_htlc(current.tx, current.counterparty_input, point)
    with pytest.raises(SignerRefused, match="commitment signed last"):
        alice.sign_counterparty_htlc(following.tx, following.counterparty_input, next_point)


def test_their_htlc_at_a_point_that_is_not_the_commitments() -> None:
    alice, (htlc, _) = opened(), htlc_of(0)
    with pytest.raises(SignerRefused, match="does not name our key"):
        alice.sign_counterparty_htlc(
            htlc.tx, htlc.counterparty_input, signer("bob").per_commitment_point(1)
        )


# -- what is signed, and how


def test_no_commitment_is_signed_as_a_closing_transaction() -> None:
    """It would be signed without any memory of it, and could be a revoked one."""
    alice, built = opened(), commitment("alice", 0)
    with pytest.raises(SignerRefused, match="not signed as a closing"):
        alice.sign_closing(built.tx, built.funding_input)


def test_no_closing_transaction_is_signed_as_a_commitment() -> None:
    alice, common = opened(), params("alice", anchors=True)
    with pytest.raises(SignerRefused, match="not a commitment"):
        alice.sign_counterparty_commitment(1, closing(), common.funding_input)
    with pytest.raises(SignerRefused, match="not a commitment"):
        alice.sign_holder_commitment(0, closing(), common.funding_input)


def test_a_close_before_there_is_a_channel_or_of_another_one() -> None:
    common, tx = params("alice", anchors=True), closing()
    with pytest.raises(SignerRefused, match="not a closing transaction of this channel"):
        signer().sign_closing(tx, common.funding_input)
    other = replace(tx, inputs=(TxIn(OutPoint(bytes(32), 0)),))
    with pytest.raises(SignerRefused, match="not a closing transaction of this channel"):
        opened().sign_closing(other, common.funding_input)


def test_a_close_that_pays_out_more_than_there_is() -> None:
    tx = replace(closing(), outputs=(TxOut(FUNDING_VALUE + Sat(1), HOME),))
    with pytest.raises(SignerRefused, match="more than the channel holds"):
        opened().sign_closing(tx, params("alice", anchors=True).funding_input)


def test_a_funding_output_of_others() -> None:
    alice, built = opened(), commitment("bob", 1)
    script = built.funding_input.witness_script.replace(
        basepoints_of("alice").funding_pubkey, basepoints_of("bob").payment
    )
    funding = replace(built.funding_input, witness_script=script)
    with pytest.raises(SignerRefused, match="not our funding output"):
        alice.sign_counterparty_commitment(1, built.tx, funding)


@pytest.mark.parametrize("sighash", [SIGHASH_NONE, SIGHASH_SINGLE_ANYONECANPAY, 0])
def test_the_funding_output_is_signed_as_a_whole(sighash: int) -> None:
    alice, built = opened(), commitment("bob", 1)
    funding = replace(built.funding_input, sighash=sighash)
    with pytest.raises(SignerRefused, match="as a whole"):
        alice.sign_counterparty_commitment(1, built.tx, funding)
    with pytest.raises(SignerRefused, match="as a whole"):
        alice.sign_closing(closing(), funding)


def test_the_funding_output_is_spent_alone() -> None:
    alice, built = opened(), commitment("bob", 1)
    joined = replace(built.tx, inputs=(*built.tx.inputs, TxIn(OutPoint(bytes(32), 0))))
    with pytest.raises(SignerRefused, match="alone"):
        alice.sign_counterparty_commitment(1, joined, built.funding_input)


@pytest.mark.parametrize("sighash", [SIGHASH_NONE, SIGHASH_SINGLE_ANYONECANPAY, 0])
def test_vuln_025_nothing_of_ours_is_signed_so_that_others_can_change_it(sighash: int) -> None:
    """Fee siphoning: a signature that does not commit to all outputs lets anybody take the fee."""
    alice, built = signer(), commitment("alice", 0)
    htlc, point = built.htlc_transactions[0], signer("bob").per_commitment_point(0)
    spent = replace(htlc.holder_input, sighash=sighash)
    with pytest.raises(SignerRefused, match="not with sighash"):
        alice.sign_holder_htlc(htlc.tx, spent, 0)
    with pytest.raises(SignerRefused, match="not with sighash"):
        alice.sign_delayed(htlc.tx, spent, 0)
    with pytest.raises(SignerRefused, match="not with sighash"):
        alice.sign_htlc_claim(htlc.tx, spent, point)
    with pytest.raises(SignerRefused, match="not with sighash"):
        alice.sign_penalty(htlc.tx, spent, bytes(31) + b"\x01")
    anchor = replace(spent, witness_script=anchor_script(basepoints_of("alice").funding_pubkey))
    with pytest.raises(SignerRefused, match="not with sighash"):
        alice.sign_anchor(htlc.tx, anchor)
    ours = p2wpkh_script_code(basepoints_of("alice").payment)
    with pytest.raises(SignerRefused, match="not with sighash"):
        alice.sign_to_remote(htlc.tx, replace(spent, witness_script=ours))


def test_vuln_025_no_fee_stands_in_what_the_counterparty_may_add_to() -> None:
    """Legacy anchors: their HTLC transactions paid a fee that the holder could redirect."""
    alice, built = opened(anchors=False), commitment("bob", 0, anchors=False)
    htlc, point = built.htlc_transactions[0], signer("bob").per_commitment_point(0)
    assert alice.sign_counterparty_htlc(htlc.tx, htlc.counterparty_input, point)
    loose = replace(htlc.counterparty_input, sighash=SIGHASH_SINGLE_ANYONECANPAY)
    with pytest.raises(SignerRefused, match="has a fee in it"):
        alice.sign_counterparty_htlc(htlc.tx, loose, point)


def test_the_funding_key_signs_no_other_script_as_an_anchor() -> None:
    """The anchor's key is the funding key: a claim of an anchor must not spend the channel."""
    alice, built = opened(), commitment("alice", 0)
    with pytest.raises(SignerRefused, match="not our anchor"):
        alice.sign_anchor(built.tx, built.funding_input)
    theirs = anchor_script(basepoints_of("bob").funding_pubkey)
    with pytest.raises(SignerRefused, match="not our anchor"):
        alice.sign_anchor(built.tx, replace(built.funding_input, witness_script=theirs))


def test_a_to_remote_of_others() -> None:
    alice, built = opened(), commitment("alice", 0)
    vout = find(built, ToRemote)  # of Alice's commitment: Bob's
    taken = spend(built, vout, sequence=1)
    with pytest.raises(SignerRefused, match="not our to_remote"):
        alice.sign_to_remote(taken.tx, whole(taken, script_of(built, vout)))


@pytest.mark.parametrize("number", [0, 2])
def test_delayed_money_of_another_commitment(number: int) -> None:
    built = commitment("alice", 1)
    vout = find(built, ToLocal)
    taken = spend(built, vout, sequence=144)
    with pytest.raises(SignerRefused, match="does not name our key"):
        signer().sign_delayed(taken.tx, whole(taken, script_of(built, vout)), number)


def test_a_penalty_with_a_secret_of_another_commitment() -> None:
    built = commitment("bob", 0)
    vout = find(built, ToLocal)
    taken = spend(built, vout)
    with pytest.raises(SignerRefused, match="does not name our key"):
        signer().sign_penalty(taken.tx, whole(taken, script_of(built, vout)), bytes(31) + b"\x07")


def test_an_input_that_is_not_there() -> None:
    built = commitment("alice", 0)
    vout = find(built, ToLocal)
    taken = spend(built, vout)
    spent = replace(whole(taken, script_of(built, vout)), input_index=1)
    with pytest.raises(SignerRefused, match="no input 1"):
        signer().sign_delayed(taken.tx, spent, 0)


def test_htlc_outputs_are_found_by_their_scripts() -> None:
    """That the cases above are about HTLCs at all."""
    outputs = commitment("bob", 0).outputs
    assert sum(isinstance(output, HtlcOutput) for output in outputs) == 2


# -- in public
def announcement(**changes: object) -> ChannelAnnouncement:
    """A channel of Alice and Bob, not signed yet."""
    none = bytes(64)
    plain = ChannelAnnouncement(
        node_signature_1=none,
        node_signature_2=none,
        bitcoin_signature_1=none,
        bitcoin_signature_2=none,
        features=b"",
        chain_hash=Network.REGTEST.chain_hash,
        short_channel_id=ShortChannelId(101, 1, 1),
        node_id_1=basepoints_of("alice").htlc,
        node_id_2=basepoints_of("bob").htlc,
        bitcoin_key_1=basepoints_of("alice").funding_pubkey,
        bitcoin_key_2=basepoints_of("bob").funding_pubkey,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # names of its fields


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_an_announcement_is_signed_with_the_funding_key(who: str) -> None:
    """BOLT 7: "MUST set `bitcoin_signature_1` and `bitcoin_signature_2` to valid signatures of the
    hash `h` (using `bitcoin_key_1` and `bitcoin_key_2`'s respective secrets)."."""
    one = signer(who)
    said = one.sign_announcement(announcement())
    assert verify(basepoints_of(who).funding_pubkey, announcement().digest(), said)
    assert one.memory == SignerMemory()
    assert one.sign_announcement(announcement()) == said


ALICE, BOB = (basepoints_of(who).funding_pubkey for who in ("alice", "bob"))


@pytest.mark.parametrize(
    ("bitcoin_key_1", "bitcoin_key_2"),
    [(BOB, BOB), (ALICE, ALICE), (basepoints_of("alice").htlc, BOB)],
    ids=["others", "twice ours", "another key of ours"],
)
def test_the_channel_of_others_is_not_announced(bitcoin_key_1: bytes, bitcoin_key_2: bytes) -> None:
    wrong = announcement(bitcoin_key_1=bitcoin_key_1, bitcoin_key_2=bitcoin_key_2)
    with pytest.raises(SignerRefused, match="not an announcement of our funding key"):
        signer().sign_announcement(wrong)


@pytest.mark.parametrize("field", ["features", "extension"])
def test_an_announcement_has_no_room_for_a_spend(field: str) -> None:
    """Both hash twice with SHA-256: bytes that others choose could be what BIP143 hashes."""
    with pytest.raises(SignerRefused, match="says more"):
        signer().sign_announcement(announcement(**{field: b"\x00"}))


@BOTH_TYPES
def test_an_announcement_is_shorter_than_what_any_spend_hashes(anchors: bool) -> None:
    hashed = len(announcement().LAYOUT.write(announcement())) - 4 * 64
    assert hashed == 174
    anchor = anchor_script(ALICE)
    shortest = min(len(params("alice", anchors=anchors).funding_script), len(anchor))
    bip143 = 4 + 32 + 32 + 36 + 1 + shortest + 8 + 4 + 32 + 4 + 4
    assert hashed < bip143
