"""Whatever was opened in vain, exported, asked for and paid: who has the words finds all of it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.spending import Sending
from lnwallet_tui.bitcoin.address import address_to_script
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import TxOut
from lnwallet_tui.channel.state import Opening
from lnwallet_tui.node.coins.scripts import ADDRESS_GAP
from lnwallet_tui.policy import MOST_PROPOSALS, MOST_SPARE_NUMBERS
from lnwallet_tui.store.channels import numbers_taken
from lnwallet_tui.store.coins import paths_given
from lnwallet_tui.wire.bolt1 import Error
from lnwallet_tui.wire.bolt2 import FundingCreated
from lnwallet_tui.wire.message import Message
from tests.node.stranger import Stranger
from tests.node.town import MINUTE_MS, Cut, Town

MANY = ADDRESS_GAP + 5
HOUR_MS = 60 * MINUTE_MS


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path, looks_behind=True)
    await town.begin("ada", "ben")
    yield town
    await town.end()


def refusing(town: Town, why: str) -> None:
    """What Ben says to whoever wants a channel; nothing: he takes it."""
    town.nodes["ben"]._board.inbound._refusal = lambda *_: why  # type: ignore[method-assign]  # what he says is all that matters


async def refused(town: Town) -> None:
    """Ada asks Ben for a channel, and gets none."""
    refusing(town, "not today")
    assert isinstance(
        await town.run(town.nodes["ada"].open_channel(town.uri("ben"), 300_000)), Refused
    )
    refusing(town, "")


async def exported(town: Town) -> str:
    """A payment of Ada's that is not sent."""
    to = (await bens(town), 50_000)
    return (await town.do(town.nodes["ada"].export_send(Sending((to,))))).psbt


async def bens(town: Town) -> str:
    return (await town.do(town.nodes["ben"].address())).address


async def asked(town: Town, *, taproot: bool = False) -> str:
    return (await town.do(town.nodes["ada"].address(taproot=taproot))).address


def hangs_up(town: Town, *, late: bool) -> None:
    """Ben, when he is to sign the first commitment of a channel."""
    board, ada = town.nodes["ben"]._board, town.nodes["ada"].node_id
    hear = type(board).peer_said

    def heard(peer_id: bytes, *messages: Message) -> None:
        if late and isinstance(messages[0], FundingCreated):
            board.peers.disconnect(ada, "not today")
        else:
            hear(board, peer_id, *messages)

    board.peer_said = heard  # type: ignore[method-assign]  # hung up on in between


async def given_up(town: Town) -> None:
    """The same as `refused`, when all is signed but by him."""
    hangs_up(town, late=True)
    opening = town.nodes["ada"].open_channel(town.uri("ben"), 300_000)
    assert isinstance(await town.run(opening), Refused)
    hangs_up(town, late=False)


async def opened_and_closed(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 100_000)
    await town.do(town.nodes["ada"].close(channel_id))
    await town.mine(3)


async def paid(town: Town, address: str, sat: int = 5_000) -> None:
    """Somebody pays there."""
    town.regtest.give([TxOut(Sat(sat), address_to_script(address, Network.REGTEST))])
    await town.mine()


async def sent(town: Town) -> None:
    """With change."""
    to = (await bens(town), 10_000)
    await town.do(town.nodes["ada"].send(Sending((to,))))


def payments(town: Town) -> Counter[bytes]:
    """How often each script of Ada's was paid."""
    rows = town.nodes["ada"]._board.wallet.newest_first()
    return Counter(coin.script_pubkey for row in rows for coin in row.coins())


async def expect_found(town: Town) -> None:
    """From the words alone, to the satoshi."""
    await town.mine()
    total = await town.total_sat("ada")
    await town.lose("ada")
    await town.start("ada")
    await town.mine(2)
    assert await town.total_sat("ada") == total


async def test_refused_openings_use_up_no_address(town: Town) -> None:
    store = town.nodes["ada"]._store
    before = paths_given(store, change=False), paths_given(store, change=True)
    for _ in range(MANY):
        await refused(town)
    await town.restart("ada")
    await refused(town)
    store = town.nodes["ada"]._store
    assert (paths_given(store, change=False), paths_given(store, change=True)) == (
        before[0] + 1,
        before[1],
    )
    assert numbers_taken(store) == 1
    await paid(town, await asked(town), 5_000_000)
    await expect_found(town)


