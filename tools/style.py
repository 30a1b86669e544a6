# SPDX-License-Identifier: Apache-2.0
"""Checks the bars of the house style that ruff has no rule for: sizes, nesting, headers and docstrings.

``python -m tools.style [PATH…]`` prints one line per finding and exits 1 where there is one. Tests are held to the
header and file size only.
"""

import argparse
import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SPDX = "SPDX-License-Identifier: Apache-2.0"
MAX_FILE_LINES = 400
MAX_NODE_LINES = 150
MAX_LAUNCH_LINES = 120
MAX_FUNCTION_LINES = 60
MAX_NESTING = 3
MAX_PARAMETERS = 5
MAX_ATTRIBUTES = 12
MAX_METHODS = 15
MAX_PUBLIC_NAMES = 15
VAGUE_NAMES = {"utils.py", "util.py", "helpers.py", "common.py", "misc.py"}
HEADER_SUFFIXES = {".py", ".sh", ".cmake", ".toml"}

Function = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach of a bar."""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


def nesting(node: ast.AST, level: int = 0) -> int:
    """Return the deepest nesting of blocks inside a function; inner functions and classes count for themselves."""
    level += isinstance(node, BLOCKS)
    scopes = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    inner = [nesting(child, level) for child in ast.iter_child_nodes(node) if not isinstance(child, scopes)]
    return max([level, *inner])


def body_lines(node: Function) -> int:
    """Return the lines of a function without its docstring."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node) is None:
        return lines
    docstring = node.body[0]
    return lines - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def parameters(node: Function) -> int:
    """Return the number of parameters that may be given by position, without self and cls."""
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    return sum(name not in {"self", "cls"} for name in names)


def attributes(node: ast.ClassDef) -> int:
    """Return the number of attributes that the methods of a class assign on self."""
    stores = (
        child for child in ast.walk(node) if isinstance(child, ast.Attribute) and isinstance(child.ctx, ast.Store)
    )
    return len({store.attr for store in stores if isinstance(store.value, ast.Name) and store.value.id == "self"})


def function_findings(node: Function, *, mirrors_ros: bool) -> Iterator[str]:
    """Yield what breaks a bar in one function."""
    if (lines := body_lines(node)) > MAX_FUNCTION_LINES:
        yield f"{node.name}: {lines} lines, at most {MAX_FUNCTION_LINES}"
    if (depth := nesting(node)) > MAX_NESTING:
        yield f"{node.name}: nested {depth} deep, at most {MAX_NESTING}"
    is_public = not (mirrors_ros or node.name.startswith("_"))
    if is_public and (count := parameters(node)) > MAX_PARAMETERS:
        yield f"{node.name}: {count} positional parameters, at most {MAX_PARAMETERS}; group them in a dataclass"
    if node.returns is None and node.name != "__init__":
        yield f"{node.name}: no return annotation"


def class_findings(node: ast.ClassDef, *, mirrors_ros: bool) -> Iterator[str]:
    """Yield what breaks a bar in one class."""
    if (count := attributes(node)) > MAX_ATTRIBUTES:
        yield f"{node.name}: {count} attributes, at most {MAX_ATTRIBUTES}"
    methods = sum(isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) for child in node.body)
    if not mirrors_ros and methods > MAX_METHODS:
        yield f"{node.name}: {methods} methods, at most {MAX_METHODS}"


def public_names(tree: ast.Module) -> int:
    """Return the length of ``__all__``, 0 where there is none."""
    for node in tree.body:
        targets = [target.id for target in getattr(node, "targets", []) if isinstance(target, ast.Name)]
        if "__all__" in targets and isinstance(node, ast.Assign) and isinstance(node.value, ast.List | ast.Tuple):
            return len(node.value.elts)
    return 0


def line_bar(path: Path) -> int:
    """Return how many lines a file may have, by its kind."""
    if path.name.endswith(".launch.py"):
        return MAX_LAUNCH_LINES
    is_node = path.name.endswith("node.py") and "embedded_ros2" not in path.parts and "test" not in path.parts
    return MAX_NODE_LINES if is_node else MAX_FILE_LINES


def source_findings(path: Path, text: str) -> Iterator[Finding]:
    """Yield what breaks a bar in one Python source that is no test."""
    tree = ast.parse(text)
    # The embedded runtime has the signatures of the ROS 2 API, long ones too.
    mirrors_ros = "embedded_ros2" in path.parts
    if ast.get_docstring(tree) is None and text.strip():
        yield Finding(path, 1, "no module docstring that says what is here and what is not")
    if path.name in VAGUE_NAMES:
        yield Finding(path, 1, f"{path.name} says nothing about what is in it")
    if path.name == "__init__.py" and not mirrors_ros and (count := public_names(tree)) > MAX_PUBLIC_NAMES:
        yield Finding(path, 1, f"{count} public names, at most {MAX_PUBLIC_NAMES}")
    for node in ast.walk(tree):
        texts: Iterator[str] = iter(())
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            texts = function_findings(node, mirrors_ros=mirrors_ros)
        elif isinstance(node, ast.ClassDef):
            texts = class_findings(node, mirrors_ros=mirrors_ros)
        yield from (Finding(path, getattr(node, "lineno", 1), found) for found in texts)


def file_findings(path: Path) -> Iterator[Finding]:
    """Yield what breaks a bar in one file."""
    if path.suffix not in HEADER_SUFFIXES:
        return
    text = path.read_text(encoding="utf-8")
    if text.strip() and SPDX not in "\n".join(text.splitlines()[:5]):
        yield Finding(path, 1, f"no line '{SPDX}' at the top")
    if path.suffix != ".py":
        return
    if (lines := len(text.splitlines())) > line_bar(path):
        yield Finding(path, 1, f"{lines} lines, at most {line_bar(path)}")
    if "test" not in path.parts:
        yield from source_findings(path, text)


def tracked_files(paths: list[str]) -> list[Path]:
    """Return the files that git knows below the paths, new ones included, ignored ones not."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", *paths]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [path for path in map(Path, names) if path.is_file() and not path.is_symlink()]


def main(arguments: list[str] | None = None) -> int:
    """Print all findings and return 1 where there is one."""
    parser = argparse.ArgumentParser(prog="python -m tools.style", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "paths", nargs="*", default=["."], help="files or folders below the current one; all by default"
    )
    files = tracked_files(parser.parse_args(arguments).paths)
    findings = [finding for path in files for finding in file_findings(path)]
    for finding in findings:
        print(finding)
    print(f"{len(files)} files, {len(findings)} findings", file=sys.stderr)
    return int(bool(findings))


if __name__ == "__main__":
    sys.exit(main())
