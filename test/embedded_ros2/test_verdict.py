# SPDX-License-Identifier: Apache-2.0
"""``python -m embedded_ros2``: which rclpy is in use, and the refusal of a mixture."""

from __future__ import annotations

from pathlib import Path

from embedded_ros2.__main__ import judge, origins


def make_part(root: Path, *names: str) -> str:
    """Write empty packages and return the directory that holds them."""
    for name in names:
        (root / name).mkdir(parents=True)
        (root / name / "__init__.py").touch()
    return str(root)


def test_all_from_here_is_embedded(tmp_path: Path) -> None:
    library = make_part(tmp_path, "rclpy", "launch")
    assert judge(origins([library]), library) == (0, f"embedded rclpy in use, from {library}")


def test_a_real_ros_earlier_on_the_path_is_in_use(tmp_path: Path) -> None:
    real = make_part(tmp_path / "real", "rclpy", "launch")
    library = make_part(tmp_path / "embedded", "rclpy", "launch")
    assert judge(origins([real, library]), library) == (0, f"real rclpy in use, from {real}")


def test_a_mixture_is_refused_with_both_sides_named(tmp_path: Path) -> None:
    real = make_part(tmp_path / "real", "rclpy")
    library = make_part(tmp_path / "embedded", "rclpy", "launch")
    code, sentence = judge(origins([real, library]), library)
    assert code == 1
    assert f"rclpy would come from {real}, but launch from the embedded runtime" in sentence


def test_no_rclpy_at_all_is_an_error(tmp_path: Path) -> None:
    code, sentence = judge(origins([str(tmp_path)]), str(tmp_path))
    assert code == 1
    assert sentence.startswith("no rclpy on the Python path")
