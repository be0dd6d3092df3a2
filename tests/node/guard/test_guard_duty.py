"""A peer cheats while the wallet is closed and only the guard runs, which has no key of its own to
any coin; and what becomes of it when the wallet is opened again."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.effects import Effect
from lnwallet_tui.channel.held_htlcs import HeldHtlc
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.coins.coin import Coin
from lnwallet_tui.keys.coin_signer import KeyCoinSigner
from lnwallet_tui.keys.guard_key import VERSION
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.guard import bundling, charges, duty_replay
from lnwallet_tui.node.guard.charges import Charge
from lnwallet_tui.node.guard.guard_duty import GuardDuty
from lnwallet_tui.node.words.duty_words import CANNOT, not_covered
from lnwallet_tui.onchain.bump import Funded, fund_second_stage
from lnwallet_tui.onchain.facts import OurPoint, PastFacts, facts_of
from lnwallet_tui.playground.cheating import KeptState
from lnwallet_tui.store import closes as stored
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.kit import save_kit
from lnwallet_tui.store.reader import reading
from tests.node.channels.test_restoring import backup_of
from tests.node.night_watch import NightWatch, database
from tests.node.test_cheats import FEES_SAT, newest, old_state
from tests.node.test_damage import damage
from tests.node.test_htlcs_on_chain import AMOUNT_SAT, hang, status, taken
from tests.node.town import COINS_SAT, DELAY, Town

FUNDED_SAT = 300_000
ANCHOR_SAT = 330


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    town = Town(tmp_path, anchors=request.param)
    await town.begin("ada", "ben")
    yield town
    await town.end()


def is_taken(town: Town, old: KeptState) -> bool:
    """Whether all that an old state would give the cheat is spent in the chain. What is Ada's own
    in it waits for her wallet."""
    chain, spec = town.regtest.chain, old.spec
    worth = {spec.to_local.floor_sat(), *(htlc.amount.floor_sat() for htlc in spec.htlcs)}
    theirs = [vout for vout, output in enumerate(old.tx.outputs) if output.value in worth]
    assert len(theirs) == 1 + len(spec.htlcs)
    return all(chain.coin(old.tx.outpoint(vout)) is None for vout in theirs)


async def closed(town: Town, name: str = "ada") -> NightWatch:
    """Its wallet is closed, and the guard watches."""
    await town.stop(name)
    watch = NightWatch(town, name)
    await watch.begin()
    return watch


async def test_an_old_state_is_punished_and_the_wallet_shows_it_later(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    old = await old_state(town, channel_id)
    watch = await closed(town)
    before = database(watch.folder)
    assert (watch.duty.watched, watch.duty.states > 0, watch.texts()) == (1, True, [])
    assert town.regtest.publish(old.tx) is None
    await town.mine(3)
    assert is_taken(town, old)
    assert database(watch.folder) == before
    assert any("CHEATED" in text for text in watch.texts())
    expect_told(watch, old)
    [taken_by] = [text for text in watch.texts() if text.startswith("The guard takes")]
    await watch.end()
    await town.start("ada")
    await town.mine(2)
    assert (await town.channel("ada", channel_id)).closing_kind == "breach by them"
    log = [entry.text for entry in (await town.nodes["ada"].guard()).log]
    assert log.count(taken_by) == 1
    assert any(text.startswith("Justice:") for text in log)
    balance = await town.nodes["ada"].balance()
    assert balance.onchain_confirmed_sat > sum(COINS_SAT) - FEES_SAT
    assert balance.closing_msat == 0
    notices = [entry.text for entry in await town.nodes["ada"].inbox()]
    assert "While the wallet was closed, the guard acted for it." in notices
    assert any("cheated" in text or "CHEATED" in text for text in notices)


def expect_told(watch: NightWatch, old: KeptState) -> None:
    """What the guard takes, and what waits for the wallet: both are the wallet's."""
    theirs = old.spec.to_local.floor_sat().value
    [ours] = [
        output.value.value
        for output in old.tx.outputs
        if output.value.value > ANCHOR_SAT and output.value.value != theirs
    ]
    waits = f"{ours:,} sat are your own balance in it, which nobody else can take: it waits"
    [said] = [text for text in watch.texts() if text.startswith("Of the old state of")]
    assert f"the guard takes {theirs:,} sat, less the fee. {waits}" in said
    [stands] = watch.duty.punished()
    assert "CHEATED with its old state" in stands
    assert f"Of that state the guard has taken {theirs:,} sat, less the fee. {waits}" in stands


