# SPDX-License-Identifier: Apache-2.0
"""RViz configuration and Foxglove layout show what the suite publishes: names, types and fields are the real ones."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from rosidl_runtime_py.utilities import get_message
from vla_ros.contract import load_contract
from vla_ros.interfaces import INTERFACES

ROOT = Path(__file__).parents[2]
CONTRACT = load_contract(ROOT / "config/robots/franka.yaml")
TYPES = {f"/{row.name.lstrip('/')}": row.type_name for row in INTERFACES.values()}
TYPES |= {f"/{stream.topic}": stream.type_name for stream in CONTRACT.streams}
TYPES["/robot_description"] = "std_msgs/msg/String"
LAYOUT = json.loads((ROOT / "config/foxglove/franka.json").read_text())
RVIZ = yaml.safe_load((ROOT / "config/rviz/franka.rviz").read_text())


def leaves(layout: Any) -> Iterator[str]:
    """Yield the panels of a Foxglove layout."""
    if isinstance(layout, str):
        yield layout
    else:
        yield from leaves(layout["first"])
        yield from leaves(layout["second"])


def field_of(path: str) -> None:
    """Find topic and fields of a Foxglove message path."""
    topic, *fields = re.sub(r"\[[^]]*\]", "", path).split(".")
    message: Any = get_message(TYPES[topic])
    for field in fields:
        kinds = message.get_fields_and_field_types()
        assert field in kinds, f"{path}: {sorted(kinds)}"
        inner = re.sub(r"sequence<(.*?)(, \d+)?>", r"\1", kinds[field])
        message = get_message("/msg/".join(inner.split("/"))) if "/" in inner else None


def test_every_panel_of_the_layout_is_configured_once() -> None:
    panels = list(leaves(LAYOUT["layout"]))
    assert sorted(panels) == sorted(LAYOUT["configById"])


@pytest.mark.parametrize("panel", sorted(LAYOUT["configById"]))
def test_panel_shows_what_exists(panel: str) -> None:
    config = LAYOUT["configById"][panel]
    for topic in config.get("topics", {}):
        assert topic in TYPES
    for path in config.get("paths", []):
        field_of(path["value"])
    if "topicPath" in config:
        field_of(config["topicPath"])
    for name in (config.get("imageMode", {}).get("imageTopic"), config.get("topicToRender")):
        assert name is None or name in TYPES
    if "datatype" in config:
        assert TYPES[config["topicName"]] == config["datatype"]
        json.loads(config["value"])
    if "serviceName" in config:
        assert config["serviceName"] in TYPES
        json.loads(config["requestPayload"])


def test_rviz_shows_what_exists() -> None:
    topics = [
        value["Value"]
        for display in RVIZ["Visualization Manager"]["Displays"]
        for key, value in display.items()
        if key in ("Topic", "Description Topic")
    ]
    assert len(topics) >= 4
    assert all(topic in TYPES for topic in topics)
    assert RVIZ["Visualization Manager"]["Global Options"]["Fixed Frame"] == CONTRACT.frames.base
