"""Headers on disk: what is loaded is what was durable last, wherever the writing ended."""

from __future__ import annotations

import resource
import shutil
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.block import HEADER_SIZE
from lnwallet_tui.bitcoin.consensus import rules_of
from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.headers import KEPT, HeaderTree, extend
from lnwallet_tui.store.codec import decode
from lnwallet_tui.store.db import Store
from lnwallet_tui.store.errors import HeadersDamaged, StoreError
from lnwallet_tui.store.headers import FILE_NAME, HeaderFile, HeadersMark
from lnwallet_tui.store.reader import reading
from tests.headers import EASY, FAR_FUTURE, chain, signet_headers

GENESIS = EASY.genesis.serialize()
TRUNK = [GENESIS, *chain(EASY, 40)]
FORK = chain(EASY, 3, after=TRUNK[:-2], salt=1)
"""Takes the place of the last two."""
ANEW = HeaderTree.begin(EASY)


class Crash(BaseException):
    """The machine stops here."""


class Dying(HeaderFile):
    """Stops before what is durable in the database is in the file."""

    def _settle(self) -> None:
        raise Crash


@contextmanager
def opened(folder: Path, kind: type[HeaderFile] = HeaderFile) -> Iterator[tuple[Store, HeaderFile]]:
    """The wallet in `folder`."""
    with Store(folder) as store:
        file = kind(store, EASY)
        try:
            yield store, file
        finally:
            file.close()


def put(store: Store, file: HeaderFile, tree: HeaderTree, headers: list[bytes]) -> HeaderTree:
    """One message, as the node takes it."""
    change = extend(tree, b"".join(headers), FAR_FUTURE)
    with store.transaction() as tx:
        file.save(tx, change)
    return change.tree


def written(folder: Path, *batches: list[bytes]) -> HeaderTree:
    """A wallet that got these messages."""
    with opened(folder) as (store, file):
        tree = file.load()
        for batch in batches:
            tree = put(store, file, tree, batch)
        assert file.read(0, 10_000) == (folder / FILE_NAME).read_bytes()[: 80 * (tree.height + 1)]
        return tree


def loaded(folder: Path, lost: int = 0) -> HeaderTree:
    """What a start finds there; then the file ends where it should, and all of it can be read."""
    with opened(folder) as (_, file):
        tree = file.load()
        assert file.lost == lost
        assert (folder / FILE_NAME).stat().st_size == (tree.height + 1) * HEADER_SIZE
        assert file.read(tree.start, 10_000) == tree.best.headers
        for height in range(tree.start, tree.height + 1):
            assert file.hash_at(height) == tree.hash_at(height)
    with opened(folder) as (_, file):
        assert file.load() == tree
        assert file.lost == 0
    return tree


def grows_on(folder: Path, headers: list[bytes]) -> None:
    """More can be stored there."""
    with opened(folder) as (store, file):
        tree = put(store, file, file.load(), headers)
    assert loaded(folder).tip == tree.tip == sha256d(headers[-1])


def test_at_first_there_is_the_genesis_block(tmp_path: Path) -> None:
    assert loaded(tmp_path) == HeaderTree.begin(EASY)


def test_what_was_stored_is_loaded(tmp_path: Path) -> None:
    tree = written(tmp_path, TRUNK[1:10], TRUNK[10:])
    again = loaded(tmp_path)
    assert (again.best, again.work, again.height) == (tree.best, tree.work, 40)


def test_of_a_long_chain_the_newest_are_loaded_and_the_others_can_be_read(tmp_path: Path) -> None:
    headers = [GENESIS, *chain(EASY, KEPT + 300)]
    written(tmp_path, *(headers[at : at + 2_000] for at in range(1, len(headers), 2_000)))
    tree = loaded(tmp_path)
    assert tree.start == 301
    with opened(tmp_path) as (_, file):
        file.load()
        assert file.read(0, 302) == b"".join(headers[:302])
        assert file.hash_at(7) == sha256d(headers[7])
        assert file.read(tree.height, 5) == headers[-1]
        assert file.read(tree.height + 1, 5) == b""


def ends_at_each_byte(folder: Path, contents: Iterable[bytes]) -> Iterator[tuple[int, HeaderTree]]:
    """What is loaded, and how much lost, with each content of the file and the same database."""
    with Store(folder) as store:
        marks = store.read("SELECT body FROM singles WHERE name = 'headers'")
        for content in contents:
            (folder / FILE_NAME).write_bytes(content)
            if store.read("SELECT body FROM singles WHERE name = 'headers'") != marks:
                with store.transaction() as tx:
                    tx.write("UPDATE singles SET body = ? WHERE name = 'headers'", marks[0])
            file = HeaderFile(store, EASY)
            tree = file.load()
            file.close()
            assert (folder / FILE_NAME).read_bytes() == tree.best.headers
            yield file.lost, tree


