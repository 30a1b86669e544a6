# SPDX-License-Identifier: Apache-2.0
"""Entry point of ``ros2``: finds the verb, parses its arguments, runs it; errors become one line."""

from __future__ import annotations

import argparse
import difflib
import importlib
import os
import pkgutil
import signal
import sys
import traceback
from collections.abc import Sequence
from types import ModuleType

from ros2cli import verbs
from ros2cli._interrupt import leave_at_once
from ros2cli.errors import CliError

USAGE_ERROR = 2  # as argparse
_OWN = ("embedded_ros2", "rclpy", "launch", "launch_ros")  # their errors are sentences for people


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``ros2 ARGV…`` and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    debug = words[:1] == ["--debug"]
    words = words[1:] if debug else words
    if argv is None:
        leave_at_once()
    try:
        return _run(words, debug)
    except BrokenPipeError:
        # The reader of a pipe has gone (ros2 topic echo | head): nothing is left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return int(signal.SIGINT)
    finally:
        if argv is None:
            leave_at_once()


def _run(words: list[str], debug: bool) -> int:
    modules = _members(verbs)
    if not words or words[0] in ("-h", "--help"):
        print(_overview("ros2", "command", verbs, modules))
        return 0
    name = _pick("ros2", "command", words[0], modules)
    module = importlib.import_module(f"ros2cli.verbs.{name}")
    program, rest = f"ros2 {name}", words[1:]
    if hasattr(module, "__path__"):
        members = _members(module)
        if not rest or rest[0] in ("-h", "--help"):
            print(_overview(program, "verb", module, members))
            return 0
        verb = _pick(program, "verb", rest[0], members)
        module = importlib.import_module(f"{module.__name__}.{verb}")
        program, rest = f"{program} {verb}", rest[1:]
    return _run_verb(module, program, rest, debug)


def _run_verb(module: ModuleType, program: str, words: list[str], debug: bool) -> int:
    parser = argparse.ArgumentParser(
        prog=program, description=module.DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    module.add_arguments(parser)
    if "--debug" not in parser._option_string_actions:
        parser.add_argument("--debug", action="store_true", help="show where an error comes from")
    try:
        # Options may stand between positionals; argparse cannot do that where the rest belongs to another program.
        remainder = any(action.nargs == argparse.REMAINDER for action in parser._actions)
        args = parser.parse_args(words) if remainder else parser.parse_intermixed_args(words)
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else USAGE_ERROR
    debug = debug or args.debug
    try:
        return int(module.main(args) or 0)
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except Exception as error:
        if debug:
            traceback.print_exc()
        print(f"{program}: {_sentence(error)}", file=sys.stderr)
        return 1


def _sentence(error: Exception) -> str:
    expected = isinstance(error, CliError) or type(error).__module__.split(".")[0] in _OWN
    text = " ".join(str(error).split("\n"))
    return text if expected else f"{type(error).__name__}: {text} (--debug shows where)"


def _members(package: ModuleType) -> list[str]:
    return sorted(info.name for info in pkgutil.iter_modules(package.__path__) if not info.name.startswith("_"))


def _pick(program: str, kind: str, word: str, known: Sequence[str]) -> str:
    name = word.replace("-", "_")
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f" (did you mean: {', '.join(near)}?)" if near else ""
    print(f"{program}: '{word}' is not a {kind}{hint}; {program} --help lists them", file=sys.stderr)
    sys.exit(USAGE_ERROR)


def _overview(program: str, kind: str, package: ModuleType, members: Sequence[str]) -> str:
    lines = [f"usage: {program} <{kind}> …", "", f"{kind.capitalize()}s:"]
    width = max((len(name) for name in members), default=0)
    for name in members:
        module = importlib.import_module(f"{package.__name__}.{name}")
        lines.append(f"  {name:<{width}}  {module.DESCRIPTION}")
    return "\n".join([*lines, "", f"Call {program} <{kind}> -h for more."])
