# SPDX-License-Identifier: Apache-2.0
"""Writes down the public names of every package, so that a change of them is seen in a review.

``python -m tools.public_api`` prints them, ``--write`` renews the list that a test compares with.
"""

import argparse
import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PINS = ROOT / "test" / "architecture" / "public_api.txt"
PACKAGES = ("vla_ros", "vla_safety", "vla_sim")


def exported(path: Path) -> list[str]:
    """Return the names in ``__all__`` of a module, sorted; empty where it has none."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        targets = [target.id for target in getattr(node, "targets", []) if isinstance(target, ast.Name)]
        if isinstance(node, ast.Assign) and "__all__" in targets:
            return sorted(ast.literal_eval(node.value))
    return []


def public_names() -> Iterator[str]:
    """Yield ``package.subpackage.Name`` of every name that a package exports, in order."""
    for package in PACKAGES:
        folder = ROOT / "src" / package
        for path in sorted((folder / package).rglob("__init__.py")):
            module = ".".join(path.parent.relative_to(folder).parts)
            yield from (f"{module}.{name}" for name in exported(path))


def main() -> int:
    """Print the names or write them to the pinned list."""
    parser = argparse.ArgumentParser(prog="python -m tools.public_api", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", action="store_true", help=f"write {PINS.relative_to(ROOT)}")
    text = "".join(f"{name}\n" for name in public_names())
    if parser.parse_args().write:
        PINS.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
