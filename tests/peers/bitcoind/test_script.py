"""The script: what a wallet lives through with its node. Steps that need the whole wallet (its
channels, its own process) join those that the machine alone can go."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.bitcoin.tx import Tx, TxIn, TxOut
from lnwallet_tui.chain.sync import Wait
from lnwallet_tui.chain.watch import ScriptPaid, Spent
from lnwallet_tui.coins.build import REPLACEABLE, Conditions, build_payment
from lnwallet_tui.coins.coin import Coin, KeyPath, own_scripts, script_at
from lnwallet_tui.coins.ledger import Ledger
from lnwallet_tui.keys.coin_signer import KeyCoinSigner
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.keys.seed import words_of
from tests.bitcoin_node.light_wallet import LightWallet
from tests.peers.bitcoind.backend import ChainBackend

KEYS: Final = KeySchedule(words_of(bytes(16)).seed(), Network.REGTEST)
OWN: Final = own_scripts(KEYS.account(), 20, 20)
OTHERS: Final = p2wsh(b"others")


def ours(change: bool, index: int) -> bytes:
    return script_at(KEYS.account(), KeyPath(change, index))


async def joined(backend: ChainBackend, before: LightWallet | None = None) -> LightWallet:
    """A wallet that is connected and has read everything."""
    wallet = LightWallet(OWN, before=before)
    await dial_all(wallet, backend)
    await at_tip(wallet, backend)
    return wallet


async def dial_all(wallet: LightWallet, backend: ChainBackend) -> None:
    for address in backend.addresses:
        await wallet.join(address, relay=True)


async def at_tip(wallet: LightWallet, backend: ChainBackend) -> None:
    height = await backend.height()
    await wallet.read_to(height, await backend.block_hash(height))


def ledger_of(wallet: LightWallet) -> Ledger:
    ledger = Ledger()
    for fact in wallet.follower.all_facts():
        assert isinstance(fact, ScriptPaid | Spent)
        ledger = ledger.confirmed(fact.tx, fact.height, OWN)
    return ledger


def payment(wallet: LightWallet, sat: int, per_kw: int) -> Tx:
    """To others, signed, with change to the first change key."""
    height = wallet.follower.height
    conditions = Conditions(per_kw, height, bytes(range(32)))
    coins = ledger_of(wallet).spendable(height + 1)
    built = build_payment(coins, [TxOut(Sat(sat), OTHERS)], ours(True, 0), conditions)
    return KeyCoinSigner(KEYS).sign(built.tx, built.coins)


def child_of(parent: Tx, fee: int) -> Tx:
    """Spends the parent's change, to the second change key."""
    scripts = [output.script_pubkey for output in parent.outputs]
    vout = scripts.index(ours(True, 0))
    value = parent.outputs[vout].value
    inputs = (TxIn(parent.outpoint(vout), sequence=REPLACEABLE),)
    tx = Tx(2, inputs, (TxOut(value - Sat(fee), ours(True, 1)),))
    coin = Coin(
        outpoint=parent.outpoint(vout),
        value=value,
        script_pubkey=ours(True, 0),
        path=KeyPath(True, 0),
        height=None,
        certain=True,
    )
    return KeyCoinSigner(KEYS).sign(tx, (coin,))


async def received(backend: ChainBackend, sat: int = 1_000_000) -> bytes:
    txid = await backend.pay(ours(False, 0), sat)
    await backend.mine()
    return txid


async def test_sync_of_5000_blocks(backend: ChainBackend) -> None:
    txids = [await received(backend)]
    await backend.mine(2_000)
    txids.append(await received(backend))
    await backend.mine(5_000 - await backend.height())
    wallet = await joined(backend)
    assert [fact.tx.txid for fact in wallet.payments] == txids
    await wallet.until(lambda: wallet.sync.progress().waits_for is Wait.NOTHING)
    assert wallet.sync.progress().verified_to == 5_000
    await wallet.close()


async def test_receive(backend: ChainBackend) -> None:
    wallet = await joined(backend)
    txid = await received(backend)
    await at_tip(wallet, backend)
    (coin,) = ledger_of(wallet).coins()
    assert (coin.outpoint.txid, coin.value, coin.height) == (txid, Sat(1_000_000), 111)
    await wallet.close()


async def test_send(backend: ChainBackend) -> None:
    await received(backend)
    wallet = await joined(backend)
    tx = payment(wallet, 300_000, 500)
    first, second = sorted(wallet.connected)
    wallet.offer(tx, to=[first])
    assert await backend.wait_for_tx(tx.txid) == ""
    await wallet.until(lambda: wallet.fetched[tx.wtxid] == {first})
    await wallet.until(lambda: wallet.seen_from(tx) == {second})
    await backend.mine()
    await at_tip(wallet, backend)
    ledger = ledger_of(wallet)
    assert [coin.script_pubkey for coin in ledger.coins()] == [ours(True, 0)]
    assert tx.txid in {row.txid for row in ledger.txs}
    await wallet.close()


async def test_a_replacement(backend: ChainBackend) -> None:
    await received(backend)
    wallet = await joined(backend)
    first, second = payment(wallet, 300_000, 500), payment(wallet, 300_000, 2_000)
    for tx in (first, second):
        wallet.offer(tx)
        assert await backend.wait_for_tx(tx.txid) == ""
    assert await backend.mempool() == (second.txid,)
    await backend.mine()
    await at_tip(wallet, backend)
    assert {row.txid for row in ledger_of(wallet).txs} >= {second.txid}
    assert first.txid not in {row.txid for row in ledger_of(wallet).txs}
    await wallet.close()


async def test_a_child_pays_for_its_parent(backend: ChainBackend) -> None:
    await received(backend)
    wallet = await joined(backend)
    parent = payment(wallet, 300_000, 500)
    child = child_of(parent, 5_000)
    wallet.offer(parent, child)
    assert await backend.wait_for_tx(child.txid) == ""
    assert set(await backend.mempool()) == {parent.txid, child.txid}
    await backend.mine()
    await at_tip(wallet, backend)
    assert [coin.script_pubkey for coin in ledger_of(wallet).coins()] == [ours(True, 1)]
    await wallet.close()


async def test_a_reorganisation_of_ten_blocks(backend: ChainBackend) -> None:
    early = await received(backend)
    late = await received(backend)
    await backend.mine(9)
    wallet = await joined(backend)
    before = {fact.tx.txid: fact.height for fact in wallet.payments}
    assert before == {early: 111, late: 112}
    await backend.reorganise(10, empty=2)
    await at_tip(wallet, backend)
    assert {fact.tx.txid: fact.height for fact in wallet.payments} == {early: 111, late: 114}
    await wallet.close()


async def test_a_restart_and_what_happened_meanwhile(backend: ChainBackend) -> None:
    await received(backend)
    wallet = await joined(backend)
    await wallet.close()
    await received(backend, 2_000_000)
    await backend.reorganise(2)
    again = await joined(backend, before=wallet)
    values = sorted(coin.value.value for coin in ledger_of(again).coins())
    assert values == [1_000_000, 2_000_000]
    assert len(again.told) == 4  # one block left, three came
    await again.close()


async def test_all_peers_are_lost_and_come_back(backend: ChainBackend) -> None:
    wallet = await joined(backend)
    await backend.shut()
    await wallet.until(lambda: not wallet.connected)
    assert wallet.sync.progress().waits_for is Wait.PEERS
    await received(backend)
    await backend.reopen()
    await dial_all(wallet, backend)
    await at_tip(wallet, backend)
    assert len(wallet.payments) == 1
    await wallet.close()
