# SPDX-License-Identifier: Apache-2.0
"""Imports: standard packages, packages of a prefix, sources on the path, real packages first, unknown names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


def run_python(script: str, cwd: Path, **environment: str) -> str:
    """Run a script in a fresh interpreter and return what it printed, errors included."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout.strip()


def make_package(share: Path, name: str = "demo_msgs", text: str = "int32 value 7\n") -> Path:
    """Write a package with one message ``Sample``."""
    (share / name / "msg").mkdir(parents=True)
    (share / name / "msg" / "Sample.msg").write_text(text)
    (share / name / "package.xml").write_text(f"<package><name>{name}</name></package>")
    return share / name


def test_a_package_of_an_ament_prefix_is_importable(tmp_path: Path) -> None:
    make_package(tmp_path / "share")
    script = "from demo_msgs.msg import Sample; print(Sample())"
    assert run_python(script, tmp_path, AMENT_PREFIX_PATH=str(tmp_path)) == "demo_msgs.msg.Sample(value=7)"


def test_a_prefix_comes_before_the_standard_packages(tmp_path: Path) -> None:
    make_package(tmp_path / "share", "std_msgs")
    script = "from std_msgs.msg import Sample; print(Sample())"
    assert run_python(script, tmp_path, AMENT_PREFIX_PATH=str(tmp_path)) == "std_msgs.msg.Sample(value=7)"


def test_a_source_package_on_the_path_is_importable(tmp_path: Path) -> None:
    source = make_package(tmp_path)
    script = f"import sys; sys.path.append({str(source)!r}); from demo_msgs.msg import Sample; print(Sample())"
    assert run_python(script, Path("/")) == "demo_msgs.msg.Sample(value=7)"


def test_a_directory_of_the_same_name_does_not_hide_a_package(tmp_path: Path) -> None:
    make_package(tmp_path / "prefix" / "share")
    make_package(tmp_path / "source")
    script = "from demo_msgs.msg import Sample; print(Sample())"
    prefix = str(tmp_path / "prefix")
    assert run_python(script, tmp_path / "source", AMENT_PREFIX_PATH=prefix) == "demo_msgs.msg.Sample(value=7)"


def test_a_real_package_on_the_path_wins(tmp_path: Path) -> None:
    real = tmp_path / "std_msgs" / "msg"
    real.mkdir(parents=True)
    (tmp_path / "std_msgs" / "__init__.py").touch()
    (real / "__init__.py").write_text("String = 'the real one'\n")
    assert run_python("from std_msgs.msg import String; print(String)", tmp_path) == "the real one"


def test_nothing_is_found_beside_a_real_rclpy(tmp_path: Path) -> None:
    (tmp_path / "rclpy").mkdir()
    (tmp_path / "rclpy" / "__init__.py").touch()
    assert "No module named 'std_msgs'" in run_python("import std_msgs", tmp_path, PYTHONPATH=str(tmp_path))


def test_python_code_of_an_interface_package_stays_importable(tmp_path: Path) -> None:
    make_package(tmp_path / "prefix" / "share")
    code = tmp_path / "code" / "demo_msgs"
    code.mkdir(parents=True)
    (code / "__init__.py").touch()
    (code / "tools.py").write_text("ANSWER = 42\n")
    script = "from demo_msgs.tools import ANSWER; from demo_msgs.msg import Sample; print(ANSWER, Sample())"
    shown = run_python(script, tmp_path / "code", AMENT_PREFIX_PATH=str(tmp_path / "prefix"))
    assert shown == "42 demo_msgs.msg.Sample(value=7)"


def test_modules_of_single_interfaces_exist_as_in_rosidl() -> None:
    from sensor_msgs.msg import JointState
    from sensor_msgs.msg._joint_state import JointState as Same
    from std_srvs.srv._set_bool import SetBool_Request

    assert Same is JointState
    assert SetBool_Request.__module__ == "std_srvs.srv._set_bool"
    with pytest.raises(ModuleNotFoundError):
        import std_msgs.msg._no_such_message  # noqa: F401


def test_star_import_and_dir_list_the_interfaces() -> None:
    import std_srvs.srv

    assert {"Empty", "SetBool", "Trigger"} <= set(dir(std_srvs.srv))
    scope: dict[str, object] = {}
    exec("from std_srvs.srv import *", scope)
    assert "Trigger" in scope


def test_unknown_interface_names_the_nearest() -> None:
    with pytest.raises(ImportError, match=r"package 'std_msgs' has no msg 'Strin' \(nearest: String"):
        from std_msgs.msg import Strin  # noqa: F401


def test_a_faulty_definition_says_where(tmp_path: Path) -> None:
    make_package(tmp_path / "share", text="int32 value\nflaot64 other\n")
    shown = run_python("from demo_msgs.msg import Sample", tmp_path, AMENT_PREFIX_PATH=str(tmp_path))
    last = shown.splitlines()[-1]
    assert last.startswith("ImportError: demo_msgs/msg/Sample, line 2: unknown type 'flaot64' (nearest: float64")


def test_start_of_python_loads_only_the_light_modules(tmp_path: Path) -> None:
    script = "import sys; print(sorted(m for m in sys.modules if m.startswith('embedded_ros2.interfaces.')))"
    assert run_python(script, tmp_path) == str(
        ["embedded_ros2.interfaces." + name for name in ("activate", "finder", "package_index")]
    )