def stage_of(town: Town, old: KeptState, preimage: bytes) -> Tx:
    """Ben's HTLC-success transaction on his old state, with a coin of his where it needs one."""
    [stage] = [dataclasses.replace(one, preimage=preimage) for one in old.stages]
    ben = town.nodes["ben"]._board
    if not stage.needs_coins:
        return stage.sign(stage.transaction.tx, old.signer)
    coins: list[Coin] = ben.wallet.confirmed_coins(ben.chain.height)
    funded = fund_second_stage(stage, coins, ben.wallet.scripts.all()[0], 5_000)
    assert isinstance(funded, Funded)
    signed = stage.sign(funded.tx, old.signer)
    return KeyCoinSigner(ben.shell.keys).sign(signed, funded.coins)


async def old_state_with_a_payment(town: Town, channel_id: str) -> tuple[KeptState, bytes]:
    """In which Ben can take a payment by its preimage, beside a balance."""
    await town.pay("ada", "ben", 60_000_000)
    name = await hang(town, "ada", "ben")
    old, preimage = newest(town, channel_id), taken(town, "ben", bytes.fromhex(name))
    assert preimage is not None
    await town.restart("ben")  # which settles it
    assert await status(town, "ada", name) is PaymentStatus.PAID
    await town.pay("ben", "ada", 90_000_000)
    return old, preimage


@pytest.mark.parametrize("is_early", [True, False], ids=["watching", "comes later"])
async def test_the_second_stage_of_an_old_state_is_taken(town: Town, is_early: bool) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    old, preimage = await old_state_with_a_payment(town, channel_id)
    await town.stop("ada")
    watch = NightWatch(town, "ada")
    if is_early:
        watch.publishes = False  # it sees the old state, and nobody hears it before the next block
        await watch.begin()
    assert town.regtest.publish(old.tx) is None
    await town.mine()
    stage = stage_of(town, old, preimage)
    assert town.regtest.publish(stage) is None
    await town.mine()
    assert town.regtest.chain.height_of(stage.txid) == town.regtest.chain.height
    watch.publishes = True
    if not is_early:
        await watch.begin()
    await town.mine(3)
    assert town.regtest.chain.coin(stage.outpoint(0)) is None  # punished
    assert is_taken(town, old)
    [taker] = [tx for tx in watch.published if tx.inputs[0].outpoint == stage.outpoint(0)][:1]
    assert {out.script_pubkey for out in taker.outputs} == {watch.charges.charges[0].kit.home}
    await watch.end()
    await town.start("ada")
    await town.mine(2)
    assert (await town.nodes["ada"].balance()).closing_msat == 0
    assert await town.total_sat("ada") > sum(COINS_SAT) - FEES_SAT


async def test_a_payment_to_us_is_taken_before_its_deadline(town: Town) -> None:
    """Ben closes with a payment in it that Ada has decided to take and had no time to."""
    channel_id = await town.open("ben", "ada", FUNDED_SAT)
    name = await hang(town, "ben", "ada")
    watch = await closed(town)
    await town.do(town.nodes["ben"].force_close(channel_id))
    await town.mine(4)
    assert await status(town, "ben", name) is PaymentStatus.PAID
    await watch.end()
    await town.start("ada")
    await town.mine(3)
    assert await status(town, "ada", name) is PaymentStatus.PAID
    assert await town.total_sat("ada") in range(sum(COINS_SAT) + AMOUNT_SAT - FEES_SAT, 10**7)