def test_an_append_that_was_not_committed_is_cut_off_at_every_byte(tmp_path: Path) -> None:
    """The file was being written, the database knew nothing of it yet."""
    tree = written(tmp_path, TRUNK[1:38])
    before, append = b"".join(TRUNK[:38]), b"".join(TRUNK[38:])
    contents = [before + append[:cut] for cut in range(len(append) + 1)]
    assert list(ends_at_each_byte(tmp_path, contents)) == [(0, tree)] * len(contents)
    grows_on(tmp_path, TRUNK[38:])


def test_a_file_that_is_shorter_than_it_was_is_cut_to_whole_headers(tmp_path: Path) -> None:
    """A disk that lied about its sync, or a copy that was cut short; at every byte."""
    written(tmp_path, TRUNK[1:38], TRUNK[38:])
    whole = b"".join(TRUNK)
    contents = [whole[:end] for end in range(len(whole) - 2 * HEADER_SIZE, len(whole))]
    found = list(ends_at_each_byte(tmp_path, contents))
    for content, (lost, tree) in zip(contents, found, strict=True):
        assert tree.height + 1 == len(content) // HEADER_SIZE == len(TRUNK) - lost
        assert tree.work == (tree.height + 1) * EASY.genesis.work
    assert loaded(tmp_path).height == 39
    grows_on(tmp_path, TRUNK[40:])


class Watching(HeaderFile):
    """Sees what is on disk when the file has been synced."""

    file = b""
    mark: int | None = -1

    def _sync(self) -> None:
        super()._sync()
        self.file = (self._store.folder / FILE_NAME).read_bytes()
        self.mark = self.mark_of_others()

    def mark_of_others(self) -> int | None:
        with reading(self._store.path) as reader:
            rows = reader.read("SELECT body FROM singles WHERE name = 'headers'")
        if not rows:
            return None
        assert isinstance(rows[0][0], bytes)
        return decode(rows[0][0], HeadersMark).height


def test_headers_are_in_the_file_before_the_database_says_so(tmp_path: Path) -> None:
    with opened(tmp_path, Watching) as (store, file):
        assert isinstance(file, Watching)
        tree = put(store, file, file.load(), TRUNK[1:10])
        seen = [(file.file, file.mark)]
        put(store, file, tree, TRUNK[10:])
        seen.append((file.file, file.mark))
        assert seen == [(b"".join(TRUNK[:10]), None), (b"".join(TRUNK), 9)]
        assert file.mark_of_others() == 40


def test_nothing_is_written_over_before_the_reorganisation_is_durable(tmp_path: Path) -> None:
    old = written(tmp_path, TRUNK[1:])
    before = (tmp_path / FILE_NAME).read_bytes()
    with opened(tmp_path) as (store, file):
        change = extend(file.load(), b"".join(FORK), FAR_FUTURE)
        with store.transaction() as tx:
            file.save(tx, change)
            assert (tmp_path / FILE_NAME).read_bytes() == before
            assert file.read(30, 100) == b"".join([*TRUNK[30:-2], *FORK])
            assert file.read(38, 2) == TRUNK[38] + FORK[0]
            assert file.read(40, 1) == FORK[1]
            assert file.hash_at(40) == sha256d(FORK[1])
        assert (tmp_path / FILE_NAME).read_bytes() == before[: 39 * HEADER_SIZE] + b"".join(FORK)
    assert loaded(tmp_path).tip == sha256d(FORK[-1]) != old.tip


def test_a_reorganisation_that_is_durable_is_done_again_at_every_byte(tmp_path: Path) -> None:
    """The database knew of it, and so many bytes of it were in the file."""
    written(tmp_path, TRUNK[1:])
    with opened(tmp_path, Dying) as (store, file):
        tree = file.load()
        with pytest.raises(Crash):
            put(store, file, tree, FORK)
    old, new = b"".join(TRUNK), b"".join([*TRUNK[:-2], *FORK])
    assert (tmp_path / FILE_NAME).read_bytes() == old
    contents = [new[:end] + old[end:] for end in range(39 * HEADER_SIZE, len(new) + 1)]
    for lost, tree in ends_at_each_byte(tmp_path, contents):
        assert (lost, tree.best.headers) == (0, new)
    grows_on(tmp_path, chain(EASY, 2, after=[*TRUNK[:-2], *FORK]))


def fail_after(store: Store, file: HeaderFile, tree: HeaderTree, *batches: list[bytes]) -> None:
    """Save some messages in one transaction, which then fails."""
    with store.transaction() as tx:
        for batch in batches:
            change = extend(tree, b"".join(batch), FAR_FUTURE)
            file.save(tx, change)
            tree = change.tree
        raise ZeroDivisionError