async def test_exports_share_their_change_until_it_is_paid(town: Town) -> None:
    ada, store = town.nodes["ada"], town.nodes["ada"]._store
    first = await exported(town)
    for _ in range(MANY):
        await exported(town)
    assert paths_given(store, change=True) == 1
    await sent(town)  # not to where that one may pay
    assert paths_given(store, change=True) == 2
    await town.mine()
    await town.restart("ada")
    ada, store = town.nodes["ada"], town.nodes["ada"]._store
    again = await exported(town)
    assert paths_given(store, change=True) == 2
    await town.do(ada.sign_psbt(again))
    await exported(town)
    assert paths_given(store, change=True) == 3
    assert first
    await expect_found(town)


async def test_the_change_of_an_opening_that_failed_serves_the_next(town: Town) -> None:
    """Signed, and never sent: the peer hangs up over it. The keys of the channel, which signed,
    serve no other."""
    store = town.nodes["ada"]._store
    before = paths_given(store, change=False)
    for _ in range(3):
        await given_up(town)
    assert (paths_given(store, change=False), paths_given(store, change=True)) == (before + 1, 1)
    assert numbers_taken(store) == 3
    await town.restart("ada")
    await opened_and_closed(town)  # the guard has one more for what it may have to bring home
    store = town.nodes["ada"]._store
    assert (paths_given(store, change=False), paths_given(store, change=True)) == (before + 2, 1)
    assert numbers_taken(store) == 4
    await expect_found(town)


@pytest.mark.parametrize("taproot", [False, True])
async def test_so_many_addresses_are_fresh_and_then_the_oldest_comes_again(
    town: Town, taproot: bool
) -> None:
    ada = town.nodes["ada"]
    given = [await town.do(ada.address(taproot=taproot)) for _ in range(ADDRESS_GAP)]
    assert len({one.address for one in given}) == ADDRESS_GAP
    assert {one.explanation for one in given} == {""}
    again = await town.do(ada.address(taproot=taproot))
    assert again.address == given[0].address
    assert again.explanation.startswith("As many of your addresses wait for a payment as a wallet")
    await paid(town, again.address)
    ada = await town.restart("ada")
    assert (await town.do(ada.address(taproot=taproot))).address not in {
        one.address for one in given
    }
    assert (await town.do(ada.address(taproot=taproot))).address == given[1].address
    await paid(town, given[-1].address)
    assert (await town.do(ada.address(taproot=taproot))).explanation == ""
    await expect_found(town)


# -- the numbers of channels
def shown(opening: Opening | None) -> tuple[bytes, bytes]:
    """Of whoever accepted it: a key of the channel, and the point of its first commitment."""
    assert opening is not None
    assert opening.theirs is not None
    assert opening.their_point is not None
    return opening.theirs.basepoints.funding_pubkey, opening.their_point


async def rounds(town: Town, count: int, number: int = 1) -> list[tuple[bytes, bytes]]:
    """A stranger proposes so many channels to Ada and takes each back; what it was shown."""
    stranger, seen = Stranger(town, "ada", number), list[tuple[bytes, bytes]]()
    await stranger.meet()
    for at in range(count):
        if (opening := await stranger.propose(at)) is None:
            break
        seen.append(shown(opening))
        await stranger.say(Error(opening.temporary_channel_id, b"no"))
    stranger.hang_up()
    await town.clock.rest()
    return seen


async def test_who_proposes_and_takes_back_uses_up_no_number(town: Town) -> None:
    """130 rounds by one stranger put the next channel beyond what the words alone find."""
    seen = set[tuple[bytes, bytes]]()
    for _ in range(5):
        seen |= {*await rounds(town, 26)}
        await town.clock.pass_by(HOUR_MS)
    assert len(seen) == 130  # no point of a commitment twice
    assert len({key for key, _ in seen}) == 1
    assert numbers_taken(town.nodes["ada"]._store) == 1
    channel_id = await town.open("ada", "ben", 800_000)
    await town.pay("ada", "ben", 250_000_000)
    await town.lose("ada")
    await town.start("ada")
    await town.mine()
    before = await town.total_sat("ada")
    await town.do(town.nodes["ben"].force_close(channel_id))
    await town.mine(30)
    assert 545_000 < await town.total_sat("ada") - before < 550_000


async def test_a_round_more_than_an_hour_may_have_is_refused(town: Town) -> None:
    assert len(await rounds(town, 2 * MOST_PROPOSALS)) == MOST_PROPOSALS
    assert len(await rounds(town, 1)) == 0
    assert len(await rounds(town, 1, number=2)) == 1
    await town.clock.pass_by(HOUR_MS)
    assert len(await rounds(town, 1)) == 1


