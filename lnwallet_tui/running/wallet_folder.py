"""A wallet's folder: where it is, and the small file in it that says for ever which network it is
for, and since when it can have had coins."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
import platformdirs

from lnwallet_tui import durable
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.birthday import FIRST_WALLET

RECORD: Final = "wallet.json"
_FORMAT: Final = 1
_PLAYGROUND: Final = "world.json"  # as the playground's diary calls its page

A_DAY: Final = 86_400
"""Seconds before the making of a wallet that are looked at, too: a machine's clock may be wrong by
hours, and so may blocks."""
SUGGESTED: Final = Network.SIGNET
"""Real blocks, coins without value."""


class FolderError(Exception):
    """The folder is not what is asked for. The message is a plain sentence; `code` is stable."""

    code = "bad_folder"

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


class OtherNetwork(FolderError):
    """Its wallet is for another network."""

    code = "wrong_network"


class WhichWallet(FolderError):
    """More than one could be meant."""

    code = "which_network"


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is fixed when the wallet is made. `birthday` is in Unix seconds, 0 while it is not
    known; `node_id` (hex) that of its keys, empty before there was a node; `stays` whether the node
    goes on when the screen that started it is closed, None as long as nobody was asked; `restored`
    whether the words were taken from paper; `proxy` (`host:port`) through which everybody is
    reached, empty where there is none."""

    format: int
    network: Network
    birthday: int = 0
    node_id: str = ""
    stays: bool | None = None
    restored: bool = False
    proxy: str = ""


class WalletFolder:
    """The folder of one wallet, with its record."""

    def __init__(self, path: Path, record: Record) -> None:
        self.path: Final = path
        self._record = record

    @classmethod
    def at(cls, path: Path, network: Network | None) -> WalletFolder:
        """As it is, or as it will be once something is noted: a folder that has no wallet yet is
        for `network`. Raises `FolderError`."""
        if holds_playground(path):
            raise FolderError(
                f"{path} holds a world of the playground.",
                "Name another folder; this one opens with: lnwallet-tui play --folder DIR",
            )
        known = _read(path)
        theirs = known.network if known is not None else _of_seed_file(path)
        if theirs is None and network is None:
            raise WhichWallet(f"There is no wallet in {path} yet.", "Say for which --network.")
        if theirs is not None and network not in (None, theirs):
            assert network is not None
            raise other_network(path, network)
        meant = theirs or network
        assert meant is not None
        return cls(path, known or Record(_FORMAT, meant))

    @property
    def network(self) -> Network:
        """For which its keys and addresses are."""
        return self._record.network

    @property
    def birthday(self) -> int:
        """Unix seconds; the oldest that can be where nobody noted one. Blocks of a regtest are of
        whatever date their maker likes: there it is the first one."""
        if self.network is Network.REGTEST:
            return 0
        return self._record.birthday or FIRST_WALLET

    @property
    def has_birthday(self) -> bool:
        """Whether somebody noted one."""
        return self._record.birthday != 0

    @property
    def node_id(self) -> str:
        """Hex; empty before there was a node."""
        return self._record.node_id

    def make(self) -> None:
        """Make the folder where it is not there, readable by its owner only. Raises
        `FolderError`."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _cannot(self.path, error) from error

    @property
    def stays(self) -> bool | None:
        """Whether the node goes on without the screen; None where nobody was asked."""
        return self._record.stays

    @property
    def restored(self) -> bool:
        """Whether its words were taken from paper."""
        return self._record.restored

    @property
    def proxy(self) -> str:
        """What it was last told to reach everybody through (`host:port`); empty: nothing."""
        return self._record.proxy

    def note(
        self,
        *,
        birthday: int | None = None,
        node_id: str | None = None,
        stays: bool | None = None,
        restored: bool | None = None,
        proxy: str | None = None,
    ) -> None:
        """Write the record, with these in it. Raises `FolderError`."""
        now = self._record
        new = Record(
            _FORMAT,
            self.network,
            now.birthday if birthday is None else birthday,
            now.node_id if node_id is None else node_id,
            now.stays if stays is None else stays,
            now.restored if restored is None else restored,
            now.proxy if proxy is None else proxy,
        )
        if new == self._record and (self.path / RECORD).exists():
            return
        self.make()
        try:
            text = msgspec.json.format(msgspec.json.encode(new), indent=1) + b"\n"
            durable.replace(self.path / RECORD, text)
        except OSError as error:
            raise _cannot(self.path, error) from error
        self._record = new


def other_network(path: Path, asked: Network) -> OtherNetwork:
    """The wallet in `path` is not for the network that was asked for."""
    return OtherNetwork(
        f"The wallet in {path} is not for {asked.value}.",
        "Leave out --network, or name another folder.",
    )


def holds_playground(path: Path) -> bool:
    """Whether a world of the playground lives there."""
    return (path / _PLAYGROUND).exists()


def holds_wallet(path: Path) -> bool:
    """Whether a wallet was made there, or begun to be."""
    return (path / RECORD).exists() or _of_seed_file(path) is not None


def home_of(network: Network) -> Path:
    """Where the wallet of that network lives unless somebody says otherwise."""
    return platformdirs.user_data_path("lnwallet-tui", appauthor=False) / network.value


def home_of_marks() -> Path:
    """Where it is kept how far wallets have come: in no folder of a wallet, nor above one, so that
    nobody who puts wallets back from a copy puts that back."""
    return platformdirs.user_state_path("lnwallet-tui-marks", appauthor=False)


def existing() -> list[Network]:
    """The networks for which there is a wallet at its usual place."""
    return [one for one in Network if (home_of(one) / RECORD).exists()]


def meant(datadir: Path | None, network: Network | None) -> Path:
    """The folder of the wallet that is asked for: the one that is named, or that of the network, or
    the only one that there is; the suggested network's where there is none. Raises
    `WhichWallet`."""
    if datadir is not None:
        return datadir.absolute()  # who reads an answer may stand elsewhere
    if network is not None:
        return home_of(network)
    there = existing()
    if len(there) > 1:
        names = ", ".join(one.value for one in there)
        raise WhichWallet(f"There are several wallets here: {names}.", "Say which --network.")
    return home_of(there[0] if there else SUGGESTED)


def network_of(datadir: Path | None, network: Network | None) -> Network | None:
    """The network that a new wallet there is for, as far as it was said."""
    return SUGGESTED if network is None and datadir is None else network


def _read(folder: Path) -> Record | None:
    path = folder / RECORD
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _cannot(folder, error) from error
    try:
        if (found := msgspec.json.decode(text, type=_Format).format) > _FORMAT:
            raise FolderError(
                f"A newer version of lnwallet-tui wrote {path} (format {found}).",
                "Start the newer version.",
            )
        return msgspec.json.decode(text, type=Record)
    except msgspec.MsgspecError as error:
        raise FolderError(f"{path} is damaged.", "Put it back from a copy.") from error


class _Format(msgspec.Struct):
    format: int


def _of_seed_file(folder: Path) -> Network | None:
    """Of a wallet whose record is gone, or whose seed file alone was put back."""
    from lnwallet_tui.keys import custody  # with all that opens envelopes; most commands need none
    from lnwallet_tui.keys.custody_errors import CustodyError

    try:
        return custody.look(folder).header.network
    except CustodyError:
        return None


def _cannot(path: Path, error: OSError) -> FolderError:
    reason = error.strerror or type(error).__name__
    return FolderError(f"{path} cannot be used ({reason}).", "Choose another folder.")
