# SPDX-License-Identifier: Apache-2.0
"""What is written in two places of the packages agrees, and every dependency is declared."""

import ast
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(path.parent.name for path in (ROOT / "src").glob("vla_*/package.xml"))
PYTHON_PACKAGES = sorted(path.parent.name for path in (ROOT / "src").glob("vla_*/setup.py"))


def manifest(package: str) -> ElementTree.Element:
    """Return the root of a package.xml."""
    return ElementTree.parse(ROOT / "src" / package / "package.xml").getroot()


def text(element: ElementTree.Element, name: str) -> str:
    """Return the text of a child that is there once."""
    found = [child.text or "" for child in element.findall(name)]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("package", PACKAGES)
def test_manifest_has_format_3_the_folder_name_and_the_licence(package: str) -> None:
    root = manifest(package)
    assert root.get("format") == "3"
    assert text(root, "name") == package
    assert text(root, "license") == "Apache-2.0"


def test_all_packages_have_one_version() -> None:
    versions = {text(manifest(package), "version") for package in PACKAGES}
    for package in PYTHON_PACKAGES:
        found = re.search(r'version="([^"]+)"', (ROOT / "src" / package / "setup.py").read_text(encoding="utf-8"))
        assert found
        versions.add(found.group(1))
    assert len(versions) == 1


@pytest.mark.parametrize("package", PYTHON_PACKAGES)
def test_ros_run_finds_the_programs(package: str) -> None:
    lines = (ROOT / "src" / package / "setup.cfg").read_text(encoding="utf-8").splitlines()
    assert f"script_dir=$base/lib/{package}" in lines
    assert f"install_scripts=$base/lib/{package}" in lines
    assert (ROOT / "src" / package / "resource" / package).exists()


@pytest.mark.parametrize("package", PYTHON_PACKAGES)
def test_every_ros_package_that_is_imported_is_declared(package: str) -> None:
    declared = {element.text for element in manifest(package) if element.tag.endswith("depend")} | {package}
    known = {"rclpy", "launch", "launch_ros", "ament_index_python", "tf2_ros", *PACKAGES}
    undeclared = set()
    for path in (ROOT / "src" / package / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            module = node.module if isinstance(node, ast.ImportFrom) and node.level == 0 else None
            names = [module] if module else [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            tops = {name.partition(".")[0] for name in names}
            undeclared |= {top for top in tops if top in known or top.endswith("_msgs")} - declared
    assert not undeclared


def test_each_requirement_is_named_once_with_bounds() -> None:
    shared: dict[str, str] = {}
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        seen = {} if text.startswith("# own environment") else shared
        for line in text.splitlines():
            requirement, _, marker = line.partition("#")[0].partition(";")
            name = re.match(r"[\w.-]+", requirement.strip())
            if name is None:
                continue
            assert ">=" in requirement or "==" in requirement, f"{path.name}: {line}"
            key = name.group().lower() + marker.strip()
            assert key not in seen, f"{key} in {path.name} and {seen[key]}"
            seen[key] = path.name
    assert shared


def test_python_of_the_tests_is_a_supported_one() -> None:
    assert (3, 10) <= sys.version_info[:2] <= (3, 13)
