"""A wallet that has lost its folder comes back from its words and its channel backup.

The chain has Bitcoin Core's consensus rules and the mempool its relay policy, so that what comes
home was signed as it must be.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import WantedFee
from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.backup import Backup
from lnwallet_tui.channel.state import Phase
from lnwallet_tui.keys.backup_key import BackupDamaged, BackupOfOtherWords
from lnwallet_tui.node.channels.backups import BackupOfOtherNetwork, Backups, _Version
from lnwallet_tui.store import backup_file
from lnwallet_tui.store.backup_file import BackupNotWritten
from lnwallet_tui.store.codec import encode
from tests.node.coins.test_coin_views import history
from tests.node.test_words_alone import (
    FEES_SAT,
    FUNDED_SAT,
    PAID_MSAT,
    notices,
    pass_by,
    with_a_channel,
)
from tests.node.town import COINS_SAT, DELAY, Town
from tests.node.twins import offer


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    town = Town(tmp_path, anchors=request.param, looks_behind=True, backs_up=True)
    await town.begin("ada", "ben")
    yield town
    await town.end()


def backup_of(town: Town, name: str) -> Path:
    return town.nodes[name]._board.backups.places[0]


async def told_of_return(town: Town, name: str) -> str:
    """What stands in the inbox of it, once."""
    told = [one for one in await town.nodes[name].inbox() if one.kind is InboxKind.NOTICE]
    [text] = [str(one.text) for one in told if "from the channel backup" in str(one.text)]
    return text


def file_at(path: str) -> bytes:
    return Path(path).read_bytes()


def listed(town: Town, name: str) -> list[str]:
    """The channels that its backup has."""
    board = town.nodes[name]._board
    file = backup_file.read(board.backups.places[0])
    assert file is not None
    return [one.channel_id.hex() for one in board.backups.read(file).channels]


# -- words and backup
@pytest.mark.parametrize("loser", ["ada", "ben"])
async def test_words_and_backup_have_the_peer_close(town: Town, loser: str) -> None:
    channel_id = await with_a_channel(town)
    peer = "ben" if loser == "ada" else "ada"
    file = backup_of(town, loser).read_bytes()
    ours = (await town.channel(loser, channel_id)).local_msat // 1000
    await town.lose(loser)
    await town.start(loser, file)
    node = town.nodes[loser]
    [view] = await node.channels()
    assert view.channel_id == channel_id
    assert "Restored from the channel backup" in view.explanation
    assert (view.local_msat, view.can_send_msat, view.can_receive_msat) == (0, 0, 0)
    assert "its peer is asked to close it" in await told_of_return(town, loser)
    await pass_by(town)
    assert (await town.channel(peer, channel_id)).state is ChannelState.CLOSING
    before = await town.total_sat(loser)
    await town.mine(6)
    gained = await town.total_sat(loser) - before
    assert ours - 2 * FEES_SAT < gained <= ours
    [state] = node.channel_states()
    assert state.publication is None
    assert (await town.channel(loser, channel_id)).state is ChannelState.CLOSED
    said = "The channel that came back from the channel backup is closed, and what it paid you is "
    assert await told_of_return(town, loser) == f"{said}in the wallet."
    await town.mine(110)
    assert node.channel_states()[0].phase is Phase.DONE
    assert listed(town, loser) == []


async def test_only_a_backup_that_is_taken_over_fills_the_gap(town: Town) -> None:
    """A channel that is opened since says nothing of those that were lost."""
    ada = town.nodes["ada"]
    assert not (await ada.backup()).taken
    await town.open("ada", "ben", 400_000)
    assert not (await ada.backup()).taken
    file = backup_of(town, "ada").read_bytes()
    await town.lose("ada")
    await town.start("ada", file)
    assert (await town.nodes["ada"].backup()).taken
    await town.restart("ada")
    assert (await town.nodes["ada"].backup()).taken


async def test_all_channels_come_back_and_payments_under_way_are_lost(town: Town) -> None:
    """Two peers, three channels, one with a payment that hangs: what is settled comes home."""
    await town.start("cyd")
    await with_a_channel(town)
    second = await town.open("ada", "ben", 400_000, 100_000_000)
    third = await town.open("ada", "cyd", 500_000, 50_000_000)
    hung = await town.do(town.nodes["ben"].create_invoice(30_000_000, "hangs"))
    held = town.nodes["ben"]._board.doorway
    held.heard = lambda *_: None  # type: ignore[method-assign]  # and settles nothing
    await offer(town, "ada", "ben", hung.invoice, 30_000_000, channel=1)
    ada = town.nodes["ada"]
    ours = {one.channel_id: one.local_msat // 1000 for one in await ada.channels()}
    total = sum(ours.values())
    file = backup_of(town, "ada").read_bytes()
    await town.lose("ada")
    await town.start("ada", file)
    assert {one.channel_id for one in await town.nodes["ada"].channels()} == set(ours)
    await pass_by(town)
    await town.mine()
    before = await town.total_sat("ada")
    await town.mine(8)
    gained = await town.total_sat("ada") - before
    assert total - 30_000 - 6 * FEES_SAT < gained <= total
    for one in (second, third):
        assert not (await town.channel("ada", one)).can_send_msat
    assert all(one.publication is None for one in town.nodes["ada"].channel_states())


async def test_nothing_can_be_done_with_a_restored_channel_but_wait(town: Town) -> None:
    channel_id = await with_a_channel(town)
    file = backup_of(town, "ben").read_bytes()
    await town.lose("ben")
    await town.stop("ada")
    await town.start("ben", file)
    ben = town.nodes["ben"]
    for command in (
        ben.close(channel_id), ben.force_close(channel_id), ben.quote_close(channel_id),
    ):  # fmt: skip
        refused = await town.run(command)
        assert isinstance(refused, Refused)
        assert refused.code is RefusalCode.CHANNEL_BUSY
    [view] = await ben.channels()
    assert "It is not connected" in view.explanation
    assert ben._board.channels.find(bytes.fromhex(channel_id)) is not None
    await town.mine(40)
    assert ben.channel_states()[0].publication is None
    assert listed(town, "ben") == [channel_id]  # it is kept on
    await town.start("ada")
    await pass_by(town, 20)
    # Ben has not agreed with her state since her start: he may know that it is an old one.
    assert (await town.channel("ada", channel_id)).state is ChannelState.OFFLINE
    [asked] = [one for one in await town.nodes["ada"].inbox() if "given its channel" in one.text]
    assert asked.urgent
    assert asked.channel_id == channel_id
    await town.do(town.nodes["ada"].force_close(channel_id))
    assert (await town.channel("ada", channel_id)).state is ChannelState.CLOSING


async def test_an_agreed_close_is_known_for_what_it_is(town: Town) -> None:
    channel_id = await with_a_channel(town)
    await town.do(town.nodes["ada"].close(channel_id))
    file = backup_of(town, "ben").read_bytes()  # written when the scripts were agreed on
    await town.lose("ben")
    await town.mine(2)
    await town.start("ben", file)
    await town.mine(2)
    assert (await town.channel("ben", channel_id)).closing_kind == "cooperative"


async def test_what_the_wallet_published_before_it_was_lost_comes_home(town: Town) -> None:
    """`to_local` of a commitment of our own, by the salt and the delay that the backup has."""
    channel_id = await with_a_channel(town)
    ours = (await town.channel("ada", channel_id)).local_msat // 1000
    file = backup_of(town, "ada").read_bytes()
    await town.do(town.nodes["ada"].force_close(channel_id))
    await town.mine(2)
    await town.lose("ada")
    await town.start("ada", file)
    before = await town.total_sat("ada")
    await town.mine(DELAY + 5)
    gained = await town.total_sat("ada") - before
    coins = sum(COINS_SAT) - FUNDED_SAT  # which are found again with the first block
    assert ours - 2 * FEES_SAT < gained - coins <= ours
    view = await town.channel("ada", channel_id)
    assert "own keys, maybe before it was restored, with its state " in view.explanation
    log = (await town.nodes["ada"].guard()).log
    [told] = [entry.text for entry in log if "of our own closed" in entry.text]
    assert "before it was restored, or a copy of it did" in told


async def test_what_peer_and_wallet_did_before_is_called_what_it_is(town: Town) -> None:
    """A close by the peer is no sign of lost data, a child of our opening no stranger's."""
    ada = town.nodes["ada"]
    opened = await town.do(ada.open_channel(town.uri("ben"), FUNDED_SAT, push_msat=PAID_MSAT))
    child = await town.do(ada.bump(opened.funding_txid, WantedFee(feerate_per_kw=8_000)))
    await town.mine(6)
    await town.do(town.nodes["ben"].force_close(opened.channel_id))
    file = backup_of(town, "ada").read_bytes()
    await town.lose("ada")
    await town.mine(2)
    ada = await town.start("ada", file)
    await town.mine(2)
    [told] = [one for one in await ada.inbox() if "closed its channel with us" in str(one.text)]
    assert not told.urgent
    assert "came back from the channel backup: your balance in it comes home" in str(told.text)
    explanation = (await town.channel("ada", opened.channel_id)).explanation
    assert explanation.startswith("Closed by the peer, alone")
    assert "lost data" not in " ".join([entry.text for entry in (await ada.guard()).log])
    past = {one.txid: one for one in await history(ada)}
    fee = past[child.txid]
    assert (fee.kind, fee.amount_sat, fee.channel_id) == (
        TxKind.FEE, -child.fee_sat, opened.channel_id
    )  # fmt: skip
    assert fee.explanation.startswith("A coin of yours paid to hurry the opening of the channel ")
    assert TxKind.SPENT not in {one.kind for one in past.values()}


