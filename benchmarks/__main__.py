# SPDX-License-Identifier: Apache-2.0
"""Command line of the benchmarks: lists them, runs one, writes its figures. Measures nothing itself.

A benchmark is a module ``benchmarks/NAME.py`` with a docstring, whose first line the list shows, and a function
``run(quick: bool) -> dict[str, float]`` that returns figures by key.
"""

import argparse
import ast
import difflib
import importlib
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import Report

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results"


def is_benchmark(path: Path) -> bool:
    """Tell whether a module has a function ``run`` at its top, without importing it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(node, ast.FunctionDef) and node.name == "run" for node in tree.body)


def names() -> list[str]:
    """Return the names of all benchmarks, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_") and is_benchmark(path))


def first_line(name: str) -> str:
    """Return the first line of a benchmark's docstring."""
    docstring = ast.get_docstring(ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0]


def unknown_name_message(name: str) -> str:
    """Return the sentence for a name that is no benchmark."""
    nearest = difflib.get_close_matches(name, names(), n=1)
    hint = f"; did you mean {nearest[0]}?" if nearest else "."
    return f"no benchmark {name!r}{hint} There are: {', '.join(names()) or 'none'}"


def checked(figures: dict[str, float]) -> dict[str, float]:
    """Return the figures as plain floats.

    Raises:
        ValueError: A figure is not a finite number.
    """
    plain = {key: float(value) for key, value in figures.items()}
    wrong = [key for key, value in plain.items() if not math.isfinite(value)]
    if wrong:
        raise ValueError(f"figures that are not finite numbers: {', '.join(wrong)}")
    return plain


def write_json(report: Report, target: str | None, *, quick: bool) -> None:
    """Write the report where ``--json`` says; without it, full runs are kept in ``results/``."""
    text = json.dumps(report.as_dict(), indent=None if target == "-" else 2)
    if target == "-":
        print(text)
        return
    if target is None and quick:
        return
    path = Path(target) if target else RESULTS / f"{report.name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")
    print(f"written: {path}", file=sys.stderr)


def print_list() -> None:
    """Print the name and first line of every benchmark."""
    width = max((len(name) for name in names()), default=0)
    for name in names():
        print(f"{name:{width}}  {first_line(name)}")


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="List the benchmarks, or run one.")
    parser.add_argument("name", nargs="?", help="benchmark to run; without it all are listed")
    parser.add_argument("--quick", action="store_true", help="a shorter run that ends within 50 s on 2 cores")
    parser.add_argument(
        "--json", metavar="FILE", help="where to write the figures; - prints one object on the last line"
    )
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """List the benchmarks or run one; return the exit code."""
    options = parsed(arguments)
    if options.name is None:
        print_list()
        return 0
    if options.name not in names():
        print(f"error: {unknown_name_message(options.name)}", file=sys.stderr)
        return 2
    run: Callable[[bool], dict[str, float]] = importlib.import_module(f"benchmarks.{options.name}").run
    report = Report.now(options.name, checked(run(options.quick)))
    for key, value in report.figures.items():
        print(f"{key:32} {value:.6g}", file=sys.stderr if options.json == "-" else sys.stdout)
    write_json(report, options.json, quick=options.quick)
    return 0


if __name__ == "__main__":
    sys.exit(main())
