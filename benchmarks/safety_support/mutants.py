# SPDX-License-Identifier: Apache-2.0
"""Mutation test of the safety core: small faults are put into its code, and the tests have to fail.

    python -m benchmarks.safety_support.mutants --sample 200 --json benchmarks/results/safety_mutants.json

A mutant changes one operator, comparison, boolean, `min` or `max`, or number of one function (constants of modules are
data, and left out). Those of a seeded sample are tried, each in a process of its own, until a test fails; those of
kernels run as plain Python. All meet the same examples of hypothesis, and none is kept: one that fails for a mutant is
not tried on the next. Oracle, adversaries and nodes are not asked: a survivor may still be found by them, so the score
is a lower bound. A run that was interrupted goes on where it was.

Mutants of which it is certain that nothing changes (`EQUIVALENT`) are neither tried nor counted. They are listed one by
one: a larger scratch array, for example, is often one of them, but not where it is summed, or read from its end.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.report import Report
from benchmarks.safety_support.episodes import interval

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "vla_safety" / "vla_safety"
TESTS = ROOT / "test" / "vla_safety"
LEFT_OUT = ("warm_up.py",)  # no part of the core; so are the nodes
OF_KERNELS = ("kernels", "limits", "projection", "test_rotations.py", "test_reference_sampler.py")
OF_THE_REST = ("test_acceptance.py", "test_supervision.py", "test_config.py", "test_controller_watch.py")
OF_THE_REST += ("test_splice.py", "test_recovery.py", "test_steady_grade.py", "limits", "projection")
OF_THE_REST += ("test_rotations.py", "test_reference_sampler.py", "test_decision_record.py", "test_filter.py")
OF_THE_REST += ("test_held_stop.py", "test_follower.py", "test_arm_model.py")
HANGS = 4.0  # times as long as without a mutant: found by that
SIBLING: dict[type, type] = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
SIBLING |= {ast.Pow: ast.Mult, ast.And: ast.Or, ast.Or: ast.And, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
SIBLING |= {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
NEGATED: dict[type, type] = {ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt}
SWAPPED = {"min": "max", "max": "min"}
# Key as in the results: what is changed, and why no behaviour can differ.
EQUIVALENT = {
    "kernels/advance.py:206 #227": ("4 -> 5", "scratch: `evaluate` writes and `detour` reads the first four numbers"),
    "kernels/collision_rows.py:27 #1": ("3 -> 4", "scratch: the first three numbers are written and read, one by one"),
    "kernels/distance.py:145 #202": ("3 -> 4", "scratch: the closest points are written and never read"),
    "kernels/inverse.py:125 #144": ("0.0 -> 1.0", "overwritten before it is read, in the first of 30 iterations"),
    "kernels/inverse.py:129 #145": ("3 -> 4", "`rotation_error` reads the first three rows of what it is given"),
    "kernels/stop.py:35 #5": (
        "reached >= 0.0 -> reached > 0.0",
        "differs where the speed is zero once the acceleration is: either sign gives the one phase that ends both",
    ),
}


def with_operator(node: ast.AST, table: dict[type, type]) -> list[ast.AST]:
    """Return the expression with its (first) operator exchanged by a table, if that has it."""
    changed = copy.deepcopy(node)
    if isinstance(changed, ast.Compare) and type(changed.ops[0]) in table:
        changed.ops[0] = table[type(changed.ops[0])]()
        return [changed]
    if isinstance(changed, ast.BinOp | ast.BoolOp) and type(changed.op) in table:
        changed.op = table[type(changed.op)]()
        return [changed]
    return []


def with_value(node: ast.AST) -> list[ast.AST]:
    """Return a number that is one more, a boolean negated, a call of the other one of `min` and `max`."""
    changed = copy.deepcopy(node)
    if isinstance(changed, ast.Constant) and type(changed.value) in (int, float):
        changed.value += 1
        return [changed]
    if isinstance(changed, ast.Constant) and type(changed.value) is bool:
        changed.value = not changed.value
        return [changed]
    if isinstance(changed, ast.Call) and isinstance(changed.func, ast.Name) and changed.func.id in SWAPPED:
        changed.func.id = SWAPPED[changed.func.id]
        return [changed]
    return []


def changes(node: ast.AST) -> list[ast.AST]:
    """Return what ``node`` may be replaced by."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        return [node.operand]
    return [change for table in (SIBLING, NEGATED) for change in with_operator(node, table)] + with_value(node)


