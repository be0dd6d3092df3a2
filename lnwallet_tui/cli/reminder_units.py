"""What has a system look each hour whether somebody is to be reminded: printed for its owner to
read and to install. It runs while he is logged in, which is when a desktop can show a notice."""

from __future__ import annotations

import plistlib
import shlex
from pathlib import Path
from typing import Final

from lnwallet_tui.cli.units import guard, quoted

_SERVICE: Final = """\
# A unit of your own systemd, for the wallet in
#   {folder}
# It shows a notice on the desktop when the date draws near until which the wallet may be closed and
# nothing watches its channels. It reads that date and nothing else: no words, no key.
#
# Read it and the timer, then save both:
#   {command_line} --print-reminder service > ~/.config/systemd/user/lnwallet-reminder.service
#   {command_line} --print-reminder timer > ~/.config/systemd/user/lnwallet-reminder.timer
# Then: systemctl --user daemon-reload && systemctl --user enable --now lnwallet-reminder.timer

[Unit]
Description=Reminder of a Lightning wallet (lnwallet-tui)

[Service]
Type=oneshot
ExecStart={command}
NoNewPrivileges=yes
LimitCORE=0
UMask=0077
"""

_TIMER: Final = """\
# Each hour, and soon after a start that missed one. It goes with lnwallet-reminder.service, in
# which it is said how both are installed.

[Unit]
Description=Reminder of a Lightning wallet (lnwallet-tui), each hour

[Timer]
OnCalendar=hourly
OnStartupSec=5min
Persistent=yes

[Install]
WantedBy=timers.target
"""

_LABEL: Final = "lnwallet-tui.reminder"
_LAUNCHD_SAYS: Final = """\
Save this as ~/Library/LaunchAgents/{label}.plist, then: launchctl load -w that file
It shows a notice when the date draws near until which the wallet may be closed. It reads that date
and nothing else: no words, no key.
"""


def of(kind: str, folder: Path) -> tuple[str, str]:
    """The file of that kind, and what is to be said of it beside it."""
    match kind:
        case "timer":
            return _TIMER, ""
        case "launchd":
            return _agent(folder), _LAUNCHD_SAYS.format(label=_LABEL)
        case _:
            return _service(folder), ""


def _service(folder: Path) -> str:
    pasted = shlex.quote(str(folder)).replace("\n", "?")  # it stands in a comment, on one line
    return _SERVICE.format(
        folder=quoted(str(folder)),
        command_line=f"lnwallet-tui guard --datadir {pasted}",
        command=" ".join(map(quoted, [*guard(folder), "--remind"])),
    )


def _agent(folder: Path) -> str:
    plist = {
        "Label": _LABEL,
        "ProgramArguments": [*guard(folder), "--remind"],
        "RunAtLoad": True,
        "StartInterval": 3_600,
        "Umask": 0o077,
    }
    return plistlib.dumps(plist).decode()
