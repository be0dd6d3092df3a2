"""A keyring in memory that answers as a test wants: not at all, with an error, or by forgetting."""

from __future__ import annotations

import threading

from keyring import errors

from lnwallet_tui.keys.custody_errors import NoUsableKeyring
from lnwallet_tui.keys.keyring_vault import Backend, KeyringVault
from tests.keys.test_keyring_vault import GoodKeyring

NAME = "The keyring of the tests"


class MoodyKeyring(GoodKeyring):
    """Good, until it is told otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.is_missing = False
        self.is_locked = False
        self.is_gone = False
        self.dies_after_writing = False
        self.forgets = False
        self.answers = threading.Event()
        self.answers.set()
        self.was_asked = threading.Event()
        self.is_found = threading.Event()
        self.is_found.set()

    def get_password(self, service: str, username: str) -> str | None:
        self._answer()
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self._answer()
        if not self.forgets:
            super().set_password(service, username, password)
        self.is_gone = self.is_gone or self.dies_after_writing

    def delete_password(self, service: str, username: str) -> None:
        self._answer()
        super().delete_password(service, username)

    def _answer(self) -> None:
        self.was_asked.set()
        assert self.answers.wait(60), "nobody let it answer"
        if self.is_locked:
            raise errors.KeyringLocked("its owner declined")
        if self.is_gone:
            raise errors.InitError("no such name on the bus")

    # -- as the program finds it
    def find(self) -> Backend | None:
        """The only keyring here."""
        assert self.is_found.wait(60), "nobody let it be found"
        return None if self.is_missing else Backend(self, NAME)

    def vault(self) -> KeyringVault:
        """As `KeyringVault.open`."""
        found = self.find()
        if found is None:
            raise NoUsableKeyring
        return KeyringVault(found)