def is_code(node: ast.AST) -> bool:
    """Return whether a statement's expressions are run when a function is."""
    return not isinstance(node, ast.arguments | ast.AnnAssign | ast.Raise | ast.JoinedStr)


def places(tree: ast.AST) -> list[tuple[ast.AST, str, int | None]]:
    """Return every (parent, field, index) of an expression in a function's body."""
    found: list[tuple[ast.AST, str, int | None]] = []

    def visit(node: ast.AST, inside: bool) -> None:  # noqa: FBT001 - private recursion
        inside = inside or isinstance(node, ast.FunctionDef)
        for name, value in ast.iter_fields(node):
            if name in ("decorator_list", "returns", "annotation"):
                continue
            for index, item in enumerate(value) if isinstance(value, list) else ((None, value),):
                if not isinstance(item, ast.AST) or not is_code(item):
                    continue
                if inside and isinstance(item, ast.expr):
                    found.append((node, name, index))
                visit(item, inside)

    visit(tree, inside=False)
    return found


def mutants(tree: ast.AST) -> list[tuple[ast.AST, str, int | None, ast.AST]]:
    """Return every (parent, field, index, replacement) of a module."""
    out = []
    for parent, field, index in places(tree):
        node = getattr(parent, field) if index is None else getattr(parent, field)[index]
        out += [(parent, field, index, change) for change in changes(node)]
    return out


def mutated(path: Path, number: int) -> str:
    """Return the source of one mutant of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parent, field, index, change = mutants(tree)[number]
    if index is None:
        setattr(parent, field, change)
    else:
        getattr(parent, field)[index] = change
    return ast.unparse(ast.fix_missing_locations(tree))


def key_of(mutant: tuple[str, int, int]) -> str:
    """Return the name of a mutant in the results."""
    return "{}:{} #{}".format(*mutant)


def what_changes(name: str, number: int) -> str:
    """Return the expression that a mutant changes, and what it becomes."""
    parent, field, index, change = mutants(ast.parse((PACKAGE / name).read_text(encoding="utf-8")))[number]
    node = getattr(parent, field) if index is None else getattr(parent, field)[index]
    return f"{ast.unparse(node)} -> {ast.unparse(change)}"


def without_equivalent(chosen: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Return those that a test can find; a list that the code has outgrown ends the run."""
    for key in EQUIVALENT.keys() & {key_of(mutant) for mutant in chosen}:
        name, number = key.split(":")[0], int(key.split("#")[1])
        if what_changes(name, number) != EQUIVALENT[key][0]:
            raise SystemExit(f"error: {key} is another mutant by now than the list of equivalent ones says")
    return [mutant for mutant in chosen if key_of(mutant) not in EQUIVALENT]


def population() -> list[tuple[str, int, int]]:
    """Return (file, line, number within the file) of every mutant of the core."""
    files = sorted(path for path in PACKAGE.rglob("*.py") if "nodes" not in path.parts and path.name not in LEFT_OUT)
    out = []
    for path in files:
        found = mutants(ast.parse(path.read_text(encoding="utf-8")))
        name = str(path.relative_to(PACKAGE))
        out += [(name, getattr(parent, "lineno", 0), number) for number, (parent, *_) in enumerate(found)]
    return out


