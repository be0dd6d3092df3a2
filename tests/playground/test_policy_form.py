"""Form, outputs and inputs: what the engine takes in a block and no mempool relays."""

from __future__ import annotations

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.hashes import hash160, sha256
from lnwallet_tui.bitcoin.script import (
    OP_0,
    OP_1,
    OP_CHECKMULTISIG,
    OP_CHECKSIG,
    OP_DROP,
    OP_RETURN,
    assemble,
    p2pkh,
    p2sh,
    p2tr,
    p2wsh,
    push,
    witness_program,
)
from lnwallet_tui.bitcoin.tx import Tx, TxIn, TxOut
from lnwallet_tui.playground.policy_outputs import OutputKind, dust_threshold, output_kind
from lnwallet_tui.playground.policy_rejection import Reason, Rejection
from tests.playground.bench import HOME, PUBKEY, Bench, paid, spend, witness_coin

ANYONE = assemble(OP_1)
ANCHOR = witness_program(1, b"\x4e\x73")


def with_script_sig(tx: Tx, script_sig: bytes) -> Tx:
    inputs = tuple(TxIn(txin.outpoint, script_sig) for txin in tx.inputs)
    return Tx(tx.version, inputs, tx.outputs, tx.locktime)


def redeeming(bench: Bench, redeem: bytes, *pushes: bytes) -> Tx:
    coin = bench.coin(p2sh(hash160(redeem)))
    return with_script_sig(spend(coin), b"".join(map(push, (*pushes, redeem))))


def test_an_ordinary_payment_is_relayed_and_mined(bench: Bench) -> None:
    tx = paid(bench.coin())
    entry = bench.mempool.submit(tx)
    assert (entry.fee, entry.vsize) == (1_000, tx.vsize)
    bench.mine()
    assert bench.chain.height_of(tx.txid) == bench.chain.height
    assert len(bench.mempool) == 0


@pytest.mark.parametrize("version", [0, 4, 0xFFFF_FFFF])
def test_version(bench: Bench, version: int) -> None:
    bench.refuses(paid(bench.coin(), version=version), Reason.VERSION)


def test_version_1_and_3_are_standard(bench: Bench) -> None:
    for version in (1, 3):
        bench.mempool.submit(paid(bench.coin(), version=version))


def test_weight_which_is_also_the_limit_of_op_return(bench: Bench) -> None:
    def data(size: int) -> tuple[TxOut, ...]:
        return (TxOut(Sat(0), assemble(OP_RETURN, bytes(size))),)

    bench.mempool.submit(paid(bench.coin(), outputs=data(99_000)))
    bench.refuses(paid(bench.coin(), outputs=data(100_000)), Reason.TX_SIZE)


def test_a_transaction_that_could_be_a_merkle_branch(bench: Bench) -> None:
    burn = (TxOut(Sat(0), assemble(OP_RETURN)),)
    bench.refuses(paid(bench.coin(value=1_000), outputs=burn), Reason.TX_SIZE_SMALL)


def test_script_sig_size(bench: Bench) -> None:
    redeem = assemble(*[OP_DROP] * 4, OP_1)
    bench.refuses(redeeming(bench, redeem, *[bytes(520)] * 4), Reason.SCRIPT_SIG_SIZE)


def test_script_sig_that_computes(bench: Bench) -> None:
    tx = with_script_sig(spend(bench.coin(ANYONE)), b"\x61")
    bench.refuses(tx, Reason.SCRIPT_SIG_NOT_PUSH_ONLY)


@pytest.mark.parametrize(
    "script",
    [
        ANYONE,
        assemble(OP_1, *[PUBKEY] * 4, OP_1 + 3, OP_CHECKMULTISIG),
        assemble(OP_RETURN, OP_DROP),
        witness_program(0, bytes(31)),
        b"\x4c",
        b"",
    ],
)
def test_output_script(bench: Bench, script: bytes) -> None:
    outputs = (TxOut(Sat(50_000), script), TxOut(Sat(49_000), HOME))
    bench.refuses(paid(bench.coin(), outputs=outputs), Reason.SCRIPT_PUBKEY)


@pytest.mark.parametrize(
    ("script", "kind", "least"),
    [
        (assemble(b"\x06" + bytes(64), OP_CHECKSIG), OutputKind.P2PK, 672),
        (HOME, OutputKind.P2WPKH, 294),
        (p2wsh(b""), OutputKind.P2WSH, 330),
        (p2tr(bytes(32)), OutputKind.P2TR, 330),
        (ANCHOR, OutputKind.P2A, 240),
        (witness_program(16, bytes(40)), OutputKind.WITNESS_UNKNOWN, 354),
        (p2pkh(bytes(20)), OutputKind.P2PKH, 546),
        (p2sh(bytes(20)), OutputKind.P2SH, 540),
        (assemble(PUBKEY, OP_CHECKSIG), OutputKind.P2PK, 576),
        (assemble(OP_1, PUBKEY, OP_1, OP_CHECKMULTISIG), OutputKind.MULTISIG, 582),
    ],
)
def test_dust(bench: Bench, script: bytes, kind: OutputKind, least: int) -> None:
    """The least values are those of BOLT 3's "Dust Limits" where it names the script."""
    assert output_kind(script) is kind
    assert dust_threshold(TxOut(Sat(0), script)) == least
    change = TxOut(Sat(98_000), HOME)
    bench.mempool.submit(paid(bench.coin(), outputs=(TxOut(Sat(least), script), change)))
    too_small = paid(bench.coin(), outputs=(TxOut(Sat(least - 1), script), change))
    bench.refuses(too_small, Reason.DUST)


