"""An older copy of the wallet's folder is put back: the wallet finds out by itself, and publishes
no state of it that nobody has shown to be the newest."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.inbox import InboxEntry
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import CloseQuote
from lnwallet_tui.channel.state import Phase
from lnwallet_tui.node.ports import MarkPlace
from lnwallet_tui.store.db import Store
from lnwallet_tui.store.errors import DiskReadOnly
from lnwallet_tui.store.life import life_of
from lnwallet_tui.store.marks import Mark, MarkFolder
from tests.node.channels.test_last_resort import (
    PUSHED_MSAT,
    SOON,
    ada,
    expiry,
    incoming,
    mine_to,
    minutes,
)
from tests.node.test_htlcs_on_chain import FUNDED_SAT, hang
from tests.node.town import Town

STANDING = (
    "This wallet's folder may be an older copy: 1 channel waits for the peer to show whether the "
    "state here is the newest. Leave the wallet on until then."
)


class Away:
    """A place that cannot be used now."""

    def __init__(self, place: MarkPlace) -> None:
        self._place, self.is_away = place, True
        self.asked = 0

    def _ask(self) -> None:
        self.asked += 1
        if self.is_away:
            raise DiskReadOnly("The folder cannot be written.")

    def read(self, life: bytes) -> Mark | None:
        self._ask()
        return self._place.read(life)

    def write(self, life: bytes, mark: Mark) -> None:
        self._ask()
        self._place.write(life, mark)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path, policy=SOON, coins_sat=(1_000_000,), backs_up=True)
    town.marks["ada"] = MarkFolder(tmp_path / "elsewhere" / "marks")
    await town.begin("ada", "ben")
    await town.open("ada", "ben", FUNDED_SAT, PUSHED_MSAT)
    await town.pay("ada", "ben", 20_000_000)
    yield town
    await town.end()


async def entries(town: Town, *starts: str) -> list[InboxEntry]:
    return [one for one in await town.nodes["ada"].inbox() if one.text.startswith(starts)]


async def waits_for(town: Town) -> str:
    return (await town.nodes["ada"].status()).waiting_for


def life(town: Town) -> bytes:
    found = life_of(town.nodes["ada"]._store)
    assert found is not None
    return found.name


def kept(town: Town, tmp_path: Path) -> Mark:
    """What stands outside of her folder."""
    mark = MarkFolder(tmp_path / "elsewhere" / "marks").read(life(town))
    assert mark is not None
    return mark


def get_ahead(town: Town, tmp_path: Path) -> None:
    """As if she had had one more state, in a folder that is not put back."""
    with Store(tmp_path / "ada") as store:
        found = life_of(store)
    assert found is not None
    mark = town.marks["ada"].read(found.name)
    assert mark is not None
    ahead = {number: reached + 1 for number, reached in mark.reached.items()}
    town.marks["ada"].write(found.name, Mark(mark.name, ahead))


def keep_a_copy(tmp_path: Path) -> None:
    shutil.copytree(tmp_path / "ada", tmp_path / "old")


def put_back(tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "ada")
    shutil.copytree(tmp_path / "old", tmp_path / "ada")


async def go_back(town: Town, tmp_path: Path, *, late: int = 0) -> None:
    """To a copy with a payment of hers under way, which ben has given back since."""
    await hang(town, "ada", "ben")
    at = late or expiry(town) + SOON.timeout_patience
    await town.stop("ada")
    keep_a_copy(tmp_path)
    await town.start("ada")
    await town.restart("ben")  # settles what he held
    assert ada(town).ledger.htlcs == ()
    await town.pay("ada", "ben", 20_000_000)
    await town.stop("ben")
    await town.stop("ada")
    put_back(tmp_path)
    await mine_to(town, at + 3)
    await town.start("ada")


async def test_vuln_055_an_older_copy_is_not_published_while_its_peer_is_silent(
    town: Town, tmp_path: Path
) -> None:
    """Who puts a folder back from a copy runs a state that is revoked; a peer that keeps quiet has
    only to wait until the wallet closes it alone for a payment, and takes all of it."""
    await go_back(town, tmp_path)
    [told] = await entries(town, "This wallet's folder is an older copy")
    assert told.urgent
    assert await waits_for(town) == STANDING
    await minutes(town, 12)
    await minutes(town, SOON.unproved_patience // 60)
    await town.mine(3)
    await town.nodes["ada"].stop()
    await town.start("ada")  # it does not forget
    await minutes(town, 12 + SOON.unproved_patience // 60)
    await town.mine(3)
    assert ada(town).publication is None, "a revoked commitment was published"
    [asked] = await entries(town, "A payment of yours")
    assert (asked.urgent, "may be an older copy" in asked.text) == (True, True)
    assert len(await entries(town, "This wallet's folder is an older copy")) == 1
    [payment, *_] = await town.nodes["ada"].payments()
    assert "do not close the channel alone" in payment.reason


async def test_vuln_055_an_older_copy_runs_no_race_and_obeys_the_user(
    town: Town, tmp_path: Path
) -> None:
    """A payment to her is lost by waiting, at most; the channel by a revoked state. The user may
    know better."""
    at = await incoming(town)
    await town.stop("ada")
    get_ahead(town, tmp_path)
    await mine_to(town, at - SOON.security_delay + 2)
    await town.start("ada")
    await minutes(town, 12)
    assert ada(town).publication is None
    [asked] = await entries(town, "A payment to you")
    assert f"expires at block {at:,}" in asked.text
    await mine_to(town, at + 3)
    await minutes(town, 12 + SOON.unproved_patience // 60)
    await town.mine(2)
    assert ada(town).publication is None
    assert len(await entries(town, "A payment to you")) == 1
    view = await town.channel("ada", ada(town).channel_id.hex())
    assert "do not close alone before the peer is there" in view.explanation
    quote = await town.nodes["ada"].quote_close(view.channel_id)
    assert isinstance(quote, CloseQuote)
    assert (view.may_be_old, quote.may_be_old) == (True, True)
    closed = await town.nodes["ada"].force_close(ada(town).channel_id.hex())
    assert not isinstance(closed, Refused)
    assert ada(town).publication is not None
    assert await waits_for(town) == "", "what is decided is not suspected"


async def test_a_peer_that_agrees_ends_it_for_good(town: Town, tmp_path: Path) -> None:
    """Where nobody knows of a newer state: the folder was moved here."""
    await hang(town, "ada", "ben")
    await town.stop("ben")
    await town.stop("ada")
    town.marks["ada"] = MarkFolder(tmp_path / "other")
    await town.start("ada")
    assert await waits_for(town) == STANDING
    await town.start("ben")  # holds it no more
    await minutes(town, 12)
    assert ada(town).phase is Phase.READY
    assert await waits_for(town) == ""
    [over] = await entries(town, "This wallet's folder")
    assert (over.urgent, "not taken for an older copy any more" in over.text) == (False, True)
    await hang(town, "ada", "ben")
    await town.stop("ben")
    late = expiry(town) + SOON.timeout_patience
    await town.restart("ada")
    assert await waits_for(town) == ""
    await mine_to(town, late)
    await minutes(town, 12 + SOON.unproved_patience // 60)
    await town.mine(2)
    assert ada(town).publication is not None, "deadlines act again"


@pytest.mark.parametrize("is_late", [False, True], ids=["at the start", "read late"])
async def test_vuln_055_a_peer_that_agrees_with_an_older_copy_is_not_believed(
    town: Town, tmp_path: Path, is_late: bool
) -> None:
    """It would have the wallet publish what is revoked, by an `error` that it sends afterwards. Ben
    agrees; that she has had a newer state is what stands elsewhere."""
    await town.stop("ada")
    get_ahead(town, tmp_path)
    place = town.marks["ada"] = Away(town.marks["ada"])
    place.is_away = is_late
    await town.start("ada")
    await minutes(town, 1)
    assert ada(town).old_state is not is_late
    place.is_away = False
    await minutes(town, 15)
    assert ada(town).old_state
    assert ada(town).publication is None
    assert await waits_for(town) == "", "the channel says it itself"
    assert len(await entries(town, "This wallet's folder")) == 1
    await minutes(town, 1)
    await town.restart("ada")
    assert len(await entries(town, "This wallet's folder")) == 1
    view = await town.channel("ada", ada(town).channel_id.hex())
    assert "only the peer can close it safely" in view.explanation


async def test_a_peer_that_proves_it_ends_it_too(town: Town, tmp_path: Path) -> None:
    await town.stop("ada")
    keep_a_copy(tmp_path)
    await town.start("ada")
    await town.pay("ada", "ben", 20_000_000)
    await town.stop("ada")
    put_back(tmp_path)
    await town.start("ada")
    assert await entries(town, "This wallet's folder is an older copy")
    await minutes(town, 12)
    assert ada(town).old_state
    assert await waits_for(town) == ""


async def test_an_ordinary_life_is_not_suspected(town: Town, tmp_path: Path) -> None:
    """Nor what an older program left behind, nor a power cut between the folder and the mark."""
    await town.restart("ada")
    [file] = (tmp_path / "elsewhere" / "marks").iterdir()
    old = file.read_bytes()
    await town.pay("ada", "ben", 10_000_000)
    assert kept(town, tmp_path).reached[ada(town).channel_id] < ada(town).our_number
    await town.stop("ada")
    assert file.read_bytes() != old, "a stop keeps it at once"
    file.write_bytes(old)
    await town.start("ada")
    await minutes(town, 1)
    assert kept(town, tmp_path).reached == {ada(town).channel_id: ada(town).our_number}
    await town.stop("ada")
    file.unlink()
    with Store(tmp_path / "ada") as store, store.transaction() as tx:
        assert tx.write("DELETE FROM singles WHERE name = 'mark'") == 1
    await town.start("ada")
    await minutes(town, 1)
    assert kept(town, tmp_path).reached == {ada(town).channel_id: ada(town).our_number}
    assert await entries(town, "This wallet's folder") == []


@pytest.mark.parametrize("has_own", [False, True])
async def test_vuln_055_a_folder_that_comes_from_another_machine_is_suspected(
    town: Town, tmp_path: Path, has_own: bool
) -> None:
    """That has a mark of its own, of the time when it was here last, or none yet. It may be newer
    or older: that is not seen."""
    home = town.marks["ada"]
    other = town.marks["ada"] = MarkFolder(tmp_path / "other")
    if has_own:
        other.write(life(town), Mark(b"of other"))
    await town.stop("ben")
    await town.restart("ada")
    [told] = await entries(town, "This wallet's folder was moved or copied")
    assert not told.urgent
    assert await waits_for(town) == STANDING
    await town.restart("ada")
    assert await waits_for(town) == STANDING
    await town.start("ben")
    await minutes(town, 12)
    assert await waits_for(town) == ""
    await town.restart("ada")
    assert len(await entries(town, "This wallet's folder")) == 1
    town.marks["ada"] = home
    await town.stop("ben")
    await town.restart("ada")
    assert await waits_for(town) == STANDING, "and back again"


async def test_a_place_that_cannot_be_used_stops_nothing(town: Town, tmp_path: Path) -> None:
    """A home that is not there, or a disk that is full: told in the log, once, and tried again."""
    await town.stop("ada")
    place = town.marks["ada"] = Away(town.marks["ada"])
    await town.start("ada")
    await minutes(town, 1)
    await town.pay("ada", "ben", 10_000_000)
    await minutes(town, 12)
    place.is_away, asked = False, place.asked
    await minutes(town, 12)
    assert place.asked > asked
    assert kept(town, tmp_path).reached == {ada(town).channel_id: ada(town).our_number}
    place.is_away = True
    await town.pay("ada", "ben", 10_000_000)
    await minutes(town, 12)
    lines = [one.text for one in await town.nodes["ada"].log_lines()]
    assert sum("is not kept outside" in one for one in lines) == 2, "each time anew"
    assert await entries(town, "This wallet's folder") == []
    await town.stop("ada")
    await town.start("ada")


async def test_a_channel_whose_row_is_damaged_makes_no_older_copy(town: Town) -> None:
    with town.nodes["ada"]._store.transaction() as tx:
        tx.write("UPDATE channels SET body = x'00'")
    await town.restart("ada")
    assert await entries(town, "This wallet's folder") == []
