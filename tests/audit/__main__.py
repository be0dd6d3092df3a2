"""The command line of the audit."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.audit.auditor import Auditor, Row
from tests.audit.facts import Contradiction, read_lines
from tests.audit.ledger import read_blocks


def table(rows: list[Row]) -> str:
    """What was found where, in msat."""
    names = sorted({name for row in rows for name in row.people})
    head = f"{'step':<20}{'height':>7}" + "".join(f"{name:>20}" for name in names)
    lines = [head + f"{'anchors':>12}{'fees so far':>18}"]
    for row in rows:
        people = "".join(f"{row.people.get(name, 0):>20}" for name in names)
        lines.append(f"{row.step:<20}{row.height:>7}{people}{row.anchors:>12}{row.fees:>18}")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """0 and a table, or 1 and the first contradiction."""
    if len(arguments) != 2:
        print("usage: python -m tests.audit TOUR_JSON_FILE BLOCKS_FILE", file=sys.stderr)
        return 2
    tour, blocks = (Path(argument).read_bytes() for argument in arguments)
    try:
        auditor = Auditor(read_blocks(blocks))
        print(table([auditor.check(line) for line in read_lines(tour)]))
    except Contradiction as contradiction:
        print(f"contradiction: {contradiction}", file=sys.stderr)
        return 1
    print("every millisatoshi is at an owner or was paid as a fee")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