RUNNER = """
import sys, importlib.abc, importlib.util, pytest
name, path, tests = sys.argv[1], sys.argv[2], sys.argv[3:]
class Mutant(importlib.abc.MetaPathFinder):
    def find_spec(self, wanted, *_):
        return importlib.util.spec_from_file_location(wanted, path) if wanted == name else None
class Same:
    @pytest.hookimpl(tryfirst=True)
    def pytest_load_initial_conftests(self):
        from hypothesis import settings
        settings.register_profile("same", derandomize=True, database=None)
        settings.load_profile("same")
sys.meta_path.insert(0, Mutant())
options = ["-x", "-q", "--no-header", "-p", "no:randomly", "-p", "no:cacheprovider", "--timeout=0"]
sys.exit(pytest.main([*tests, *options], plugins=[Same()]))
"""


def ask(name: str, source: Path, limit_s: float) -> bool:
    """Return whether all tests pass with the text of ``source`` in the place of the core's file ``name``."""
    module = ".".join(("vla_safety", *Path(name).with_suffix("").parts)).removesuffix(".__init__")
    of_kernel = name.startswith("kernels")
    tests = [str(TESTS / item) for item in (OF_KERNELS if of_kernel else OF_THE_REST)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"} | ({"NUMBA_DISABLE_JIT": "1"} if of_kernel else {})
    command = [sys.executable, "-c", RUNNER, module, str(source), *tests]
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, timeout=limit_s, capture_output=True, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def limits_s() -> dict[bool, float]:
    """Return for kernels and for the rest how long tests may take; without a mutant they have to pass."""
    limits = {}
    for of_kernel, name in ((True, "kernels/stop.py"), (False, "latch.py")):
        begin = time.monotonic()
        if not ask(name, PACKAGE / name, 3600.0):
            raise SystemExit(f"error: the tests fail without a mutant (of {name}): there is nothing to measure")
        limits[of_kernel] = HANGS * (time.monotonic() - begin)
    return limits


def is_found(mutant: tuple[str, int, int], folder: Path, limits: dict[bool, float]) -> bool:
    """Return whether a test fails on a mutant."""
    name, _, number = mutant
    path = folder / f"{name.replace('/', '_')}_{number}.py"
    path.write_text(mutated(PACKAGE / name, number), encoding="utf-8")
    return not ask(name, path, limits[name.startswith("kernels")])


def figures(results: dict[str, bool], count: int, equivalent: int) -> dict[str, float]:
    """Return the score with its interval: of those that were tried, without ``equivalent`` ones of the sample."""
    found = sum(results.values())
    low, high = interval(found, len(results))
    return {
        "mutants": count,
        "equivalent": equivalent,
        "tried": len(results),
        "found": found,
        "score": found / len(results),
        "score_low": low,
        "score_high": high,
    }


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after so long; run again to go on")
    parser.add_argument("--json", type=Path, help="results, from which a run goes on")
    options = parser.parse_args()
    everyone = population()
    chosen = random.Random(options.seed).sample(everyone, min(options.sample, len(everyone)))
    asked = without_equivalent(chosen)
    results: dict[str, bool] = {}
    if options.json and options.json.exists():
        earlier = json.loads(options.json.read_text(encoding="utf-8"))["mutants"]
        results = {key: earlier[key] for key in map(key_of, asked) if key in earlier}
    limits = limits_s()
    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"mutants_{os.getpid()}"
    folder.mkdir()
    end = time.monotonic() + options.seconds

    def attempt(mutant: tuple[str, int, int]) -> tuple[str, bool | None]:
        key = key_of(mutant)
        return key, None if key in results or time.monotonic() > end else is_found(mutant, folder, limits)

    with ThreadPoolExecutor(options.workers) as pool:
        for key, found in pool.map(attempt, asked):
            if found is None:
                continue
            results[key] = found
            print(f"{len(results)} {'found' if found else 'SURVIVED'} {key}", flush=True)
            if options.json:
                score = figures(results, len(everyone), len(chosen) - len(asked))
                report = Report.now("safety_mutants", score).as_dict()
                options.json.write_text(json.dumps(report | {"mutants": results}, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures(results, len(everyone), len(chosen) - len(asked)), indent=1))


if __name__ == "__main__":
    main()
