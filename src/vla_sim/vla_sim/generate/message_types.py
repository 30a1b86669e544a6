# SPDX-License-Identifier: Apache-2.0
"""The message types of a demonstration's bag: the standard ones, and the suite's action chunk. No messages."""

import importlib.util
import os
from pathlib import Path

from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from vla_sim.errors import SimulationError

__all__ = ["CHUNK", "message_types"]

CHUNK = "vla_msgs/msg/ActionChunk"


def message_types() -> Typestore:
    """Return a store that knows them.

    Raises:
        SimulationError: vla_msgs is not installed.
    """
    package, _, name = CHUNK.partition("/")
    path = next((path for folder in _folders(package) if (path := folder / f"{name}.msg").is_file()), None)
    if path is None:
        raise SimulationError("bags need the definitions of vla_msgs: build the workspace, or write arrays only")
    store = get_typestore(Stores.ROS2_JAZZY)
    store.register(get_types_from_msg(path.read_text(encoding="utf-8"), CHUNK))
    return store


def _folders(package: str) -> list[Path]:
    """Return where the interface files of a package may lie: its share folder, or the importable package."""
    prefixes = filter(None, os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep))
    spec = importlib.util.find_spec(package)
    places = (spec.submodule_search_locations if spec else None) or ()
    return [*(Path(prefix) / "share" / package for prefix in prefixes), *map(Path, places)]