async def test_a_payment_whose_row_is_damaged_keeps_no_other_from_being_taken(town: Town) -> None:
    channel_id = await town.open("ben", "ada", FUNDED_SAT)
    one, other = [await hang(town, "ben", "ada", amount_sat=sat) for sat in (20_000, 30_000)]
    await town.stop("ada")
    damage(town, "ada", one)
    watch = NightWatch(town, "ada")
    await watch.begin()
    await town.do(town.nodes["ben"].force_close(channel_id))
    await town.mine(4)
    assert await status(town, "ben", other) is PaymentStatus.PAID
    assert await status(town, "ben", one) is not PaymentStatus.PAID
    await watch.end()


async def test_our_own_close_goes_on_as_far_as_no_coin_is_needed(town: Town) -> None:
    channel_id = await town.open("ben", "ada", FUNDED_SAT)
    await town.pay("ben", "ada", 100_000_000)
    await hang(town, "ben", "ada")
    await town.do(town.nodes["ada"].force_close(channel_id))
    await town.stop("ben")
    [channel] = town.nodes["ada"].channel_states()
    await town.stop("ada")
    await town.mine()
    watch = NightWatch(town, "ada")
    await watch.begin()
    await town.mine(2 * DELAY + 6)
    home = watch.charges.charges[0].kit.home
    paid = town.regtest.chain.held_by(home).value
    if channel.anchors:
        assert any("need a coin of the wallet" in text for text in watch.texts())
        assert paid in range(100_000 - FEES_SAT, 100_001)
    else:
        both = 100_000 + AMOUNT_SAT
        assert paid in range(both - FEES_SAT, both + 1)
    await watch.end()
    await town.start("ben")
    await town.start("ada")
    await town.mine(2 * DELAY)
    assert (await town.nodes["ada"].balance()).closing_msat == 0


async def test_a_deadline_in_an_open_channel_is_told_since_only_the_wallet_can_meet_it(
    town: Town,
) -> None:
    await town.open("ben", "ada", FUNDED_SAT)
    await hang(town, "ben", "ada")
    watch = await closed(town)
    await town.stop("ben")
    [channel] = [one.channel for one in watch.charges.charges]
    expiry = max(htlc.cltv_expiry for htlc in channel.ledger.htlcs)
    while not watch.said and town.regtest.chain.height < expiry:
        await town.mine()
    [told] = watch.texts()
    assert "the guard cannot do that" in told
    assert watch.duty.lacks() == (told,)
    assert watch.published == []
    await watch.end()
    await town.start("ben")
    await town.start("ada")


