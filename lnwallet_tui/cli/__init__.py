"""The command line: what can be asked for, and nothing else.

Whatever carries a request out is imported only then, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from lnwallet_tui import complaints
from lnwallet_tui.cli import asking, guard_verb, wallets
from lnwallet_tui.cli.parsing import ForPrograms, Parser, wants_json
from lnwallet_tui.loading import loading

_ENGINE: Final = "pbk"
_WORLD: Final = "world.json"  # as the playground's diary calls its page
_BEFORE_A_WORLD: Final = {"wallet.lock", "blocks.hex"}  # what a first visit leaves that ended early
_SEED: Final = "wallet.seed"  # which stays when a world is thrown away
_INTERRUPTED, _NOBODY_READS = 130, 141
_DEFAULT_SEED: Final = 1
_NO_ENGINE: Final = """\
The playground needs Bitcoin Core's consensus engine, which is not installed here.
Install it with:  {python} -m pip install 'lnwallet-tui[play]'
or, from a checkout:  {python} -m pip install '.[play]'
"""
_NO_SCREEN: Final = "Or see the story without a screen: lnwallet-tui play --tour\n"
_COMMANDS_WORK: Final = "A node that runs goes on. All commands work here: lnwallet-tui --help\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 1 failed, 2 misunderstood, 130 interrupted,
    141 nobody reads what it prints (as shells have it)."""
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        return _INTERRUPTED
    except BrokenPipeError:
        complaints.discard_output()
        return _NOBODY_READS


def _run(arguments: Sequence[str] | None) -> int:
    words = sys.argv[1:] if arguments is None else arguments
    parser = _parser(as_json=wants_json(words))
    options = parser.parse_args(words)
    run: Callable[[argparse.Namespace], int] | None = options.run
    if run is None and (lack := _no_screen()):
        sys.stderr.write(f"{lack}\n{_COMMANDS_WORK}")
        return 1
    if run is not None and (wrong := wallets.misplaced(options)):
        parser.error(wrong)
    return (run or _open_screen)(options)


def _parser(*, as_json: bool = False) -> argparse.ArgumentParser:
    kind = ForPrograms if as_json else Parser
    parser = kind(
        prog="lnwallet-tui", description="A Lightning wallet in the terminal on its own light node."
    )
    parser.add_argument("--version", action="version", version=version("lnwallet-tui"))
    parser.set_defaults(run=None, verb="")
    wallets.add_screen(parser)
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=kind)
    _add_play(verbs.add_parser("play", help="a small Lightning network in this process"))
    doctor = verbs.add_parser(
        "doctor",
        help="what this machine offers, and what to do where something is missing",
        description="Say what this machine offers, and what to do where something is missing.",
    )
    doctor.set_defaults(run=_doctor)
    wallets.add_verbs(verbs)
    guard_verb.add(verbs)
    asking.add_verbs(verbs)
    return parser


def _open_screen(options: argparse.Namespace) -> int:
    with loading():
        from lnwallet_tui import attach
        from lnwallet_tui.bitcoin.network import Network

    if options.of_screen_config is not None and not complaints.is_made(options.of_screen_config):
        return 1
    chosen = options.of_screen_network
    return attach.run(
        options.of_screen_datadir,
        None if chosen is None else Network(chosen),
        options.of_screen_config or _settings(),
        options=wallets.for_node(options),
        stays={"stays": True, "ends": False}.get(options.of_screen_when_closed),
    )


def _add_play(play: argparse.ArgumentParser) -> None:
    play.description = (
        "Open a wallet on a small Lightning network that lives inside this process: real keys, "
        "real signatures and Bitcoin Core's rules, but no real money. You advance the time. "
        "Without --folder the world is forgotten at the end."
    )
    play.add_argument("--tour", action="store_true", help="tell the whole story without a screen")
    play.add_argument("--json", action="store_true", help="the tour as one JSON object a line")
    play.add_argument(
        "--seed", type=_seed, metavar="N", help="which world: the same N, the same one (default: 1)"
    )
    play.add_argument(
        "--blocks", type=Path, metavar="FILE", help="write the tour's chain, one block a line, hex"
    )
    play.add_argument(
        "--folder", type=Path, metavar="DIR", help="keep the world here, to come back to it"
    )
    play.add_argument(
        "--config",
        type=Path,
        metavar="DIR",
        help="the folder for your config.toml and themes; made if it is not there",
    )
    play.set_defaults(run=_play, parser=play)


def _seed(text: str) -> int:
    if not text.isdecimal() or not text.isascii() or len(text) > 18:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 10^18 - 1")
    return int(text)


def _play(options: argparse.Namespace) -> int:
    wrong = _what_is_wrong(options)
    if wrong:
        options.parser.error(wrong)
    if find_spec(_ENGINE) is None:
        sys.stderr.write(_NO_ENGINE.format(python=sys.executable))
        return 1
    if not options.tour and (lack := _no_screen()):
        sys.stderr.write(f"{lack}\n{_NO_SCREEN}")
        return 1
    with loading():
        from lnwallet_tui import launch

    seed = _DEFAULT_SEED if options.seed is None else options.seed
    if options.tour:
        return launch.tour(seed, options.folder, options.blocks, as_json=options.json)
    if options.config is not None and not complaints.is_made(options.config):
        return 1
    return launch.play(seed, options.folder, options.config or _settings())


def _settings() -> Path:
    """The folder with the user's settings, as the system has it."""
    import platformdirs

    return platformdirs.user_config_path("lnwallet-tui", appauthor=False)


def _no_screen() -> str:
    """Why no screen can be drawn here, and what to do; empty where one can."""
    from lnwallet_tui import doctor

    finding = doctor.screen(os.environ, (sys.stdin, sys.stdout, sys.stderr))
    return f"{finding.found}.\n{finding.remedy}" if finding.remedy else ""


def _what_is_wrong(options: argparse.Namespace) -> str:
    """A sentence about options that do not go together; empty where they do."""
    if not options.tour and (options.json or options.blocks):
        return "--json and --blocks go with --tour"
    if options.tour and options.config is not None:
        return "--config is for the screen; --tour has none"
    if options.config is not None and _is_a_file(options.config):
        return f"{options.config} is no folder; --config names the one for config.toml and themes"
    if options.folder is None:
        return ""
    try:
        return _what_is_wrong_with_folder(options)
    except OSError as error:
        return f"{options.folder} cannot be used ({error.strerror}); choose another folder"


def _is_a_file(path: Path) -> bool:
    """Whether something that is no folder has this name; no name is too long to be asked for."""
    return os.path.exists(path) and not os.path.isdir(path)


def _what_is_wrong_with_folder(options: argparse.Namespace) -> str:
    if _is_free(options.folder):
        return ""
    if not (options.folder / _WORLD).is_file():
        return f"{options.folder} is not an empty folder; choose a new one"
    if options.tour or options.seed is not None:
        return f"{options.folder} holds a world already; --tour and --seed are for new ones"
    return ""


def _is_free(folder: Path) -> bool:
    """Whether a new world's files can go there without mixing with others'."""
    if not folder.exists():
        return True
    if not folder.is_dir():
        return False
    names = {path.name for path in folder.iterdir()}
    return {name for name in names if not name.startswith(_SEED)} <= _BEFORE_A_WORLD


def _doctor(_options: argparse.Namespace) -> int:
    from lnwallet_tui import doctor

    return doctor.run()