async def test_a_restored_channel_takes_no_number_twice(town: Town) -> None:
    await with_a_channel(town)
    file = backup_of(town, "ben").read_bytes()
    await town.lose("ben")
    await town.start("ben", file)
    held = town.nodes["ben"]._board.channels.begin(town.nodes["ada"].node_id)
    assert held.number == 1
    await pass_by(town)


async def test_restored_twice_it_is_there_once(town: Town) -> None:
    await with_a_channel(town)
    file = backup_of(town, "ben").read_bytes()
    await town.stop("ben")
    await town.start("ben", file)  # nothing was lost
    [state] = town.nodes["ben"].channel_states()
    assert not state.restored
    await pass_by(town)


# -- the file
async def test_it_is_written_before_the_funding_is_published(town: Town) -> None:
    node, order = town.nodes["ada"], list[str]()
    publish, write = node._board.publish, backup_file.write

    def published(txs: tuple[Tx, ...], why: str) -> None:
        order.append("published")
        publish(txs, why)

    def written(path: Path, data: bytes) -> None:
        order.append(f"written by {path.parent.name}")
        write(path, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backup_file, "write", written)
        patch.setattr(node._board, "publish", published)
        channel_id = await town.open("ada", "ben", FUNDED_SAT)
    assert order.index("written by ada") < order.index("published")
    assert order.index("written by ben") < order.index("written by ada")
    assert listed(town, "ada") == listed(town, "ben") == [channel_id]