async def test_what_a_reorganisation_undoes_is_not_punished_any_more(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    old = await old_state(town, channel_id)
    honest = newest(town, channel_id)
    watch = await closed(town)
    assert town.regtest.publish(old.tx) is None
    await town.mine(3)
    assert is_taken(town, old)
    town.regtest.chain.drop(3)
    town.regtest.mempool._entries.clear()  # as if nobody had heard of either
    assert town.regtest.publish(honest.tx) is None
    await town.mine(4)
    assert len({tx.txid for tx in watch.published}) == 1
    assert any("closed its channel with us alone" in text for text in watch.texts())
    await watch.end()
    await town.start("ada")
    await town.mine(3)
    assert (await town.channel("ada", channel_id)).closing_kind == "theirs"
    assert (await town.nodes["ada"].balance()).closing_msat == 0


async def test_what_it_offers_rises_and_never_falls_back(town: Town) -> None:
    """No block takes anything, until the cheat's delay has nearly run out."""
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    old = await old_state(town, channel_id)
    watch = await closed(town)
    assert town.regtest.publish(old.tx) is None
    await town.mine()
    town.regtest.mempool.floor = 10**9
    rates = list[int]()
    for _ in range(DELAY - 4):
        town.regtest.mempool._entries.clear()
        await town.mine()
        [offered] = [one for close in watch.duty._closes.values() for one in close.offered]
        rates.append(offered.feerate_per_kw)
    assert rates == sorted(rates)
    assert rates[-1] > 4 * rates[0]
    await watch.end()
    await town.start("ada")
    [kept] = town.nodes["ada"]._board.guard._closes.values()
    assert offered in kept.told
    town.regtest.mempool.floor = 0
    await town.mine(3)
    assert is_taken(town, old)
    [at] = [
        one
        for close in town.nodes["ada"]._board.guard._closes.values()
        for one in close.offered
        if one.outpoint == offered.outpoint
    ]
    assert at.feerate_per_kw >= rates[-1]


# -- dying
async def test_whenever_the_guard_dies_the_next_one_offers_the_same_and_tells_it_once(
    town: Town,
) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    old = await old_state(town, channel_id)
    first = await closed(town)
    first.publishes = False  # dead after it wrote its journal, before anybody heard it
    assert town.regtest.publish(old.tx) is None
    await town.mine()
    told = first.texts()
    assert told
    await first.die()
    second = NightWatch(town, "ada")
    await second.begin()
    assert second.texts() == []
    [offered] = {one for close in second.duty._closes.values() for one in close.offered}
    assert {tx.txid for tx in second.published} == {offered.txid}
    await second.end()
    await town.start("ada")
    await town.mine(3)
    assert is_taken(town, old)
    log = [entry.text for entry in (await town.nodes["ada"].guard()).log]
    assert [log.count(text) for text in told if text.startswith("The guard takes")] == [1]


async def test_a_node_that_dies_while_it_takes_over_does_so_the_next_time(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    old = await old_state(town, channel_id)
    watch = await closed(town)
    assert town.regtest.publish(old.tx) is None
    await town.mine()
    told = watch.texts()
    await watch.die()

    def dies(tx: Transaction, entry: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(stored, "add_entry", dies)
        with pytest.raises(KeyboardInterrupt):
            await town.start("ada")
    for _ in range(2):
        await town.start("ada")
        log = [entry.text for entry in (await town.nodes["ada"].guard()).log]
        assert all(log.count(text) == 1 for text in told if text.startswith("The guard takes"))
        await town.stop("ada")
    await town.start("ada")
    await town.mine(3)
    assert is_taken(town, old)
    assert (await town.nodes["ada"].balance()).closing_msat == 0


async def test_a_disk_that_takes_nothing_keeps_no_answer_back(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    old = await old_state(town, channel_id)
    watch = await closed(town)
    watch.journal._connection.execute("PRAGMA query_only = 1")
    assert town.regtest.publish(old.tx) is None
    await town.mine(3)
    assert is_taken(town, old)
    assert any("cannot write its journal" in text for text in watch.texts())
    await watch.end()
    await town.start("ada")


async def test_a_damaged_journal_keeps_nobody_from_opening_the_wallet(town: Town) -> None:
    watch = await closed(town)
    await watch.end()
    (watch.folder / "guard" / "wallet.sqlite3").write_bytes(b"not a database at all" * 100)
    await town.start("ada")
    notices = [entry.text for entry in await town.nodes["ada"].inbox()]
    assert any("cannot be read" in text for text in notices)


async def test_a_bug_with_one_channel_leaves_the_others_guarded(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await town.open("ada", "ben", FUNDED_SAT)
    old = await old_state(town, first)
    other = await town.open("ada", "ben", FUNDED_SAT)

    def stumble(channel: Channel, held: tuple[HeldHtlc, ...], point: OurPoint) -> PastFacts:
        assert channel.channel_id.hex() != other, "a bug"
        return facts_of(channel, held, point)

    monkeypatch.setattr(charges, "facts_of", stumble)
    watch = await closed(town)
    assert watch.duty.watched == 1
    [told] = watch.duty.lacks()
    assert "went wrong (AssertionError), a mistake in this program" in told
    look_at, looked = GuardDuty._look_at, list[str]()

    def stumble_once(duty: GuardDuty, charge: Charge) -> None:
        looked.append(charge.name)
        assert len(looked) > 1, "a bug"
        look_at(duty, charge)

    monkeypatch.setattr(GuardDuty, "_look_at", stumble_once)
    assert town.regtest.publish(old.tx) is None
    await town.mine(3)
    assert is_taken(town, old)
    assert any("went wrong (AssertionError)" in text for text in watch.texts())
    await watch.end()
    await town.start("ada")


# -- the kit
async def test_a_channel_without_keys_is_told_and_mended_when_the_wallet_opens(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    node = town.nodes["ada"]
    [held] = node._board.channels
    with node._store.transaction() as tx:
        save_kit(tx, held.number, bytes([VERSION]) + bytes(60))
    [lacking] = NightWatch(town, "ada").read().not_covered
    told = not_covered(lacking)
    assert told.startswith("The guard cannot read its keys for the channel")
    assert f"The key kit of channel {held.number} does not open." in told
    key, file = NightWatch(town, "ada").key, town._folder / "bundle"
    with reading(node._store.path) as rows:
        assert bundling.export(rows, key, Network.REGTEST, 0, file).lacks == (told,)
    with node._store.transaction() as tx:
        tx.write("DELETE FROM singles WHERE name GLOB 'key kit *'")
    watch = await closed(town)
    assert watch.duty.watched == 0
    [told] = watch.texts()
    assert "has no keys for the channel" in told
    assert watch.duty.lacks() == (told,)
    await watch.end()
    await town.start("ada")
    watch = await closed(town)
    assert [one.channel.channel_id.hex() for one in watch.charges.charges] == [channel_id]
    await watch.end()
    await town.start("ada")


async def test_a_channel_and_its_keys_are_stored_together(town: Town) -> None:
    """Whatever of an opening is durable: no state of it could be cheated with before."""
    node, seen = town.nodes["ada"], list[tuple[int, int]]()
    perform = node._board.perform

    def look(held: Held, effect: Effect) -> None:
        watch = NightWatch(town, "ada")
        charges = watch.read()
        seen.append((len(charges.charges), len(charges.not_covered)))
        perform(held, effect)

    node._board.perform = look  # type: ignore[method-assign]  # looked at just before
    await town.open("ada", "ben", FUNDED_SAT)
    assert {without for _, without in seen} == {0}
    assert {covered for covered, _ in seen} == {0, 1}


async def test_a_channel_that_came_back_from_its_backup_waits_for_the_wallet(
    tmp_path: Path,
) -> None:
    """Nothing is known of it that a cheat could be punished with; its peer is asked to close it."""
    town = Town(tmp_path, looks_behind=True, backs_up=True)
    await town.begin("ada", "ben")
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    file = backup_of(town, "ada").read_bytes()
    await town.lose("ada")
    await town.start("ada", file)
    watch = await closed(town)
    assert (watch.duty.watched, watch.duty.states, watch.duty.lacks()) == (1, 0, ())
    await town.do(town.nodes["ben"].force_close(channel_id))
    await town.mine(2)
    [told] = watch.texts()
    assert "only the wallet can read" in told
    assert (watch.duty.watched, watch.duty.closes) == (0, 1)  # as the wallet counts them
    assert watch.published == []
    await watch.end()
    await town.start("ada")
    await town.mine(3)
    balance = await town.nodes["ada"].balance()
    assert (balance.closing_msat, balance.onchain_confirmed_sat > 2_900_000) == (0, True)
    await town.end()


def test_what_it_says_it_cannot_do_names_every_limit() -> None:
    for word in ("pay", "be paid", "talk to peers", "close a channel", "spend a coin", "anchors"):
        assert word in CANNOT
    assert duty_replay.Replayed().told() is None
