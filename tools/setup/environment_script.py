# SPDX-License-Identifier: Apache-2.0
"""The environment of a built workspace as plain exports, so that a start costs no Python and no chain of scripts.

Sources the virtual environment and ``install/setup.bash`` once and prints what they changed.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

IGNORED = {"_", "SHLVL", "PWD", "OLDPWD", "PS1", "BASH_FUNC_colcon_cd%%"}


def sourced_environment(scripts: list[Path], before: dict[str, str]) -> dict[str, str]:
    """Return the variables after bash has sourced the scripts in order."""
    lines = [f"source {shlex.quote(str(script))} >&2" for script in scripts]
    command = ["bash", "--noprofile", "--norc", "-c", "; ".join([*lines, "env -0"])]
    output = subprocess.run(command, env=before, check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(entry.split("=", 1) for entry in output.split("\0") if "=" in entry)


def export_lines(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Return one export per changed variable; lists of paths keep what the caller's shell has behind them."""
    lines = []
    for name, value in sorted(after.items()):
        if name in IGNORED or before.get(name) == value or not name.isidentifier():
            continue
        if name.endswith("PATH"):
            own = value.removesuffix(before.get(name, "")).rstrip(":")
            lines.append(f'export {name}={shlex.quote(own)}"${{{name}:+:${name}}}"')
        else:
            lines.append(f"export {name}={shlex.quote(value)}")
    return lines


def main(venv: Path, install: Path) -> None:
    """Print the script."""
    before = {name: value for name, value in os.environ.items() if name not in IGNORED}
    after = sourced_environment([venv / "bin" / "activate", install / "setup.bash"], before)
    print("# Written by ./run; a change of the inputs renews it.")
    print("\n".join(export_lines(before, after)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
