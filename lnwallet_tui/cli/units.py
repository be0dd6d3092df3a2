"""What has a system start the guard by itself: printed for its owner to read and to install."""

from __future__ import annotations

import plistlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_CREDENTIAL: Final = "lnwallet-guard"
_ENCRYPTED: Final = ".config/lnwallet-guard.credential"

_SYSTEMD: Final = """\
# A unit of your own systemd, for the guard of the wallet in
#   {folder}
# Read it, then save it as ~/.config/systemd/user/lnwallet-guard.service
#
# The guard's passphrase (not the wallet's) is read from a credential, which this makes:
#   systemd-ask-password -n | systemd-creds --user encrypt --name={credential} - ~/{encrypted}
# Whoever is root on this machine, or can run programs as you, can read it. With it a thief can take
# no coin and close no channel; in a channel that is closed he could race you for what is yours.
# Where systemd is older than 256, write the passphrase into a file that only you may read, and put
#   LoadCredential={credential}:FILE
# in the place of LoadCredentialEncrypted.
#
# Then: systemctl --user daemon-reload && systemctl --user enable --now lnwallet-guard
# To have it run while you are not logged in: loginctl enable-linger

[Unit]
Description=Guard of a Lightning wallet (lnwallet-tui)

[Service]
Type=notify
WatchdogSec=300
LoadCredentialEncrypted={credential}:%h/{encrypted}
ExecStart={command}
Restart=on-failure
RestartSec=30
NoNewPrivileges=yes
LimitCORE=0
UMask=0077

[Install]
WantedBy=default.target
"""

_LABEL: Final = "lnwallet-tui.guard"
_LAUNCHD_SAYS: Final = """\
Save this as ~/Library/LaunchAgents/{label}.plist, then: launchctl load -w that file
The guard's passphrase (not the wallet's) is read from {passphrase}: write it there, and let nobody
else read that file (chmod 600). Whoever can read it can take no coin and close no channel; in a
channel that is closed he could race you for what is yours.
"""


def systemd(folder: Path, options: Sequence[str]) -> str:
    """A user unit of systemd."""
    words = [*map(quoted, [*guard(folder), *options]), "--passphrase-file", f"%d/{_CREDENTIAL}"]
    return _SYSTEMD.format(
        folder=quoted(str(folder)),
        credential=_CREDENTIAL,
        encrypted=_ENCRYPTED,
        command=" ".join(words),
    )


def launchd(folder: Path, options: Sequence[str]) -> tuple[str, str]:
    """An agent of launchd, and what is to be said of it, which cannot stand in the file."""
    passphrase = folder / "guard.passphrase"
    plist = {
        "Label": _LABEL,
        "ProgramArguments": [*guard(folder), *options, "--passphrase-file", str(passphrase)],
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 30,
        "Umask": 0o077,
    }
    return plistlib.dumps(plist).decode(), _LAUNCHD_SAYS.format(label=_LABEL, passphrase=passphrase)


def guard(folder: Path) -> list[str]:
    """What runs the verb."""
    return [sys.executable, "-m", "lnwallet_tui", "guard", "--datadir", str(folder)]


def quoted(word: str) -> str:
    """As systemd reads it (systemd.service, "COMMAND LINES")."""
    for mark, instead in (("\\", r"\\"), ('"', r"\""), ("%", "%%"), ("$", "$$"), ("\n", r"\n")):
        word = word.replace(mark, instead)
    is_plain = bool(word) and not set(word) & set(" \t;'\"\\")
    return word if is_plain else f'"{word}"'
