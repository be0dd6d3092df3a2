"""The verb `guard`: what watches a wallet's channels while no node of it runs."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Any

from lnwallet_tui.cli import wallets

UNITS = ("systemd", "launchd")
REMINDERS = ("service", "timer", "launchd")
_NOT_WITH_BUNDLE = {
    "datadir": "wallet",
    "passphrase_file": "passphrase",
    "passphrase_fd": "passphrase",
}


def add(verbs: Any) -> None:
    """Add its parser to argparse's `verbs`."""
    guard = verbs.add_parser(
        "guard",
        help="watch the wallet's channels while it is closed",
        description=(
            "Watch a wallet's channels while it is closed: take what an old state of a peer's "
            "would give it, and payments before their deadlines. The guard has neither the "
            "wallet's words nor a key that spends its coins. It watches beside a node that waits "
            "for a passphrase, hands over to it once the wallet is open, and stands by until it "
            "ends. It ends with ctrl+c, or while it watches with: lnwallet-tui stop --guard"
        ),
    )
    wallets.add_place(guard)
    guard.add_argument(
        "--json", action="store_true", help="one JSON object a line, also for errors"
    )
    _add_what_else(guard.add_mutually_exclusive_group())
    wallets.add_ways_out(guard)
    wallets.add_passphrase(guard)
    guard.set_defaults(run=partial(_run, guard), verb="guard")


def _add_what_else(what: Any) -> None:
    """Instead of watching a wallet."""
    what.add_argument(
        "--prepare",
        action="store_true",
        help="choose the guard's passphrase, while the wallet's node runs and is unlocked",
    )
    what.add_argument(
        "--print-unit",
        nargs="?",
        const=UNITS[0],
        choices=UNITS,
        help="print what has the system start the guard (default: systemd); nothing is installed",
    )
    what.add_argument(
        "--remind",
        action="store_true",
        help="show a notice on the desktop if nothing watches and the date is near until which "
        "nothing need; for a timer",
    )
    what.add_argument(
        "--print-reminder",
        nargs="?",
        const=REMINDERS[0],
        choices=REMINDERS,
        help="print what has the system do that each hour: a service of systemd's (the default), "
        "its timer, or an agent of launchd's; nothing is installed",
    )
    what.add_argument(
        "--export-bundle",
        type=Path,
        metavar="FILE",
        help="write penalties that are signed already, for a second machine: no key is in them; "
        "needs the guard's passphrase, typed or in a file",
    )
    what.add_argument(
        "--bundle",
        type=Path,
        metavar="FILE",
        help="watch with such a file alone, without a wallet",
    )


def _run(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    from lnwallet_tui.cli import guarding

    if options.bundle is not None:
        for name, without in _NOT_WITH_BUNDLE.items():
            if getattr(options, name) is not None:
                option = name.replace("_", "-")
                parser.error(f"--bundle watches without a {without}: leave out --{option}")
    return guarding.run(options)
