"""The frame around each message: magic, command, length, checksum; and a reader fed with bytes.

frames = Deframer(Network.MAINNET)
frames.feed(data)
while message := frames.next_message(): ...
"""

from __future__ import annotations

from typing import Final

from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.p2p.codec import MOST_PAYLOAD, command_of, decode, encode, most_payload
from lnwallet_tui.p2p.errors import BadChecksum, Malformed, P2pError, TooLong, WrongNetwork
from lnwallet_tui.p2p.message import Message

MAGIC: Final = {  # Core: src/kernel/chainparams.cpp, pchMessageStart; BIP94 for testnet4
    Network.MAINNET: bytes.fromhex("f9beb4d9"),
    Network.TESTNET4: bytes.fromhex("1c163f28"),
    Network.SIGNET: bytes.fromhex("0a03cf40"),  # of the default challenge
    Network.REGTEST: bytes.fromhex("fabfb5da"),
}
HEADER: Final = 24
_COMMAND: Final = 12


def frame(network: Network, message: Message) -> bytes:
    """The message as it goes over a connection."""
    command, payload = command_of(message).encode("ascii"), encode(message)
    assert len(command) <= _COMMAND
    length = len(payload).to_bytes(4, "little")
    return MAGIC[network] + command.ljust(_COMMAND, b"\0") + length + _checksum(payload) + payload


class Deframer:
    """Cuts a stream into messages.

    It holds at most one message that is not complete yet, and what was fed since the last call of
    `next_message`. After an error the stream is lost: the same error comes again.
    """

    def __init__(self, network: Network) -> None:
        self._magic: Final = MAGIC[network]
        self._buffer = bytearray()
        self._awaited: tuple[str, int, bytes] | None = None  # command, length, checksum
        self._lost: P2pError | None = None

    def feed(self, data: bytes) -> None:
        """More of the stream; taken up by `next_message`, until which nothing is judged."""
        if self._lost is None:
            self._buffer += data

    def next_message(self) -> Message | None:
        """The next one, or None until more was fed. Raises `P2pError`: hang up."""
        if self._lost is not None:
            raise self._lost
        try:
            return self._next()
        except P2pError as error:
            self._lost = error
            self._buffer.clear()
            raise

    def _next(self) -> Message | None:
        if self._awaited is None and not self._read_header():
            return None
        assert self._awaited is not None
        command, length, checksum = self._awaited
        if len(self._buffer) < length:
            return None
        payload = self._take(length)
        self._awaited = None
        if _checksum(payload) != checksum:
            raise BadChecksum(f"{command}: the checksum is of another payload")
        return decode(command, payload)

    def _read_header(self) -> bool:
        # Judged as soon as it is there: another network may send nothing more.
        if not self._magic.startswith(self._buffer[:4]):
            raise WrongNetwork("the magic is not our network's")
        if len(self._buffer) < HEADER:
            return False
        header = self._take(HEADER)
        command = _command(header[4:16])
        length = int.from_bytes(header[16:20], "little")
        most = min(most_payload(command), MOST_PAYLOAD)
        if length > most:
            raise TooLong(f"{command} of {length} bytes; {most} at most may be")
        self._awaited = command, length, header[20:]
        return True

    def _take(self, length: int) -> bytes:
        taken = bytes(memoryview(self._buffer)[:length])
        del self._buffer[:length]
        return taken


def _command(field: bytes) -> str:
    command = field.rstrip(b"\0")
    if not all(0x20 <= byte <= 0x7E for byte in command):
        raise Malformed("a command has printable ASCII characters, then zeros")
    return command.decode("ascii")


def _checksum(payload: bytes) -> bytes:
    return sha256d(payload)[:4]