@pytest.mark.parametrize("name", ["append", "reorganisation", "both", "restart"])
def test_a_transaction_that_fails_leaves_what_was(tmp_path: Path, name: str) -> None:
    tree = written(tmp_path, TRUNK[1:39])
    longer = chain(EASY, 8, after=TRUNK[:30], salt=2)
    even_longer = chain(EASY, 14, after=TRUNK[:30], salt=3)
    batches = {
        "append": [TRUNK[39:]],
        "reorganisation": [chain(EASY, 10, after=TRUNK[:30], salt=2)],
        "both": [TRUNK[39:], [*longer, *chain(EASY, 5, after=[*TRUNK[:30], *longer])], even_longer],
        "restart": [],
    }[name]
    with opened(tmp_path) as (store, file):
        assert file.load() == tree
        with pytest.raises(ZeroDivisionError):
            fail_after(store, file, tree, *batches)
        assert file.read(0, 100) == b"".join(TRUNK[:39])
        if name == "restart":
            with pytest.raises(ZeroDivisionError):
                restart_and_fail(store, file)
        put(store, file, tree, TRUNK[39:])
    assert loaded(tmp_path).best.headers == b"".join(TRUNK)


def restart_and_fail(store: Store, file: HeaderFile) -> None:
    """Give the chain up, begin with another, and fail."""
    with store.transaction() as tx:
        file.restart(tx, ANEW)
        file.save(tx, extend(ANEW, b"".join(TRUNK[1:5]), FAR_FUTURE))
        raise ZeroDivisionError


def test_a_chain_is_given_up_for_another(tmp_path: Path) -> None:
    written(tmp_path, TRUNK[1:])
    other = chain(EASY, 5, salt=5)
    with opened(tmp_path) as (store, file):
        file.load()
        with store.transaction() as tx:
            file.restart(tx, ANEW)
            file.save(tx, extend(ANEW, b"".join(other), FAR_FUTURE))
            assert (tmp_path / FILE_NAME).read_bytes() == b"".join(TRUNK)
            assert file.read(0, 100) == b"".join([GENESIS, *other])
        assert file.read(0, 100) == b"".join([GENESIS, *other])
    assert loaded(tmp_path).best.headers == b"".join([GENESIS, *other])


def up_to(tree: HeaderTree, height: int) -> HeaderTree:
    """As a checkpoint there leaves it."""
    at = tree.hash_at(height)
    assert at is not None
    firm = replace(tree, rules=replace(EASY, checkpoints={height: at})).firm()
    assert firm is not None
    return replace(firm, rules=EASY)


@pytest.mark.parametrize("height", [37, 38, 39, 40])
@pytest.mark.parametrize("once", [True, False])
def test_a_chain_is_given_up_as_far_as_no_checkpoint_proves_it(
    tmp_path: Path, height: int, once: bool
) -> None:
    """Where others took the place of its last ones before, or do so at the same moment."""
    kept = [*TRUNK[:-2], *FORK][: height + 1]
    other = chain(EASY, 5, after=kept, salt=5)
    tree = written(tmp_path, TRUNK[1:])
    with opened(tmp_path) as (store, file):
        tree = file.load()
        change = extend(tree, b"".join(FORK), FAR_FUTURE)
        firm = up_to(change.tree, height)
        assert firm.best.headers == b"".join(kept)
        with store.transaction() as tx:
            file.save(tx, change)
            if once:
                file.restart(tx, firm)
        if not once:
            with store.transaction() as tx:
                file.restart(tx, firm)
        assert file.read(0, 100) == b"".join(kept)
    assert loaded(tmp_path).work == firm.work
    assert loaded(tmp_path).best.headers == b"".join(kept)
    grows_on(tmp_path, other)
    assert loaded(tmp_path).best.headers == b"".join([*kept, *other])


