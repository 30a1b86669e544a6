# SPDX-License-Identifier: Apache-2.0
"""Configuration: what is wrong is named; shipped limits are those of the manufacturer; capsules contain the meshes."""

from __future__ import annotations

import copy
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from benchmarks.safety_support.loop import CONFIGS, URDF
from vla_safety import ConfigError, ModelError, SafetyConfig
from vla_safety.arm_model import build_arm_model
from vla_safety.config_loading import build, read_yaml

MESHES = URDF.parents[1] / "meshes" / "collision"


def data() -> dict[str, Any]:
    return copy.deepcopy(dict(read_yaml(CONFIGS / "panda.yaml")))


def put(path: str, value: object) -> dict[str, Any]:
    out = data()
    *parents, key = path.split("/")
    node: Any = out
    for parent in parents:
        node = node[int(parent) if isinstance(node, list) else parent]
    node[int(key) if isinstance(node, list) else key] = value
    return out


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("rate", 3, "'rate'.*nearest is 'rate_hz'"),
        ("rate_hz", 5.0, "rate_hz must be in"),
        ("rate_hz", "fast", "must be float"),
        ("rate_hz", True, "must be float"),
        ("bending", "some", "must be one of"),
        ("joints", [], "must be a mapping"),
        ("joints/velocity_rad_s", [1.0], "must have 7 entries"),
        ("joints/velocity_rad_s/0", 0.0, "must be > 0"),
        ("joints/velocity_rad_s", 3.0, "must be a list"),
        ("joints/lower_rad/0", 3.0, "no room"),
        ("joints/jerk_share", 1.5, "in .0, 1."),
        ("joints/margin_rad", -0.1, "margin_rad"),
        ("tool/workspace_lower_m", [0, 0], "must have 3 entries"),
        ("tool/workspace_lower_m", [0.0, 0.0, 2.0], "must be below"),
        ("tool/speed_m_s", -1.0, "must be > 0"),
        ("tool/singular_stop", 1.0, "singular_stop"),
        ("tool/cone", {"tool_axis": [0, 0, 2], "base_axis": [0, 0, 1], "angle_rad": 1}, "length 1"),
        ("tool/cone", {"tool_axis": [0, 0, 1], "base_axis": [0, 0, 1], "angle_rad": 4}, "angle_rad"),
        ("collision/capsules/0/radius_m", 0.0, "must be > 0"),
        ("collision/capsules/0/name", "hand", "must differ"),
        ("collision/ignored_pairs/0", ["base", "tail"], "no capsule 'tail'"),
        ("collision/close_pairs", [{"pair": ["hand", "tail"], "margin_m": 0.01}], "no capsule 'tail'"),
        ("collision/close_pairs", [{"pair": ["hand", "base"], "margin_m": 0.0}], "must be > 0"),
        ("collision/boxes/0/ignores", ["tail"], "no capsule 'tail'"),
        ("collision/boxes/0/lower_m", [0.0, 0.0, 3.0], "must be below"),
        ("tracking/max_state_age_s", 0.0, "must be > 0"),
        ("tracking/max_reference_rows", 0, "max_reference_rows"),
        ("gripper/hysteresis_m", 0.5, "hysteresis_m"),
        ("gripper/min_interval_s", -1.0, "min_interval_s"),
        ("gripper/max_width_m", 0.0, "must be > 0"),
        ("sources/0/lease_s", 0.0, "must be > 0"),
        ("sources/0/priority", 20, "differ in priority"),
    ],
)
def test_wrong_values_are_refused_in_one_sentence(path: str, value: object, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        build(SafetyConfig, put(path, value), "file")


def test_missing_key_and_unreadable_files_are_named(tmp_path: Path) -> None:
    broken = data()
    del broken["robot"]
    with pytest.raises(ConfigError, match="'robot' is missing"):
        build(SafetyConfig, broken, "file")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_yaml(tmp_path / "none.yaml")
    for text, words in (("a: [", "not YAML"), ("- 1", "must hold a mapping")):
        path = tmp_path / "file.yaml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError, match=words):
            SafetyConfig.from_yaml(path)


def test_cone_may_be_null_or_given(urdf: str) -> None:
    assert build(SafetyConfig, put("tool/cone", None), "file").tool.cone is None
    given = {"tool_axis": [0, 0, 1], "base_axis": [0, 0, -1], "angle_rad": 0.5}
    config = build(SafetyConfig, put("tool/cone", given), "file")
    assert build_arm_model(config, urdf).bounds.tool[7] == 1.0


def test_shipped_limits_are_the_manufacturers() -> None:
    """Restated here, so that an edit of the files alone fails."""
    panda, fr3 = (SafetyConfig.from_yaml(CONFIGS / f"{name}.yaml").joints for name in ("panda", "fr3"))
    assert panda.velocity_rad_s == (2.175,) * 4 + (2.61,) * 3
    assert panda.acceleration_rad_s2 == (15.0, 7.5, 10.0, 12.5, 15.0, 20.0, 20.0)
    assert panda.jerk_rad_s3 == (7500.0, 3750.0, 5000.0, 6250.0, 7500.0, 10000.0, 10000.0)
    assert panda.upper_rad == (2.8973, 1.7628, 2.8973, -0.0698, 2.8973, 3.7525, 2.8973)
    assert fr3.velocity_rad_s == (2.62,) * 4 + (5.26, 4.18, 5.26)
    assert fr3.acceleration_rad_s2 == (10.0,) * 7
    assert fr3.jerk_rad_s3 == (5000.0,) * 7
    assert all(
        low >= official
        for low, official in zip(
            fr3.lower_rad, (-2.7437, -1.7837, -2.9007, -3.0421, -2.8065, 0.5445, -3.0159), strict=True
        )
    )
    assert all(
        high <= official
        for high, official in zip(fr3.upper_rad, (2.7437, 1.7837, 2.9007, -0.1518, 2.8065, 4.5169, 3.0159), strict=True)
    )
    assert panda.torque_n_m == fr3.torque_n_m == (87.0,) * 4 + (12.0,) * 3


def mesh_points(path: Path) -> np.ndarray:
    raw = path.read_bytes()
    count = struct.unpack("<I", raw[80:84])[0]
    kind = np.dtype([("normal", "<3f4"), ("points", "<9f4"), ("attribute", "<u2")])
    return np.frombuffer(raw[84:], dtype=kind, count=count)["points"].reshape(-1, 3).astype(float)


@pytest.mark.skipif(not MESHES.is_dir(), reason="collision meshes are not part of this checkout")
@pytest.mark.parametrize("index", range(9))
def test_capsule_contains_the_mesh_of_its_link(panda: SafetyConfig, index: int) -> None:
    capsule = panda.collision.capsules[index]
    path = MESHES / f"{capsule.link.removeprefix('panda_')}.stl"
    points, start, end = mesh_points(path), np.array(capsule.start_m), np.array(capsule.end_m)
    share = np.clip((points - start) @ (end - start) / ((end - start) @ (end - start)), 0.0, 1.0)
    distance = np.linalg.norm(points - start - share[:, None] * (end - start), axis=1)
    assert distance.max() <= capsule.radius_m


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("joints/names/0", "panda_joint9", "not in the robot description"),
        ("joints/names/0", "panda_joint2", "not one serial chain"),
        ("joints/upper_rad/0", 3.1, "wider than the description"),
        ("joints/velocity_rad_s/0", 3.0, "exceeds the description"),
        ("tool/frame", "panda_link4", "fixed to the last joint"),
    ],
)
def test_configuration_that_does_not_fit_the_robot_is_refused(urdf: str, path: str, value: object, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        build_arm_model(build(SafetyConfig, put(path, value), "file"), urdf)


def test_sliding_joint_is_refused(panda: SafetyConfig, urdf: str) -> None:
    head, tail = urdf.split('<joint name="panda_joint3" type="revolute">')
    with pytest.raises(ModelError, match="revolute"):
        build_arm_model(panda, head + '<joint name="panda_joint3" type="prismatic">' + tail)


def test_unreadable_description_is_refused(panda: SafetyConfig) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        build_arm_model(panda, "<robot")


def test_yaml_holds_no_strings_with_numbers() -> None:
    for path in CONFIGS.glob("*.yaml"):
        assert yaml.safe_load(path.read_text(encoding="utf-8"))["rate_hz"] > 0


def test_only_the_pair_that_is_named_may_come_closer() -> None:
    urdf = URDF.read_text(encoding="utf-8")
    closer = put("collision/close_pairs", [{"pair": ["hand", "forearm"], "margin_m": 0.007}])
    model = build_arm_model(build(SafetyConfig, closer, "x"), urdf)
    margins = dict(zip(map(frozenset, model.pair_names), model.world.pair_margin, strict=True))
    assert margins.pop(frozenset(("forearm", "hand"))) == 0.007
    assert set(margins.values()) == {0.025, 0.004}


@pytest.mark.parametrize("robot", ["panda", "fr3"])
def test_margins_cover_the_tracking_error_of_the_joints_between(robot: str) -> None:
    config = SafetyConfig.from_yaml(CONFIGS / f"{robot}.yaml")
    world = build_arm_model(config, URDF.read_text(encoding="utf-8")).world
    links = world.pair[:, 1] >= 0
    moved = 5e-3 * world.pair_reach[links].sum(axis=1)  # [m], every joint off by 5 mrad
    assert np.all(world.pair_margin[links] >= moved)
