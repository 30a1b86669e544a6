# SPDX-License-Identifier: Apache-2.0
"""Which torch pip is held to."""

from pathlib import Path

from pip._vendor.packaging.requirements import Requirement

from tools.setup.constraints import newest_cpu_build, torch_requirement

ROOT = Path(__file__).parents[2]


def test_newest_cpu_build_inside_the_bounds_is_taken() -> None:
    versions = ["3.0.0+cpu", "2.15.0", "2.13.0+cpu", "2.13.0", "2.9.1+cpu", "2.14.0+cu130"]
    assert newest_cpu_build(versions, Requirement("torch>=2.4,<3")) == "2.13.0+cpu"


def test_no_constraint_without_a_cpu_build() -> None:
    assert newest_cpu_build(["2.15.0", "2.14.0+cu130"], Requirement("torch>=2.4,<3")) is None
    assert newest_cpu_build([], Requirement("torch>=2.4,<3")) is None


def test_torch_is_read_from_the_requirement_file_and_not_mistaken_for_torchvision(tmp_path: Path) -> None:
    found = torch_requirement(ROOT / "requirements" / "learning.txt")
    assert found is not None
    assert found.name == "torch"
    other = tmp_path / "other.txt"
    other.write_text("torchvision>=0.2  # torch>=2\n# torch\n")
    assert torch_requirement(other) is None
