# SPDX-License-Identifier: Apache-2.0
"""ros2 pkg: what it prints and writes, and its errors."""

from __future__ import annotations

import ast
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ros2cli.main import main


@pytest.fixture
def prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a prefix that holds the package ``demo`` with one executable and one other file."""
    index = tmp_path / "share" / "ament_index" / "resource_index" / "packages"
    index.mkdir(parents=True)
    (index / "demo").touch()
    (tmp_path / "share" / "demo").mkdir()
    (tmp_path / "share" / "demo" / "package.xml").write_text(
        "<package><name>demo</name><version>1.2.3</version></package>"
    )
    (tmp_path / "lib" / "demo").mkdir(parents=True)
    (tmp_path / "lib" / "demo" / "talker").touch(mode=0o755)
    (tmp_path / "lib" / "demo" / "notes.txt").touch(mode=0o644)
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(tmp_path))
    return tmp_path


def test_list_prefix_executables_and_xml(prefix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pkg", "list"]) == 0
    assert {"demo", "std_msgs"} <= set(capsys.readouterr().out.split())
    assert main(["pkg", "prefix", "demo"]) == 0
    assert capsys.readouterr().out == f"{prefix}\n"
    assert main(["pkg", "prefix", "--share", "demo"]) == 0
    assert capsys.readouterr().out == f"{prefix}/share/demo\n"
    assert main(["pkg", "executables", "demo"]) == 0
    assert capsys.readouterr().out == "demo talker\n"
    assert main(["pkg", "executables", "--full-path"]) == 0
    assert capsys.readouterr().out == f"{prefix}/lib/demo/talker\n"
    assert main(["pkg", "xml", "demo", "-t", "version"]) == 0
    assert capsys.readouterr().out == "1.2.3\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["prefix", "demoo"], "(nearest: demo)"),
        (["executables", "demoo"], "package 'demoo' not found, searching: ["),
        (["xml", "demo", "-t", "versoin"], "has no tag 'versoin' (it has: name, version)"),
        (["create", "X"], "'X' is no package name"),
        (["create", "my_pkg", "--node-name", "talker"], "--node-name needs --build-type ament_python"),
        (["create", "my_pkg", "--build-type", "ament_python", "--node-name", "a b"], "'a b' is no node name"),
        (["create", "my_pkg", "--dependencies", "a;b"], "the dependency 'a;b' is no package name"),
    ],
)
@pytest.mark.usefixtures("prefix")
def test_errors_are_one_sentence(words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pkg", *words]) == 1
    shown = capsys.readouterr()
    assert sentence in shown.err
    assert len(shown.err.splitlines()) == 1


def test_create_writes_a_python_package(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["pkg", "create", "my_pkg", "--build-type", "ament_python", "--node-name", "talker"]
    words += [
        "--destination-directory",
        str(tmp_path),
        "--license",
        "Apache-2.0",
        "--description",
        "it's <odd> & 'quoted'",
    ]
    words += ["--dependencies", "rclpy", "std_msgs"]
    assert main(words) == 0
    assert "going to create a new package" in capsys.readouterr().out
    root = tmp_path / "my_pkg"
    manifest = ElementTree.parse(root / "package.xml").getroot()
    assert manifest.findtext("description") == "it's <odd> & 'quoted'"
    assert [element.text for element in manifest.iter("depend")] == ["rclpy", "std_msgs"]
    assert manifest.findtext("export/build_type") == "ament_python"
    for path in root.rglob("*.py"):
        ast.parse(path.read_text())
    assert "'talker = my_pkg.talker:main'" in (root / "setup.py").read_text()
    assert (root / "resource" / "my_pkg").is_file()
    assert main(words) == 1
    assert "exists already" in capsys.readouterr().err