async def test_strangers_without_end_are_shown_few_keys(town: Town) -> None:
    """Each its own as long as there are spare ones, also after a restart; then the oldest again."""
    first = await rounds(town, 2)
    await town.restart("ada")
    assert (await rounds(town, 1))[0][0] == first[0][0] == first[1][0]
    keys = [(await rounds(town, 1, number))[0][0] for number in range(2, 2 * MOST_SPARE_NUMBERS)]
    assert len({first[0][0], *keys}) == numbers_taken(town.nodes["ada"]._store)
    assert len(set(keys[: MOST_SPARE_NUMBERS - 1])) == MOST_SPARE_NUMBERS - 1
    assert numbers_taken(town.nodes["ada"]._store) == MOST_SPARE_NUMBERS


async def test_two_at_once_never_have_the_same_keys(town: Town) -> None:
    one, other = Stranger(town, "ada", 1), Stranger(town, "ada", 2)
    for stranger in (one, other):
        await stranger.meet()
    keys = [shown(await stranger.propose())[0] for stranger in (one, other)]
    for stranger in (one, other):
        stranger.hang_up()
    await town.clock.rest()
    assert [(await rounds(town, 1, number))[0][0] for number in (1, 2)] == keys
    assert keys[0] != keys[1]


async def killed(town: Town, at: int) -> None:
    """Ada's process ends before that effect of an opening."""
    cut = Cut(town.nodes["ada"], at)
    opening = town.nodes["ada"].open_channel(town.uri("ben"), 300_000)
    await town.run(opening, lambda: cut.killed)
    assert cut.killed


async def test_a_crash_lends_nothing_again_that_signed_and_loses_nothing_else(town: Town) -> None:
    """Before `open_channel` leaves, it is told, coins are asked for, `funding_created` leaves, and
    when the channel is there."""
    for at, following in enumerate((0, 0, 0, 1, 2)):
        await killed(town, at)
        ada = await town.restart("ada")
        assert len(ada.channel_states()) == (at == 4)
        assert ada._board.channels.begin(town.nodes["ben"].node_id).number == following
    assert paths_given(ada._store, change=True) == 1
    await town.mine(3)
    await expect_found(town)


# -- whatever comes
class Days:
    """Ada's, by chance; what a chance of one day is another's is told by the seed."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town, self.dice = town, random.Random(seed)
        self.told: list[str] = []
        self.again: set[str] = set()
        self.number = 0

    async def pass_by(self, acts: int) -> None:
        kinds = {
            self.refused: MANY,
            self.asked: MANY,
            self.exported: MANY,
            self.given_up: 2,
            self.paid: 2,
            self.sent: 2,
            self.proposed: 3,
            self.closed: 1,
            self.restarted: 1,
        }
        for _ in range(acts):
            act, most = self.dice.choice([*kinds.items()])
            for _ in range(self.dice.choice((1, most))):
                await act()

    async def refused(self) -> None:
        await refused(self.town)

    async def given_up(self) -> None:
        await given_up(self.town)

    async def asked(self) -> None:
        address = await asked(self.town, taproot=self.dice.random() < 0.3)
        assert payments(self.town)[address_to_script(address, Network.REGTEST)] == 0
        if address in self.told:
            self.again.add(address)
        self.told.append(address)

    async def paid(self) -> None:
        """Somebody to whom it was told lately, or long ago."""
        if self.told:
            at = self.dice.choice((-1, self.dice.randrange(len(self.told))))
            await paid(self.town, self.told.pop(at))

    async def exported(self) -> None:
        psbt = await exported(self.town)
        if self.dice.random() < 0.3:
            await self.town.run(self.town.nodes["ada"].sign_psbt(psbt))
            await self.town.mine()

    async def sent(self) -> None:
        await sent(self.town)
        if self.dice.random() < 0.7:
            await self.town.mine()

    async def proposed(self) -> None:
        """By a stranger, who takes it back or hangs up."""
        self.number += 1
        stranger = Stranger(self.town, "ada", self.dice.choice((7, 8, 1000 + self.number)))
        await stranger.meet()
        await stranger.propose(self.number)
        if self.dice.random() < 0.5:
            await stranger.say(Error(self.number.to_bytes(32, "big"), b"no"))
        stranger.hang_up()
        await self.town.clock.rest()

    async def closed(self) -> None:
        await self.town.mine()
        await opened_and_closed(self.town)

    async def restarted(self) -> None:
        await self.town.restart("ada")


@pytest.mark.full
@pytest.mark.parametrize("seed", range(60))
async def test_whatever_comes_all_of_it_is_found(town: Town, seed: int) -> None:
    days = Days(town, seed)
    await days.pass_by(8)
    for _ in range(3):
        await days.paid()
    await town.mine()
    again = {address_to_script(one, Network.REGTEST) for one in days.again}
    assert max(count for script, count in payments(town).items() if script not in again) == 1
    await expect_found(town)
