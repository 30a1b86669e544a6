# SPDX-License-Identifier: Apache-2.0
"""Short progress lines from pip's output. Appends the whole output to a log file; fails where pip reports an error."""

import sys
from pathlib import Path


def main(log_path: Path) -> int:
    """Copy stdin to the log, print one line per package, and return 1 where pip printed an error."""
    failed = False
    with log_path.open("a", encoding="utf-8") as log:
        for line in sys.stdin:
            log.write(line)
            log.flush()
            words = line.split()
            if line.startswith("Collecting ") or line.lstrip().startswith("Downloading "):
                print(f"\r\033[K      {' '.join(words)[:100]}", end="", file=sys.stderr, flush=True)
            elif line.startswith(("Installing", "Building", "Obtaining")):
                print(f"\r\033[K      {words[0]} {len(words) - 3} packages …", end="", file=sys.stderr, flush=True)
            elif line.startswith("ERROR"):
                failed = True
                print(f"\r\033[K      {line.rstrip()[:400]}", file=sys.stderr)
    print("\r\033[K", end="", file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
