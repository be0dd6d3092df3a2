"""BOLT 8, appendix A: every handshake, good and bad, and a thousand messages with two rotations."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lnwallet_tui.bitcoin.curve import ecdh, public_key
from lnwallet_tui.peer.errors import BadMac, HandshakeFailed
from lnwallet_tui.peer.noise import Cipher, Initiator, Responder

BOLT8 = json.loads((Path(__file__).parents[1] / "vectors/bolts/bolt08.json").read_text())


class Side:
    """One side of a vector's handshake: feed it the inputs, compare the outputs."""

    def __init__(self, vector: dict[str, Any]) -> None:
        static, ephemeral = bytes.fromhex(vector["ls.priv"]), bytes.fromhex(vector["e.priv"])
        assert public_key(static).hex() == vector["ls.pub"]
        assert public_key(ephemeral).hex() == vector["e.pub"]
        self.noise: Initiator | Responder
        if vector["role"] == "initiator":
            remote = bytes.fromhex(vector["rs.pub"])
            initiator = Initiator(partial(ecdh, static), public_key(static), remote, ephemeral)
            self.noise, self.output = initiator, initiator.act_one()
            self.reads = [initiator.act_two]
        else:
            responder = Responder(partial(ecdh, static), public_key(static), ephemeral)
            self.noise, self.output = responder, b""
            self.reads = [responder.act_one, responder.act_three]

    def feed(self, data: bytes) -> None:
        self.output = self.reads.pop(0)(data)

    def refuses(self, data: bytes) -> str:
        """The code of the error, empty for none."""
        try:
            self.feed(data)
        except HandshakeFailed as failed:
            return failed.code
        return ""


@pytest.mark.parametrize("vector", BOLT8["handshakes"], ids=lambda vector: vector["name"])
def test_handshake(vector: dict[str, Any]) -> None:
    side, refused = Side(vector), ""
    for kind, value in vector["steps"]:
        if kind == "output":
            assert side.output.hex() == value
        elif kind == "error":
            # The vectors say which version came in some places only.
            assert refused.removesuffix(" 1") == value.removesuffix(" 1")
        else:
            refused = side.refuses(bytes.fromhex(value))
    assert bool(refused) == (vector["steps"][-1][0] == "error")
    if "keys" in vector:
        keys = vector["keys"]
        sending, receiving = side.noise.ciphers()
        assert (sending._key.hex(), receiving._key.hex()) == (keys["sk"], keys["rk"])


def test_the_responder_learns_who_dialled() -> None:
    [vector] = [v for v in BOLT8["handshakes"] if v["name"].startswith("transport-responder succ")]
    side = Side(vector)
    for kind, value in vector["steps"]:
        if kind == "input":
            side.feed(bytes.fromhex(value))
    [dialling] = [v for v in BOLT8["handshakes"] if v["name"].startswith("transport-initiator s")][
        :1
    ]
    assert side.output.hex() == dialling["ls.pub"]


def ciphers() -> tuple[Cipher, Cipher]:
    """The sending cipher of the message vectors, and one that reads what it writes."""
    test = BOLT8["messages"]
    chaining_key, key = bytes.fromhex(test["ck"]), bytes.fromhex(test["sk"])
    return Cipher(chaining_key, key), Cipher(chaining_key, key)


def test_messages_over_two_key_rotations() -> None:
    test = BOLT8["messages"]
    plaintext = bytes.fromhex(test["plaintext"])
    sending, receiving = ciphers()
    packets = [sending.seal(plaintext) for _ in range(1002)]
    for number, packet in test["outputs"].items():
        assert packets[int(number)].hex() == packet
    for packet in packets:
        length = int.from_bytes(receiving.decrypt(packet[:18]), "big")
        assert receiving.decrypt(packet[18:]) == plaintext
        assert length == len(plaintext)


def test_a_changed_bit_is_noticed() -> None:
    sending, receiving = ciphers()
    packet = bytearray(sending.seal(b"hello"))
    packet[3] ^= 1
    with pytest.raises(BadMac):
        receiving.decrypt(bytes(packet[:18]))


def test_a_repeated_packet_is_noticed() -> None:
    sending, receiving = ciphers()
    packet = sending.seal(b"hello")
    receiving.decrypt(packet[:18])
    with pytest.raises(BadMac):
        receiving.decrypt(packet[:18])
