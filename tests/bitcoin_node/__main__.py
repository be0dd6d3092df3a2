"""The process:

    python -m tests.bitcoin_node [--port N] [--behaviour JSON]... [--blocks N] [--seed TEXT]
                                [--unchecked]

Its first line names the ports; then it does what it is told on stdin (`commands`), and ends when
that is closed.
"""

from __future__ import annotations

import argparse
import asyncio
import signal

import msgspec

from lnwallet_tui.playground.engine import Engine
from tests.bitcoin_node.behaviour import HONEST, Behaviour
from tests.bitcoin_node.commands import Commands
from tests.bitcoin_node.control import Control, say
from tests.bitcoin_node.doors import House
from tests.bitcoin_node.world import World


async def run(engine: Engine, options: argparse.Namespace) -> None:
    """Until it is told to end."""
    world = World(engine, options.seed.encode(), unchecked=options.unchecked)
    house = House(world)
    behaviours = [msgspec.json.decode(one, type=Behaviour) for one in options.behaviour]
    await world.mine(options.blocks, None)
    for at, behaviour in enumerate(behaviours or [HONEST]):
        await house.add(behaviour, 0 if at else options.port)
    serving = asyncio.create_task(Control(Commands(house)).serve(), name="control")
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    say({"ports": [door.port for door in house.doors]})
    try:
        await serving
    except asyncio.CancelledError:
        pass
    finally:
        await house.close()


def main() -> None:
    """See above."""
    parser = argparse.ArgumentParser(prog="tests.bitcoin_node")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--behaviour", action="append", default=[])
    parser.add_argument("--blocks", type=int, default=0)
    parser.add_argument("--seed", default="bitcoin node")
    parser.add_argument("--unchecked", action="store_true")
    options = parser.parse_args()
    with Engine() as engine:
        asyncio.run(run(engine, options))


if __name__ == "__main__":
    main()