def test_data_is_never_dust(bench: Bench) -> None:
    data = TxOut(Sat(0), assemble(OP_RETURN, b"kept"))
    bench.mempool.submit(paid(bench.coin(), outputs=(data, TxOut(Sat(99_000), HOME))))


@pytest.mark.parametrize("script", [ANYONE, witness_program(2, b"\x01" * 32)])
def test_spending_what_is_not_standard(bench: Bench, script: bytes) -> None:
    bench.refuses(spend(bench.coin(script)), Reason.NONSTANDARD_INPUTS)


def test_sixteen_signature_checks_behind_a_script_hash(bench: Bench) -> None:
    redeem = assemble(OP_1, 0x63, OP_1, 0x67, *[OP_CHECKSIG] * 16, 0x68)
    bench.refuses(redeeming(bench, redeem), Reason.NONSTANDARD_INPUTS)


def test_signature_checks_outside_of_witnesses(bench: Bench) -> None:
    redeem = assemble(OP_0, 0x63, *[OP_CHECKSIG] * 15, 0x68, OP_1)
    coins = bench.coins(167, p2sh(hash160(redeem)), 1_000)
    most, one_more = spend(*coins[:166], fee=20_000), spend(*coins, fee=20_000)
    assert bench.mempool.submit(with_script_sig(most, push(redeem))).fee == 20_000
    refused = bench.refuses(with_script_sig(one_more, push(redeem)), Reason.NONSTANDARD_INPUTS)
    assert str(refused) == "bad-txns-nonstandard-inputs (2505 legacy signature checks)"


def test_signature_checks_of_a_whole_transaction(bench: Bench) -> None:
    multisig = TxOut(Sat(600), assemble(OP_1, PUBKEY, OP_1, OP_CHECKMULTISIG))
    coin = bench.coin(value=300_000)
    bench.refuses(paid(coin, outputs=[multisig] * 201), Reason.TOO_MANY_SIGOPS)


def test_many_signature_checks_count_as_size(bench: Bench) -> None:
    multisig = TxOut(Sat(600), assemble(OP_1, PUBKEY, OP_1, OP_CHECKMULTISIG))
    entry = bench.mempool.submit(paid(bench.coin(), outputs=[multisig] * 100))
    assert entry.vsize == (100 * 20 * 4 + 1) * 20 // 4 > entry.tx.vsize


@pytest.mark.parametrize(
    ("script", "stack"),
    [
        (assemble(OP_DROP, OP_1), (bytes(81),)),
        (assemble(*[OP_DROP] * 101, OP_1), (b"",) * 101),
        (assemble(OP_1) + assemble(bytes(500), OP_DROP) * 8, ()),
    ],
    ids=["item of 81 bytes", "101 items", "script above 3,600 bytes"],
)
def test_witness_size(bench: Bench, script: bytes, stack: tuple[bytes, ...]) -> None:
    coin = witness_coin(bench, script)
    tx = spend(coin).with_witness(0, (*stack, script))
    bench.refuses(tx, Reason.NONSTANDARD_WITNESS)


def test_the_largest_standard_witness(bench: Bench) -> None:
    script = assemble(*[OP_DROP] * 100, OP_1)
    tx = spend(witness_coin(bench, script)).with_witness(0, (bytes(80),) * 100 + (script,))
    bench.mempool.submit(tx)


def test_a_witness_for_an_anchor_that_anyone_can_spend(bench: Bench) -> None:
    bench.mempool.submit(spend(bench.coin(ANCHOR)))
    tx = spend(bench.coin(ANCHOR)).with_witness(0, (b"\x01",))
    bench.refuses(tx, Reason.NONSTANDARD_WITNESS)


def test_what_consensus_forbids_is_named_as_well(bench: Bench) -> None:
    coin = bench.coin()
    home = TxOut(Sat(1_000), HOME)
    double = TxIn(coin[0])
    cases = {
        Reason.NO_INPUTS: Tx(2, (), (home,)),
        Reason.NO_OUTPUTS: Tx(2, (double,), ()),
        Reason.DUPLICATE_INPUTS: Tx(2, (double, double), (home,)),
        Reason.OUTPUTS_TOO_LARGE: Tx(2, (double,), (TxOut(Sat(21 * 10**14), HOME), home)),
        Reason.OUTPUTS_ABOVE_INPUTS: paid(coin, fee=-1),
        Reason.COINBASE: bench.chain.tip.block.transactions[0],
        Reason.OVERSIZE: Tx(2, (double,), (TxOut(Sat(0), bytes(1_000_000)),)),
    }
    for reason, tx in cases.items():
        if reason is Reason.COINBASE:
            tx = Tx(tx.version, tx.inputs, tx.outputs, 1)  # one that no block holds
        with pytest.raises(Rejection) as refused:
            bench.mempool.submit(tx)
        assert refused.value.reason is reason


def test_inputs_that_are_missing_or_known(bench: Bench) -> None:
    coin = bench.coin()
    tx = paid(coin)
    bench.mempool.submit(tx)
    again = tx.with_witness(0, (b"", sha256(b"another")))
    for other, reason in (
        (tx, Reason.ALREADY_IN_MEMPOOL),
        (again, Reason.SAME_TXID_IN_MEMPOOL),
        (paid((coin[0].__class__(bytes(31) + b"\x01", 0), coin[1])), Reason.MISSING_INPUTS),
    ):
        with pytest.raises(Rejection) as refused:
            bench.mempool.submit(other)
        assert refused.value.reason is reason
    bench.mine()
    with pytest.raises(Rejection) as refused:
        bench.mempool.submit(tx)
    assert refused.value.reason is Reason.ALREADY_KNOWN
