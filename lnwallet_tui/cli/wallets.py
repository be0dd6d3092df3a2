"""The verbs around a wallet's process: how its node is started, and how a wallet is made, brought
back, locked, unlocked and its node ended."""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path
from typing import Any

NETWORKS = ("mainnet", "signet", "testnet4", "regtest")
_FOR_NODE = (("--chain-peer", "append"), ("--listen", "store"), ("--proxy", "store"))
"""Options of `node` that can stand at the screen, too, with argparse's action."""
NO_PROXY = "none"


def add_verbs(verbs: Any) -> None:
    """Add their parsers to argparse's `verbs`."""
    _add_node(_verb(verbs, "node", "run the wallet's node here, without a screen", _run_node))
    create = _verb(verbs, "create", "make a wallet of new words", _run_create)
    _add_keeping(create)
    restore = _verb(verbs, "restore", "bring a wallet back from its words", _run_restore)
    restore.description = (
        "Bring a wallet back from its 12 or 24 words, which are typed at the terminal or come in "
        "on standard input, never on the command line."
    )
    _add_keeping(restore)
    restore.add_argument(
        "--birthday",
        type=_month,
        metavar="YYYY-MM",
        help="the month in which it was made; looks no further back (default: November 2026, since "
        "when this program makes wallets)",
    )
    restore.add_argument(
        "--backup",
        type=Path,
        metavar="FILE",
        help="its channel backup: the peers of the channels in it are asked to close them",
    )
    _verb(verbs, "lock", "have nothing done that moves money, until it is unlocked", _run_errand)
    unlock = _verb(verbs, "unlock", "open the wallet, by its keyring or a passphrase", _run_errand)
    add_passphrase(unlock)
    stop = _verb(verbs, "stop", "end the node, in order", _run_errand)
    stop.description = "End the node, in order. A guard goes on, and watches from then on."
    stop.add_argument(
        "--guard",
        action="store_true",
        help="end the guard instead: nothing watches the channels then, unless a node does",
    )


def add_screen(parser: Any) -> None:
    """The options of the screen itself, which is what is opened where no verb stands. Their names
    are others than those of the verbs' own, which would replace what was said before the verb."""
    screen = parser.add_argument_group("the screen, where no command is named")
    screen.add_argument("--datadir", dest="of_screen_datadir", type=Path, metavar="DIR")
    screen.add_argument("--network", dest="of_screen_network", choices=NETWORKS)
    screen.add_argument(
        "--config",
        dest="of_screen_config",
        type=Path,
        metavar="DIR",
        help="the folder for your config.toml and themes; made if it is not there",
    )
    screen.add_argument(
        "--when-closed",
        dest="of_screen_when_closed",
        choices=("stays", "ends"),
        help="what becomes of the node when the screen that started it is closed",
    )
    for name, how in _FOR_NODE:
        screen.add_argument(
            name,
            dest=_dest(name),
            action=how,
            type=_proxy if name == "--proxy" else _host_and_port,
            metavar="HOST:PORT",
            help="as of the command node, for a node that is started",
        )


def proxy_said(options: argparse.Namespace) -> str | None:
    """The proxy that the command names, empty where it wants none; None where it says nothing."""
    return "" if options.proxy == NO_PROXY else options.proxy


def _dest(option: str) -> str:
    return f"of_screen_{option[2:].replace('-', '_')}"


def for_node(options: argparse.Namespace) -> list[tuple[str, str]]:
    """What was said for a node that the screen starts: each option, with its HOST:PORT."""
    said: list[tuple[str, str]] = []
    for name, _ in _FOR_NODE:
        value = getattr(options, _dest(name)) or []
        for one in value if isinstance(value, list) else [value]:
            said.append((name, one))
    return said


def misplaced(options: argparse.Namespace) -> str:
    """A sentence about an option of the screen before a verb; empty where there is none."""
    for name, value in vars(options).items():
        if name.startswith("of_screen_") and value is not None:
            option = name.removeprefix("of_screen_").replace("_", "-")
            return f"--{option} stands behind the command: lnwallet-tui COMMAND --{option}"
    return ""


def add_place(parser: Any) -> None:
    """Which wallet is meant."""
    parser.add_argument(
        "--datadir", type=Path, metavar="DIR", help="the wallet's folder, where its node runs"
    )
    parser.add_argument(
        "--network",
        choices=NETWORKS,
        help="the network of the wallet that is meant, where no folder is named",
    )


def _verb(verbs: Any, name: str, what: str, run: Any) -> Any:
    parser = verbs.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
    add_place(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object, also for errors")
    parser.set_defaults(run=run, verb=name)
    return parser


def _add_node(node: Any) -> None:
    node.description = (
        "Run the node of a wallet in this process until it is stopped. Screens and the other "
        "commands ask it. With --json it prints what it tells, one JSON object a line."
    )
    add_ways_out(node)
    node.add_argument(
        "--listen",
        type=_host_and_port,
        metavar="HOST:PORT",
        help="let Lightning peers dial this wallet here, and open channels to it (off unless "
        "named)",
    )
    node.add_argument("--detached", action="store_true", help=argparse.SUPPRESS)
    add_passphrase(node)


def _add_keeping(parser: Any) -> None:
    parser.add_argument(
        "--keep",
        choices=("keyring", "passphrase", "both"),
        help="what opens the file with the words (default: the passphrase that is given, else the "
        "keyring)",
    )
    add_passphrase(parser)


def add_ways_out(parser: Any) -> None:
    """How the Bitcoin network is reached."""
    parser.add_argument(
        "--chain-peer",
        action="append",
        default=[],
        type=_host_and_port,
        metavar="HOST:PORT",
        help="ask only this Bitcoin node; may be named again for others",
    )
    parser.add_argument(
        "--proxy",
        type=_proxy,
        metavar="HOST:PORT",
        help="reach everybody through this SOCKS5 proxy (Tor), from now on; none: directly again",
    )


def add_passphrase(parser: Any) -> None:
    """Where a passphrase is read from."""
    one = parser.add_mutually_exclusive_group()
    one.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="PATH",
        help="the passphrase is this file's first line",
    )
    one.add_argument(
        "--passphrase-fd", type=int, metavar="N", help="the same from an open file descriptor"
    )


def _host_and_port(text: str) -> str:
    from lnwallet_tui.net.address import split_address

    try:
        host, port = split_address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no HOST:PORT: {error}") from None
    if host == text or not text.endswith(f":{port}"):
        raise argparse.ArgumentTypeError(f"{text!r} names no port")
    return text


def _proxy(text: str) -> str:
    return text if text == NO_PROXY else _host_and_port(text)


def _month(text: str) -> int:
    """The first second of a month (Unix seconds)."""
    try:
        day = datetime.datetime.strptime(text, "%Y-%m").replace(tzinfo=datetime.UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no month like 2026-11") from None
    return max(1, int(day.timestamp()))


def _run_node(options: argparse.Namespace) -> int:
    from lnwallet_tui.cli import serving

    return serving.run(options)


def _run_create(options: argparse.Namespace) -> int:
    from lnwallet_tui.cli import making

    return making.run(options, making.create)


def _run_restore(options: argparse.Namespace) -> int:
    from lnwallet_tui.cli import making

    return making.run(options, making.restore)


def _run_errand(options: argparse.Namespace) -> int:
    from lnwallet_tui.cli import errand

    return errand.run(options, may_ask=False)
