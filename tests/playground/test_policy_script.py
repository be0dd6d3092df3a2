"""Scripts: what consensus takes and relay policy does not, and every script of Lightning."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.curve import (
    from_der,
    point_tweak_add,
    public_key,
    sign,
    to_der,
)
from lnwallet_tui.bitcoin.hashes import hash160, sha256, tagged_hash
from lnwallet_tui.bitcoin.script import (
    OP_0,
    OP_1,
    OP_2,
    OP_CHECKLOCKTIMEVERIFY,
    OP_CHECKMULTISIG,
    OP_CHECKSEQUENCEVERIFY,
    OP_CHECKSIG,
    OP_DROP,
    OP_DUP,
    OP_ELSE,
    OP_ENDIF,
    OP_IF,
    OP_NOTIF,
    assemble,
    p2pkh,
    p2sh,
    p2tr,
    push,
    witness_program,
)
from lnwallet_tui.bitcoin.serial import with_length
from lnwallet_tui.bitcoin.sighash import (
    SIGHASH_ALL,
    SIGHASH_ANYONECANPAY,
    SIGHASH_NONE,
    SIGHASH_SINGLE,
    SIGHASH_SINGLE_ANYONECANPAY,
    segwit_v0_digest,
)
from lnwallet_tui.bitcoin.tx import Tx, TxIn, TxOut
from lnwallet_tui.channel import scripts, witnesses
from lnwallet_tui.channel.keys import CommitmentKeys
from lnwallet_tui.playground.policy_rejection import Reason, Rejection
from lnwallet_tui.playground.policy_signature import legacy_digest
from tests.playground.bench import (
    HOME,
    PUBKEY,
    SECRET,
    Bench,
    Coin,
    output_of,
    paid,
    spend,
    witness_coin,
)

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
OTHER_SECRET = sha256(b"another key of the tests")
OTHER = public_key(OTHER_SECRET)
EITHER = assemble(OP_IF, OP_1, OP_ELSE, OP_1, OP_ENDIF)
REJECTED_SIGNATURE_IS_FINE = assemble(PUBKEY, OP_CHECKSIG, OP_NOTIF, OP_1, OP_ELSE, OP_1, OP_ENDIF)


def uncompressed(secret: bytes) -> bytes:
    x = public_key(secret)[1:]
    y = pow(pow(int.from_bytes(x, "big"), 3, P) + 7, (P + 1) // 4, P)
    even = public_key(secret)[0] == 2
    y = y if (y % 2 == 0) == even else P - y
    return b"\x04" + x + y.to_bytes(32, "big")


P = 2**256 - 2**32 - 977


def signature(
    tx: Tx, script: bytes, value: Sat, *, secret: bytes = SECRET, sighash: int = SIGHASH_ALL
) -> bytes:
    digest = segwit_v0_digest(tx, 0, script, value, sighash)
    return to_der(sign(secret, digest)) + bytes((sighash,))


def high_s(der: bytes) -> bytes:
    compact = from_der(der[:-1])
    r, s = compact[:32], ORDER - int.from_bytes(compact[32:], "big")
    high = s.to_bytes(33, "big")
    r = r if r[0] < 0x80 else b"\0" + r
    body = b"\x02" + with_length(r.lstrip(b"\0") if r[0] == 0 and r[1] < 0x80 else r)
    body += b"\x02" + with_length(high)
    return b"\x30" + with_length(body) + der[-1:]


def violates(bench: Bench, tx: Tx, rule: str) -> None:
    refused = bench.refuses(tx, Reason.SCRIPT_FLAG)
    assert rule in str(refused)


# -- rules, one by one


def test_a_wrong_signature_is_refused_by_the_engine_itself(bench: Bench) -> None:
    tx = paid(bench.coin())
    wrong = replace(tx, outputs=(TxOut(Sat(98_999), HOME),))
    with pytest.raises(Rejection) as refused:
        bench.mempool.submit(wrong)
    assert str(refused.value) == (
        "mempool-script-verify-flag-failed (input 0: consensus forbids it)"
    )


def test_low_s(bench: Bench) -> None:
    tx = paid(bench.coin())
    der, pubkey = tx.inputs[0].witness
    violates(bench, tx.with_witness(0, (high_s(der), pubkey)), "S value is unnecessarily high")


def test_hash_types(bench: Bench) -> None:
    for sighash in (SIGHASH_NONE, SIGHASH_SINGLE, SIGHASH_ALL | SIGHASH_ANYONECANPAY):
        bench.mempool.submit(one_key(bench, sighash))
    violates(bench, one_key(bench, 0x04), "hash type missing or not understood")


def one_key(bench: Bench, sighash: int) -> Tx:
    script = assemble(PUBKEY, OP_CHECKSIG)
    coin = witness_coin(bench, script)
    tx = spend(coin)
    return tx.with_witness(0, (signature(tx, script, coin[1].value, sighash=sighash), script))


def test_compressed_keys_in_segwit(bench: Bench) -> None:
    script = assemble(uncompressed(SECRET), OP_CHECKSIG)
    coin = witness_coin(bench, script)
    tx = spend(coin)
    signed = tx.with_witness(0, (signature(tx, script, coin[1].value), script))
    violates(bench, signed, "Using non-compressed keys in segwit")


@pytest.mark.parametrize("argument", [b"\x02", b"\x00", b"\x01\x00", b"\x80"])
def test_minimal_if(bench: Bench, argument: bytes) -> None:
    tx = spend(witness_coin(bench, EITHER))
    violates(bench, tx.with_witness(0, (argument, EITHER)), "OP_IF/NOTIF argument must be minimal")


@pytest.mark.parametrize("argument", [b"\x01", b""])
def test_an_if_that_is_minimal(bench: Bench, argument: bytes) -> None:
    tx = spend(witness_coin(bench, EITHER))
    bench.mempool.submit(tx.with_witness(0, (argument, EITHER)))


def test_null_fail(bench: Bench) -> None:
    script = REJECTED_SIGNATURE_IS_FINE
    coin = witness_coin(bench, script)
    tx = spend(coin)
    foreign = signature(tx, script, coin[1].value, secret=OTHER_SECRET)
    violates(bench, tx.with_witness(0, (foreign, script)), "Signature must be zero")
    bench.mempool.submit(
        spend(witness_coin(bench, script)).with_witness(0, (b"", script)),
    )


def test_null_fail_of_a_multisig(bench: Bench) -> None:
    multisig = assemble(OP_1, PUBKEY, OTHER, OP_2, OP_CHECKMULTISIG)
    script = multisig + assemble(OP_IF, OP_1, OP_ELSE, OP_1, OP_ENDIF)
    coin = witness_coin(bench, script)
    tx = spend(coin)
    foreign = signature(tx, script, coin[1].value, secret=sha256(b"a third"))
    violates(bench, tx.with_witness(0, (b"", foreign, script)), "Signature must be zero")


def test_minimal_data(bench: Bench) -> None:
    for long_push in (b"\x4c\x02ab", b"\x01\x05", b"\x4d\x01\x00z", b"\x01\x81"):
        script = long_push + assemble(OP_DROP, OP_1)
        tx = spend(witness_coin(bench, script)).with_witness(0, (script,))
        violates(bench, tx, "Data push larger than necessary")


def test_minimal_numbers(bench: Bench) -> None:
    script = assemble(OP_1, 0x93)  # OP_ADD
    tx = spend(witness_coin(bench, script)).with_witness(0, (b"\x01\x00", script))
    violates(bench, tx, "non-minimally encoded")


@pytest.mark.parametrize("lock", [OP_CHECKLOCKTIMEVERIFY, OP_CHECKSEQUENCEVERIFY])
def test_minimal_numbers_of_time_locks(bench: Bench, lock: int) -> None:
    script = assemble(b"\x01\x00", lock, OP_DROP, OP_1)
    coin = witness_coin(bench, script)
    tx = spend(coin, locktime=1, sequence=1).with_witness(0, (script,))
    violates(bench, tx, "non-minimally encoded")


def test_operations_kept_for_upgrades(bench: Bench) -> None:
    for nop in (0xB0, 0xB3, 0xB9):
        script = assemble(nop, OP_1)
        tx = spend(witness_coin(bench, script)).with_witness(0, (script,))
        violates(bench, tx, "NOPx reserved for soft-fork upgrades")


def test_operations_that_no_lightning_script_needs(bench: Bench) -> None:
    script = assemble(OP_1, 0x8B, OP_DROP, OP_1)  # OP_1ADD
    tx = spend(witness_coin(bench, script)).with_witness(0, (script,))
    violates(bench, tx, "opcode 0x8b is not relayed in the playground")


def test_witness_versions_kept_for_upgrades(bench: Bench) -> None:
    program = witness_program(2, b"\x01" * 32)
    coin = bench.coin(p2sh(hash160(program)))
    plain = spend(coin)
    tx = replace(plain, inputs=(TxIn(coin[0], push(program)),)).with_witness(0, (b"\x01",))
    violates(bench, tx, "Witness version reserved for soft-fork upgrades")


# -- before segwit


def test_clean_stack(bench: Bench) -> None:
    redeem = assemble(OP_1)
    coin = bench.coin(p2sh(hash160(redeem)))
    tx = spend(coin)
    clean = replace(tx, inputs=(TxIn(coin[0], push(redeem)),))
    dirty = replace(tx, inputs=(TxIn(coin[0], assemble(OP_0) + push(redeem)),))
    violates(bench, dirty, "Stack size must be exactly one after execution")
    again = bench.coin(p2sh(hash160(redeem)))
    bench.mempool.submit(replace(clean, inputs=(TxIn(again[0], push(redeem)),)))


@pytest.mark.parametrize(
    "sighash", [SIGHASH_ALL, SIGHASH_NONE, SIGHASH_SINGLE, SIGHASH_SINGLE_ANYONECANPAY]
)
@pytest.mark.parametrize("pubkey", [PUBKEY, uncompressed(SECRET)], ids=["short", "long"])
def test_keys_of_the_old_form(bench: Bench, sighash: int, pubkey: bytes) -> None:
    script = p2pkh(hash160(pubkey))
    coins = bench.coins(2, script)
    tx = spend(*coins, outputs=[TxOut(Sat(50_000), HOME)] * 3)
    inputs = []
    for index, txin in enumerate(tx.inputs):
        der = to_der(sign(SECRET, legacy_digest(tx, index, script, sighash)))
        inputs.append(replace(txin, script_sig=push(der + bytes((sighash,))) + push(pubkey)))
    bench.mempool.submit(replace(tx, inputs=tuple(inputs)))
    bench.mine()
    assert len(bench.mempool) == 0


def test_low_s_before_segwit(bench: Bench) -> None:
    script = p2pkh(hash160(PUBKEY))
    coin = bench.coin(script)
    tx = spend(coin)
    der = to_der(sign(SECRET, legacy_digest(tx, 0, script, SIGHASH_ALL))) + b"\x01"
    high = replace(tx, inputs=(TxIn(coin[0], push(high_s(der)) + push(PUBKEY), 0xFFFF_FFFD),))
    violates(bench, high, "S value is unnecessarily high")


# -- taproot


@dataclass(frozen=True)
class Leaf:
    """A taproot output with one leaf that anybody may use."""

    script: bytes = assemble(OP_1)
    version: int = 0xC0

    def coin(self, bench: Bench) -> Coin:
        return bench.coin(p2tr(self._output()[1:]))

    def _output(self) -> bytes:
        leaf = tagged_hash("TapLeaf", bytes((self.version,)) + with_length(self.script))
        return point_tweak_add(b"\x02" + PUBKEY[1:], tagged_hash("TapTweak", PUBKEY[1:] + leaf))

    def witness(self, *extra: bytes) -> tuple[bytes, ...]:
        control = bytes((self.version | (self._output()[0] & 1),)) + PUBKEY[1:]
        return (self.script, control, *extra)


def test_a_taproot_leaf(bench: Bench) -> None:
    leaf = Leaf()
    bench.mempool.submit(spend(leaf.coin(bench)).with_witness(0, leaf.witness()))


def test_an_annex(bench: Bench) -> None:
    leaf = Leaf()
    tx = spend(leaf.coin(bench)).with_witness(0, leaf.witness(b"\x50"))
    bench.refuses(tx, Reason.NONSTANDARD_WITNESS)


def test_a_large_item_for_a_leaf(bench: Bench) -> None:
    leaf = Leaf(assemble(OP_DROP, OP_1))
    tx = spend(leaf.coin(bench)).with_witness(0, (bytes(81), *leaf.witness()))
    bench.refuses(tx, Reason.NONSTANDARD_WITNESS)


def test_leaf_versions_kept_for_upgrades(bench: Bench) -> None:
    leaf = Leaf(version=0xC2)
    tx = spend(leaf.coin(bench)).with_witness(0, leaf.witness())
    violates(bench, tx, "Taproot version reserved for soft-fork upgrades")


@pytest.mark.parametrize(
    ("script", "rule"),
    [
        (assemble(0x7E), "OP_SUCCESSx reserved for soft-fork upgrades"),
        (b"\x4c\x02ab" + assemble(OP_DROP, OP_1), "Data push larger than necessary"),
        (assemble(b"\x01" * 33, OP_CHECKSIG), "Public key version reserved"),
        (assemble(0xB0, OP_1), "opcode 0xb0 is not relayed"),
        (assemble(b"\x01\x00", OP_CHECKSEQUENCEVERIFY, OP_DROP, OP_1), "non-minimally encoded"),
        (assemble(OP_1, OP_DUP, OP_CHECKSEQUENCEVERIFY, OP_DROP), "a time lock that is computed"),
    ],
    ids=["success", "push", "key", "nop", "lock", "computed lock"],
)
def test_what_a_leaf_may_not_hold(bench: Bench, script: bytes, rule: str) -> None:
    leaf = Leaf(script)
    witness = leaf.witness()
    if rule.startswith("Public key"):
        witness = (b"\x01", *witness)  # to a key of an unknown kind any signature is good
    tx = spend(leaf.coin(bench), sequence=1).with_witness(0, witness)
    violates(bench, tx, rule)


# -- Lightning's own

KEYS = CommitmentKeys(
    revocationpubkey=OTHER,
    local_delayedpubkey=PUBKEY,
    local_htlcpubkey=PUBKEY,
    remote_htlcpubkey=OTHER,
    remotepubkey=OTHER,
)
PREIMAGE = sha256(b"a preimage of the tests")
OFFERED = scripts.offered_htlc_script(KEYS, sha256(PREIMAGE), anchors=True)
RECEIVED = scripts.received_htlc_script(KEYS, sha256(PREIMAGE), 120, anchors=True)
TO_LOCAL = scripts.to_local_script(OTHER, 5, PUBKEY)


class Spending:
    """A confirmed P2WSH coin of a Lightning script, and the signatures of both sides."""

    def __init__(self, bench: Bench, script: bytes, *, sequence: int = 1, locktime: int = 0):
        self.coin = witness_coin(bench, script)
        bench.mine(20)
        self.script = script
        self.tx = spend(self.coin, sequence=sequence, locktime=locktime)

    def sig(self, secret: bytes = SECRET) -> bytes:
        value = self.coin[1].value
        return sign(secret, segwit_v0_digest(self.tx, 0, self.script, value, SIGHASH_ALL))

    def with_witness(self, witness: tuple[bytes, ...]) -> Tx:
        return self.tx.with_witness(0, witness)


def lightning_spends(bench: Bench) -> dict[str, Tx]:
    other = OTHER_SECRET
    funding = Spending(bench, scripts.funding_script(PUBKEY, OTHER))
    both = {PUBKEY: funding.sig(), OTHER: funding.sig(other)}
    late = Spending(bench, TO_LOCAL, sequence=5)
    stolen = Spending(bench, TO_LOCAL)
    remote = Spending(bench, scripts.to_remote_anchors_script(OTHER))
    anchor = Spending(bench, scripts.anchor_script(PUBKEY))
    anyone = Spending(bench, scripts.anchor_script(PUBKEY), sequence=16)
    timeout = Spending(bench, OFFERED, locktime=130)
    offered_claim = Spending(bench, OFFERED)
    success = Spending(bench, RECEIVED)
    received_claim = Spending(bench, RECEIVED, locktime=120)
    revoked = [Spending(bench, script) for script in (OFFERED, RECEIVED)]
    sighash = SIGHASH_ALL
    return {
        "funding": funding.with_witness(witnesses.funding(both, funding.script)),
        "to_local, delayed": late.with_witness(witnesses.delayed(late.sig(), TO_LOCAL)),
        "to_local, penalty": stolen.with_witness(witnesses.penalty(stolen.sig(other), TO_LOCAL)),
        "to_remote": remote.with_witness(
            witnesses.to_remote(remote.sig(other), OTHER, remote.script)
        ),
        "anchor": anchor.with_witness(witnesses.anchor(anchor.sig(), anchor.script)),
        "anchor by anybody": anyone.with_witness((b"", anyone.script)),
        "HTLC-timeout": timeout.with_witness(
            witnesses.htlc_transaction(timeout.sig(other), sighash, timeout.sig(), None, OFFERED)
        ),
        "HTLC-success": success.with_witness(
            witnesses.htlc_transaction(
                success.sig(other), sighash, success.sig(), PREIMAGE, RECEIVED
            )
        ),
        "offered, preimage": offered_claim.with_witness(
            witnesses.htlc_claim(offered_claim.sig(other), PREIMAGE, OFFERED)
        ),
        "received, expired": received_claim.with_witness(
            witnesses.htlc_claim(received_claim.sig(other), None, RECEIVED)
        ),
        "offered, penalty": revoked[0].with_witness(
            witnesses.htlc_penalty(revoked[0].sig(other), OTHER, OFFERED)
        ),
        "received, penalty": revoked[1].with_witness(
            witnesses.htlc_penalty(revoked[1].sig(other), OTHER, RECEIVED)
        ),
    }


def test_every_script_of_lightning_is_relayed(bench: Bench) -> None:
    cases = lightning_spends(bench)
    for name, tx in cases.items():
        try:
            bench.mempool.submit(tx)
        except Rejection as refused:
            pytest.fail(f"{name}: {refused}")
    bench.mine()
    assert {bench.chain.height_of(tx.txid) for tx in cases.values()} == {bench.chain.height}


def test_a_high_s_is_refused_in_every_script_of_lightning(bench: Bench) -> None:
    for name, tx in lightning_spends(bench).items():
        witness = tx.inputs[0].witness
        signed = [at for at, item in enumerate(witness[:-1]) if item[:1] == b"\x30"]
        for at in signed:
            other = (*witness[:at], high_s(witness[at]), *witness[at + 1 :])
            with pytest.raises(Rejection, match="unnecessarily high"):
                bench.mempool.submit(tx.with_witness(0, other))
        assert signed or name == "anchor by anybody"


def test_a_zero_fee_htlc_transaction_waits_for_an_added_input(bench: Bench) -> None:
    """With anchors an HTLC transaction pays nothing: alone it is valid and goes nowhere."""
    coin = witness_coin(bench, RECEIVED)
    home = bench.coin()
    alone = spend(coin, fee=0, sequence=1)

    def signed(tx: Tx) -> Tx:
        value, both = coin[1].value, SIGHASH_SINGLE_ANYONECANPAY
        theirs = sign(OTHER_SECRET, segwit_v0_digest(tx, 0, RECEIVED, value, both))
        ours = sign(SECRET, segwit_v0_digest(tx, 0, RECEIVED, value, SIGHASH_ALL))
        witness = witnesses.htlc_transaction(theirs, both, ours, PREIMAGE, RECEIVED)
        return tx.with_witness(0, witness)

    funded = spend(coin, home, sequence=1, outputs=[*alone.outputs, TxOut(Sat(99_000), HOME)])
    code = p2pkh(hash160(PUBKEY))
    ours = sign(SECRET, segwit_v0_digest(funded, 1, code, home[1].value, SIGHASH_ALL))
    funded = signed(funded).with_witness(1, (witnesses.in_witness(ours), PUBKEY))
    bench.mempool.submit(funded)
    assert output_of(funded)[1] == alone.outputs[0]
    with pytest.raises(Rejection) as refused:
        bench.mempool.submit(signed(alone))
    assert refused.value.reason is Reason.MIN_RELAY_FEE
    bench.put(signed(alone))
    assert len(bench.mempool) == 0, "the other one conflicts with what was mined"
