"""Electrum as a child process: its daemon, with everything it keeps in one folder."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from tests.peers.electrum import rpc
from tests.peers.ldk.process import PATIENCE_SECONDS, ChildFailed

PROGRAM: Final = Path("/usr/bin/electrum")
_LOOK_AGAIN_SECONDS: Final = 0.05
_SHOWN_OF_LOG: Final = 6_000
T = TypeVar("T")


class Daemon:
    """The process; what it logs is appended to `log`."""

    def __init__(self, process: asyncio.subprocess.Process, socket: Path, log: Path) -> None:
        self._process = process
        self._socket = socket
        self._log = log

    @classmethod
    async def start(cls, folder: Path, config: Mapping[str, object], log: Path) -> Daemon:
        """Run it in `folder`, and return once it answers. A config that is there is kept."""
        home = folder / "regtest"
        home.mkdir(parents=True, exist_ok=True)
        socket = home / "rpc"
        written = home / "config"
        if not written.exists():
            access = {"rpcsock": "unix", "rpcsockpath": str(socket)}
            login = {"rpcuser": rpc.USER, "rpcpassword": rpc.PASSWORD}
            written.write_bytes(msgspec.json.encode({**config, **access, **login}))
        command = (str(PROGRAM), "daemon", "--regtest", "-D", str(folder), "-v")
        # Nothing of our environment: it runs on the system's Python and packages.
        environment = {"HOME": str(folder), "PATH": os.defpath, "LC_ALL": "C.UTF-8"}
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *command, env=environment, cwd=folder, stdout=output, stderr=output
            )
        daemon = cls(process, socket, log)
        await daemon._answers()
        return daemon

    async def call(
        self, method: str, params: Mapping[str, object], answer: type[T], patience: float
    ) -> T:
        """Ask, for at most `patience` seconds."""
        try:
            async with asyncio.timeout(patience):
                raw = await rpc.call(self._socket, method, params)
        except TimeoutError:
            raise self._failure(f"{method}: no answer") from None
        except (OSError, rpc.RpcFailed) as error:
            raise self._failure(f"{method}: {error}") from None
        return msgspec.json.decode(raw, type=answer)

    async def stop(self) -> None:
        """End it as a user does; harmless when it has ended."""
        if self._process.returncode is not None:
            return
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                with suppress(OSError, rpc.RpcFailed):  # it may be gone before it has answered
                    await rpc.call(self._socket, "stop", {})
                await self._process.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it where it stands."""
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    def log_tail(self) -> str:
        """The end of what it logged."""
        return self._log.read_text(errors="replace")[-_SHOWN_OF_LOG:]

    async def _answers(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not await self._is_up():  # noqa: ASYNC110  # nobody tells us when
                    await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        except TimeoutError:
            await self.kill()
            raise self._failure("it does not come up") from None

    async def _is_up(self) -> bool:
        if self._process.returncode is not None:
            raise self._failure(f"it ended with {self._process.returncode}")
        try:
            await rpc.call(self._socket, "ping", {})
        except OSError:
            return False
        return True

    def _failure(self, what: str) -> ChildFailed:
        return ChildFailed(f"{self._log.stem}: {what}\n--- its log ends with:\n{self.log_tail()}")
