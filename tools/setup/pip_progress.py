# SPDX-License-Identifier: Apache-2.0
"""Short progress from pip output on stdin. Appends all of it to a log file; fails where pip reports an error."""

import re
import sys
from pathlib import Path

WIDTH = 100


def summary(line: str) -> str | None:
    """Return what of a line of pip's output is progress, or None."""
    collecting = re.match(r"Collecting ([\w.\[\]-]+)", line)
    if collecting:
        return collecting.group(1)
    if line.startswith("Installing collected packages"):
        return f"installing {line.count(',') + 1} packages …"
    return None


def main(log_path: Path) -> int:
    """Copy stdin to the log, show one word per package, and return 1 where pip printed an error."""
    failed, column, terminal = False, 0, sys.stderr.isatty()
    with log_path.open("a", encoding="utf-8") as log:
        for line in sys.stdin:
            log.write(line)
            log.flush()
            if line.startswith("ERROR"):
                failed = True
                print(f"\n{line.rstrip()[:400]}", file=sys.stderr)
            word = summary(line)
            if word is None:
                continue
            column += len(word) + 1
            start = "\r\033[K      " if terminal else "\n      " if column == len(word) + 1 or column > WIDTH else " "
            column = len(word) + 2 if column > WIDTH else column
            print(f"{start}{word}", end="", file=sys.stderr, flush=True)
    print("\r\033[K" if terminal else "", end="" if terminal else "\n", file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