async def test_a_payment_does_not_look_through_all_channels_for_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of its commits asks whether the file says something else now."""
    await with_a_channel(town)
    looks = list[Backups]()
    version = Backups._version

    def counted(backups: Backups) -> _Version:
        looks.append(backups)
        return version(backups)

    monkeypatch.setattr(Backups, "_version", counted)
    await town.pay("ada", "ben", 9_000_000)
    assert looks == []


@pytest.mark.parametrize("name", ["ada", "ben"])
async def test_where_it_cannot_be_written_no_channel_begins(town: Town, name: str) -> None:
    node, total = town.nodes["ada"], await town.total_sat("ada", "ben")
    published = list[object]()
    write = backup_file.write

    def refuse(path: Path, data: bytes) -> None:
        if path.parent.name == name:
            raise BackupNotWritten("The channel backup cannot be written (No space).")
        write(path, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backup_file, "write", refuse)
        patch.setattr(node._board, "publish", lambda *a: published.append(a))
        refused = await town.run(node.open_channel(town.uri("ben"), FUNDED_SAT))
        assert isinstance(refused, Refused)
        if name == "ada":
            assert refused.code is RefusalCode.DISK
            assert "no channel was opened" in refused.remedy
        await town.mine(3)
    assert published == []
    assert await node.channels() == ()
    assert await town.total_sat("ada", "ben") == total
    await pass_by(town)
    await town.open("ada", "ben", FUNDED_SAT)  # it goes on where there is room again


async def test_without_its_second_place_the_wallet_goes_on_and_says_so(
    town: Town, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    view = await town.do(town.nodes["ada"].set_second_backup(str(stick)))
    assert view.second == str(stick / backup_of(town, "ada").name)
    assert file_at(view.second)
    shutil.rmtree(stick)
    told = notices(town, "ada")
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    assert len([line for line in told if "cannot be written" in line and str(stick) in line]) == 1
    first = file_at((await town.nodes["ada"].backup()).file)
    await pass_by(town)
    view = await town.nodes["ada"].backup()
    assert file_at(view.file) == first  # it is not written again for the other's sake
    assert (view.channels, view.explanation) == (
        1, f"It could not be written in {stick}; the wallet tries again by itself.",
    )  # fmt: skip
    stick.mkdir()
    await pass_by(town)
    assert any("up to date again" in line for line in told)
    view = await town.nodes["ada"].backup()
    assert view.explanation == "1 channel is in it, at both places."
    [copy] = town.nodes["ada"]._board.backups.read(file_at(view.second)).channels
    assert copy.channel_id.hex() == channel_id
    await town.restart("ada")  # it is remembered
    assert (await town.nodes["ada"].backup()).second == view.second
    view = await town.do(town.nodes["ada"].set_second_backup(""))
    assert view.second == ""
    assert "beside the wallet only" in view.explanation


@pytest.mark.parametrize(
    "folder", ["sticks", "/no/such/folder", "/etc/passwd", "/\0", "/" + "x" * 5_000]
)
async def test_what_is_no_second_place(town: Town, folder: str) -> None:
    refused = await town.nodes["ada"].set_second_backup(folder)
    assert isinstance(refused, Refused)
    assert refused.code in (RefusalCode.BAD_INPUT, RefusalCode.DISK)
    assert refused.message
    assert refused.remedy
    assert (await town.nodes["ada"].backup()).second == ""


async def test_the_wallets_own_folder_is_no_second_place(town: Town) -> None:
    ada = town.nodes["ada"]
    own = Path((await ada.backup()).file).parent
    refused = await ada.set_second_backup(f"{own}/../{own.name}")
    assert isinstance(refused, Refused)
    assert "own folder" in refused.message


async def test_what_lies_at_the_second_place_already_is_kept(town: Town, tmp_path: Path) -> None:
    """The copy that an earlier life of the wallet left there."""
    channel_id = await with_a_channel(town)
    stick = tmp_path / "stick"
    stick.mkdir()
    view = await town.do(town.nodes["ben"].set_second_backup(str(stick)))
    await town.lose("ben")
    await town.start("ben")
    await town.do(town.nodes["ben"].set_second_backup(str(stick)))
    [kept] = town.nodes["ben"]._board.backups.read(file_at(view.second)).channels
    assert kept.channel_id.hex() == channel_id
    await pass_by(town)


async def test_where_the_backup_lies_beside_the_words_it_is_taken_over(town: Town) -> None:
    channel_id = await with_a_channel(town)
    path = backup_of(town, "ben")
    file = path.read_bytes()
    await town.lose("ben")
    path.parent.mkdir()
    path.write_bytes(file)
    await town.start("ben")
    [state] = town.nodes["ben"].channel_states()
    assert state.restored
    assert listed(town, "ben") == [channel_id]
    [entry] = [one for one in await town.nodes["ben"].inbox() if "came back" in str(one.text)]
    assert str(entry.text).startswith("1 channel came back from the channel backup.")
    await pass_by(town)
    assert (await town.channel("ada", channel_id)).state is ChannelState.CLOSING


async def test_a_wallet_that_lives_on_does_not_write_over_an_older_backup(town: Town) -> None:
    channel_id = await with_a_channel(town)
    path = backup_of(town, "ben")
    file = path.read_bytes()
    await town.lose("ben")
    await town.stop("ada")
    await town.start("ben")
    await town.mine(2)
    await town.stop("ben")
    path.write_bytes(file)
    await town.start("ben")
    assert town.nodes["ben"].channel_states() == ()
    assert listed(town, "ben") == [channel_id]
    assert [one for one in await town.nodes["ben"].inbox() if "does not know" in str(one.text)]
    await town.start("ada")
    await pass_by(town)


@pytest.mark.parametrize("name", ["ada", "ben"])
async def test_what_was_written_and_never_committed_came_to_nothing(town: Town, name: str) -> None:
    """The process ends, or the disk fails, right after the file was written."""
    write = backup_file.write

    def write_and_fail(path: Path, data: bytes) -> None:
        write(path, data)
        if path.parent.name == name:
            raise BackupNotWritten("The channel backup cannot be written (killed).")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backup_file, "write", write_and_fail)
        refused = await town.run(town.nodes["ada"].open_channel(town.uri("ben"), FUNDED_SAT))
        assert isinstance(refused, Refused)
    assert len(listed(town, name)) == 1
    await town.restart(name)
    assert listed(town, name) == []
    inbox = await town.nodes[name].inbox()
    assert not [one for one in inbox if "does not know" in str(one.text)]
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    assert listed(town, name) == [channel_id]


async def test_what_cannot_be_read_is_not_written_over(town: Town) -> None:
    channel_id = await with_a_channel(town)
    path = backup_of(town, "ben")
    await town.stop("ben")
    damaged = path.read_bytes()[:-1]
    path.write_bytes(damaged)
    await town.start("ben")
    assert listed(town, "ben") == [channel_id]
    assert path.with_name(f"{path.name}.aside-1").read_bytes() == damaged
    inbox = await town.nodes["ben"].inbox()
    assert [one for one in inbox if "This channel backup is damaged." in str(one.text)]
    await pass_by(town)


async def test_the_backup_of_others(town: Town) -> None:
    await with_a_channel(town)
    ada = town.nodes["ada"]
    file = backup_of(town, "ben").read_bytes()
    with pytest.raises(BackupOfOtherWords):
        ada._board.backups.read(file)
    own = backup_of(town, "ada").read_bytes()
    with pytest.raises(BackupDamaged):
        ada._board.backups.read(own[:-1])
    elsewhere = Backup(network=Network.SIGNET, time=0, height=0, channels=())
    with pytest.raises(BackupOfOtherNetwork, match="signet"):
        ada._board.backups.read(ada._shell.keys.backup_key().close(encode(elsewhere)))
