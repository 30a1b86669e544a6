# SPDX-License-Identifier: Apache-2.0
"""System libraries of headless rendering: installed where that may be, else named with their command."""

import subprocess
from collections.abc import Callable
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "tools" / "setup" / "system_libraries.sh"

Programs = Callable[[str, str], None]


def install(tmp_path: Path) -> "subprocess.CompletedProcess[str]":
    """Run the script with the programs of ``tmp_path/bin`` before those of the system."""
    environment = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "CALLS": str(tmp_path / "calls")}
    return subprocess.run(["bash", SCRIPT], env=environment, capture_output=True, text=True, check=False)


def test_nothing_is_done_where_the_libraries_are_there(tmp_path: Path, programs: Programs) -> None:
    programs("ldconfig", "echo libEGL.so.1 libEGL_mesa.so.0 libGL.so.1 libGLESv2.so.2")
    programs("apt-get", 'echo "$*" >>"$CALLS"')
    answer = install(tmp_path)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert not (tmp_path / "calls").exists()


def test_root_installs_the_missing_ones(tmp_path: Path, programs: Programs) -> None:
    programs("ldconfig", "echo libGL.so.1")
    programs("id", "echo 0")
    programs("apt-get", 'echo "$*" >>"$CALLS"')
    answer = install(tmp_path)
    assert answer.returncode == 0
    assert "libEGL.so.1 libEGL_mesa.so.0 libGLESv2.so.2" in answer.stderr
    assert "install -y --no-install-recommends libegl1" in (tmp_path / "calls").read_text()


def test_package_lists_are_fetched_where_the_first_try_fails(tmp_path: Path, programs: Programs) -> None:
    programs("ldconfig", "true")
    programs("id", "echo 0")
    programs("apt-get", 'echo "$1" >>"$CALLS"; [[ $1 == update || $(grep -c install "$CALLS") -gt 1 ]]')
    assert install(tmp_path).returncode == 0
    assert (tmp_path / "calls").read_text().split() == ["install", "update", "install"]


def test_command_is_named_where_nothing_may_be_installed(tmp_path: Path, programs: Programs) -> None:
    programs("ldconfig", "true")
    programs("id", "echo 1000")
    programs("sudo", "exit 1")
    programs("apt-get", 'echo "$*" >>"$CALLS"')
    answer = install(tmp_path)
    assert answer.returncode == 0
    assert "run: sudo apt-get install -y --no-install-recommends libegl1" in answer.stderr
    assert not (tmp_path / "calls").exists()
