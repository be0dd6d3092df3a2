"""BDK's own compact-filter node reads the same chain from the same node, and comes to what our
wallet comes to: addresses, transactions, coins."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lnwallet_tui.bitcoin.address import script_to_address
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.script import p2tr, p2wsh
from lnwallet_tui.bitcoin.tx import OutPoint, TxOut
from lnwallet_tui.chain.watch import ScriptPaid, Spent
from lnwallet_tui.coins.build import Conditions, build_payment
from lnwallet_tui.coins.coin import KeyPath, own_scripts, script_at
from lnwallet_tui.coins.ledger import Ledger
from lnwallet_tui.keys.coin_signer import KeyCoinSigner
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.keys.seed import parse_words
from tests.bitcoin_node.bdk import BdkWallet, OwnCoin
from tests.bitcoin_node.behaviour import HONEST
from tests.bitcoin_node.light_wallet import LightWallet
from tests.bitcoin_node.node import BitcoinNode

WORDS: Final = (
    "legal winner thank year wave sausage worth useful legal winner thank yellow"  # BIP39's vectors
)
KEYS: Final = KeySchedule(parse_words(WORDS).seed(), Network.REGTEST)
OWN: Final = own_scripts(KEYS.account(), 20, 20)
OTHERS: Final = p2wsh(b"others")


def ours(change: bool, index: int) -> bytes:
    return script_at(KEYS.account(), KeyPath(change, index))


class Both:
    """The two wallets of the same words, beside one node."""

    def __init__(self, node: BitcoinNode, wallet: LightWallet, bdk: BdkWallet) -> None:
        self.node, self.wallet, self.bdk = node, wallet, bdk

    async def agree(self) -> Ledger:
        """Both read to the newest block, and hold the same; our ledger."""
        height = await self.node.height()
        newest = await self.node.block_hash(height)
        await self.wallet.read_to(height, newest)
        await self.bdk.read_to(height, newest)
        ledger = ledger_of(self.wallet)
        assert coins_of(ledger) == self.bdk.coins()
        assert {row.txid: row.height for row in ledger.txs} == self.bdk.txids()
        return ledger


def ledger_of(wallet: LightWallet) -> Ledger:
    """What our wallet makes of the facts of the chain."""
    ledger = Ledger()
    for fact in wallet.follower.all_facts():
        assert isinstance(fact, ScriptPaid | Spent)
        ledger = ledger.confirmed(fact.tx, fact.height, OWN)
    return ledger


def coins_of(ledger: Ledger) -> set[OwnCoin]:
    return {
        (coin.outpoint, coin.value.value, coin.script_pubkey, coin.height or -1)
        for coin in ledger.coins()
    }


def test_addresses_are_the_same(tmp_path: Path) -> None:
    bdk = BdkWallet(WORDS, 1, tmp_path)
    for change in (False, True):
        for index in range(20):
            address = script_to_address(ours(change, index), Network.REGTEST)
            assert bdk.address(change, index) == address


async def test_both_come_to_the_same_coins(tmp_path: Path) -> None:
    async with (
        BitcoinNode.started(tmp_path, HONEST, HONEST) as node,
        BdkWallet.running(WORDS, node.ports[0], tmp_path / "bdk") as bdk,
    ):
        wallet = LightWallet(OWN)
        for address in node.addresses:
            await wallet.join(address)
        both = Both(node, wallet, bdk)

        # To several keys, in several blocks, two of ours in one transaction, and a reward.
        await node.pay(bdk.address(False, 0), 100_000)
        await node.pay_all([(OTHERS, 5_000), (ours(False, 3), 20_000), (ours(False, 5), 30_000)])
        await node.mine(2)
        await node.pay(script_to_address(ours(False, 19), Network.REGTEST), 40_000)
        await node.mine(1, ours(False, 1))
        ledger = await both.agree()
        assert len(ledger.coins()) == 5

        # We spend, with change: BDK sees it.
        conditions = Conditions(1_000, await node.height(), bytes(range(32)))
        spendable = ledger.spendable(await node.height() + 1)
        built = build_payment(spendable, [TxOut(Sat(150_000), OTHERS)], ours(True, 0), conditions)
        tx = KeyCoinSigner(KEYS).sign(built.tx, built.coins)
        assert await node.submit(tx) == ("",)
        await node.mine()
        ledger = await both.agree()
        assert tx.txid in {row.txid for row in ledger.txs}

        # BDK spends: over the network, by its own broadcast.
        theirs = bdk.pay(p2tr(bytes(range(32))), 15_000)
        await bdk.broadcast(theirs)
        assert await node.wait_for_tx(theirs.txid) == ""
        await node.mine()
        ledger = await both.agree()
        assert theirs.txid in {row.txid for row in ledger.txs}
        spent = {txin.outpoint for txin in theirs.inputs}
        assert not spent & {coin.outpoint for coin in ledger.coins()}
        await wallet.close()


async def test_both_come_to_the_same_after_a_reorganisation(tmp_path: Path) -> None:
    async with (
        BitcoinNode.started(tmp_path, HONEST, HONEST) as node,
        BdkWallet.running(WORDS, node.ports[0], tmp_path / "bdk") as bdk,
    ):
        wallet = LightWallet(OWN)
        for address in node.addresses:
            await wallet.join(address)
        both = Both(node, wallet, bdk)
        stays = await node.pay(ours(False, 0), 100_000)
        await node.mine(2)
        moves = await node.pay(ours(False, 1), 20_000)
        goes = await node.pay(ours(False, 2), 30_000)
        height = await node.mine(3)
        assert len((await both.agree()).coins()) == 3
        await node.reorganise(3, empty=1, without=[goes])
        ledger = await both.agree()
        assert {coin.outpoint: coin.height for coin in ledger.coins()} == {
            OutPoint(stays, 0): height - 4,
            OutPoint(moves, 0): height - 1,
        }
        await wallet.close()
