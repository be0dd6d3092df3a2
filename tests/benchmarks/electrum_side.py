"""Electrum's side of a benchmark: run by the Python that Debian's Electrum is installed for.

It reads a line `WORK TIMES`, does the work that often, and answers with the nanoseconds of CPU time
that took; what the work is made of comes before, as one line of JSON.
"""

from __future__ import annotations

# mypy: disable-error-code="import-not-found"
import json
import sys
import time
from collections.abc import Callable
from typing import Any


def main() -> None:
    from electrum import constants
    from electrum.lnaddr import lndecode
    from electrum.lnonion import OnionHopsDataSingle, new_onion_packet, process_onion_packet
    from electrum.util import bfh

    given = json.loads(sys.stdin.readline())
    pubkeys = [bfh(one) for one in given["pubkeys"]]
    session_key, secret = bfh(given["session_key"]), bfh(given["secret"])
    payloads, associated = [bfh(one) for one in given["payloads"]], bfh(given["associated"])
    constants.set_regtest()

    def build() -> object:
        hops = []
        for payload in payloads:
            hop = OnionHopsDataSingle(is_tlv_payload=True)
            hop._raw_bytes_payload = payload
            hops.append(hop)
        return new_onion_packet(pubkeys, session_key, hops, associated)

    packet: Any = build()

    def peel() -> object:
        return process_onion_packet(packet, associated, secret)

    def decode() -> object:
        return [lndecode(invoice) for invoice in given["invoices"]]

    assert packet.to_bytes().hex() == given["packet"], "both build the same onion"
    print("ready", flush=True)
    work: dict[str, Callable[[], object]] = {"build": build, "peel": peel, "decode": decode}
    for line in sys.stdin:
        name, times = line.split()
        began = time.process_time_ns()
        for _ in range(int(times)):
            work[name]()
        print(time.process_time_ns() - began, flush=True)


main()