@settings(max_examples=30)
@given(st.data())
def test_whatever_comes_and_wherever_it_ends_the_last_durable_chain_is_loaded(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Appends and reorganisations, some in one transaction; the machine stops before a commit, or
    after it and before the file has it all, or in between at any byte."""
    folder = tmp_path_factory.mktemp("wallet")
    durable, salt = [GENESIS], 0
    for _ in range(data.draw(st.integers(1, 6), "lives")):
        ends = data.draw(st.sampled_from(["before", "after", "well"]), "ends")
        with opened(folder, Dying if ends == "after" else HeaderFile) as (store, file):
            tree, headers = file.load(), list(durable)
            assert tree.best.headers == b"".join(durable)
            try:
                with store.transaction() as tx:
                    for _ in range(data.draw(st.integers(1, 3), "changes")):
                        salt += 1
                        depth = data.draw(st.integers(0, min(5, len(headers) - 1)), "depth")
                        kept = headers[: len(headers) - depth]
                        more = data.draw(st.integers(1, 4), "more")
                        headers = [*kept, *chain(EASY, depth + more, after=kept, salt=salt)]
                        change = extend(tree, b"".join(headers[len(kept) :]), FAR_FUTURE)
                        file.save(tx, change)
                        tree = change.tree
                    assert file.read(0, 1_000) == b"".join(headers)
                    if ends == "before":
                        raise Crash
            except Crash:
                pass
        if ends != "before":
            durable = headers
        if ends == "after" and data.draw(st.booleans(), "in between"):
            path, new = folder / FILE_NAME, b"".join(durable)
            at = data.draw(st.integers(0, len(new)), "byte")
            path.write_bytes(new[:at] + path.read_bytes()[at:])
    with opened(folder) as (_, file):
        assert file.load().best.headers == b"".join(durable)
        assert file.lost == 0


def test_a_damaged_header_is_noticed_where_it_is_read_and_the_file_cut_there(
    tmp_path: Path,
) -> None:
    headers = [GENESIS, *chain(EASY, KEPT + 300)]
    written(tmp_path, *(headers[at : at + 2_000] for at in range(1, len(headers), 2_000)))
    content = bytearray((tmp_path / FILE_NAME).read_bytes())
    content[50 * HEADER_SIZE + 40] ^= 1
    (tmp_path / FILE_NAME).write_bytes(content)
    with opened(tmp_path) as (store, file):
        tree = file.load()
        assert tree.height == len(headers) - 1
        assert file.hash_at(49) == sha256d(headers[49])
        with pytest.raises(HeadersDamaged):
            file.hash_at(50)
        assert file.replay().height == 49
        assert file.lost == len(headers) - 50
        tree = put(store, file, file.load(), headers[50:60])
        assert tree.height == 59
    assert loaded(tmp_path).height == 59


@pytest.mark.parametrize("content", [b"", b"text", GENESIS[:79], bytes(80 * 50)])
def test_a_file_that_is_none_begins_anew(tmp_path: Path, content: bytes) -> None:
    written(tmp_path, TRUNK[1:])
    (tmp_path / FILE_NAME).write_bytes(content)
    assert loaded(tmp_path, lost=40) == HeaderTree.begin(EASY)
    grows_on(tmp_path, TRUNK[1:])


def test_the_file_of_another_network_is_not_believed(tmp_path: Path) -> None:
    written(tmp_path, TRUNK[1:])
    (tmp_path / FILE_NAME).write_bytes(b"".join(signet_headers()[:41]))
    assert loaded(tmp_path, lost=40) == HeaderTree.begin(EASY)
    with Store(tmp_path) as store:
        file = HeaderFile(store, rules_of(Network.SIGNET))
        assert file.load() == HeaderTree.begin(rules_of(Network.SIGNET))
        file.close()


def test_a_database_without_the_file_begins_anew(tmp_path: Path) -> None:
    written(tmp_path, TRUNK[1:])
    (tmp_path / FILE_NAME).unlink()
    assert loaded(tmp_path, lost=40).height == 0


def test_where_the_mark_is_damaged_the_file_says_how_far_it_holds(tmp_path: Path) -> None:
    tree = written(tmp_path, TRUNK[1:])
    with Store(tmp_path) as store, store.transaction() as tx:
        tx.write("UPDATE singles SET body = x'00' WHERE name = 'headers'")
    assert loaded(tmp_path) == tree
    with Store(tmp_path) as store, store.transaction() as tx:
        tx.write("UPDATE singles SET body = x'00' WHERE name = 'headers'")
    (tmp_path / FILE_NAME).write_bytes(b"")
    assert loaded(tmp_path).height == 0
    grows_on(tmp_path, TRUNK[1:])


def test_a_file_without_its_mark_is_nothing(tmp_path: Path) -> None:
    written(tmp_path / "one", TRUNK[1:])
    (tmp_path / "two").mkdir()
    shutil.copy(tmp_path / "one" / FILE_NAME, tmp_path / "two" / FILE_NAME)
    assert loaded(tmp_path / "two").height == 0


def test_what_the_disk_refuses_is_not_committed(tmp_path: Path) -> None:
    """No file may be longer than 2,500 bytes: as on a disk that is full in the midst of a write."""
    tree = written(tmp_path, TRUNK[1:30])
    with opened(tmp_path) as (store, file):
        file.load()
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_500, hard))
        try:
            with pytest.raises(StoreError):
                put(store, file, tree, TRUNK[30:])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, before)
    assert loaded(tmp_path) == tree
    grows_on(tmp_path, TRUNK[30:])
