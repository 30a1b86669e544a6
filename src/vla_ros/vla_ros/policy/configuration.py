# SPDX-License-Identifier: Apache-2.0
"""Configuration of a policy: which backend or checkpoint, which scheduler, which bounds. Data out of a YAML file."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from vla_ros.errors import ConfigError, unknown_name
from vla_ros.policy.gated import GateConfig
from vla_ros.policy.schedule.scheduler import SchedulerConfig
from vla_ros.policy.schedule.seam import SeamBounds
from vla_ros.policy.schedule.strategy import strategy
from vla_ros.policy.session_config import SessionConfig

__all__ = ["PolicyConfig", "find_policy", "load_policy_config"]

ISOLATIONS = ("thread", "process")
SHIPPED_CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"


@dataclass(frozen=True, slots=True)
class PolicyConfig:
    """One policy as it is run.

    Attributes:
        backend: Registry name; empty: the one that the checkpoint names.
        checkpoint: Folder, relative to the file, or name of one that ships with the package. Empty where the backend
            needs none.
        device: ``cpu``, ``cuda`` or ``auto``.
        seed: Seeds every random draw.
        strategy: Chunk scheduling strategy.
        scheduler: Its settings.
        session: Deadlines and bounds of a run.
        options: Settings of the backend.
        isolation: ``thread`` of the node, or ``process``: for a back end whose Python would hold the dispatcher up.
        gate: When another policy takes over; None: never.
    """

    backend: str = ""
    checkpoint: str = ""
    device: str = "auto"
    seed: int = 0
    strategy: str = "blend"
    scheduler: SchedulerConfig = field(default_factory=SchedulerConfig)
    session: SessionConfig = field(default_factory=SessionConfig)
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    isolation: str = "thread"
    gate: GateConfig | None = None

    def __post_init__(self) -> None:
        strategy(self.strategy)
        if self.device not in ("cpu", "cuda", "auto"):
            raise ConfigError(f"device must be cpu, cuda or auto, got '{self.device}'")
        if not isinstance(self.seed, int) or self.seed < 0:
            raise ConfigError(f"seed must be a number >= 0, got {self.seed!r}")
        if self.isolation not in ISOLATIONS:
            raise ConfigError(unknown_name("isolation", str(self.isolation), ISOLATIONS))
        if not (self.backend or self.checkpoint):
            raise ConfigError("a policy needs a backend or a checkpoint")


def find_policy(name: str, folder: Path) -> PolicyConfig:
    """Return the configuration that ``name`` stands for.

    Args:
        name: Path of a YAML file, path of a checkpoint folder, or name of a file in ``folder`` without suffix.
        folder: Where named policies are kept.

    Raises:
        ConfigError: there is nothing of that name; the nearest and all known names are in the sentence.
    """
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        return load_policy_config(path)
    if path.is_dir():
        return PolicyConfig(checkpoint=str(path))
    named = {file.stem: file for file in sorted(folder.glob("*.yaml"))}
    if name in named:
        return load_policy_config(named[name])
    raise ConfigError(f"{unknown_name('policy', name, named)} A YAML file or a checkpoint folder is a policy, too.")


def load_policy_config(path: Path | str) -> PolicyConfig:
    """Read a policy's YAML file.

    Raises:
        ConfigError: naming file, key, value and the nearest known key.
    """
    path = Path(path)
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"the policy configuration {path} cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"the policy configuration {path} is not YAML: {error}") from error
    try:
        return _config(data, path.parent)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    except TypeError as error:  # a value of another type meets a look-up in the dataclass
        raise ConfigError(f"{path}: a value has the wrong type: {error}") from error


def _config(data: Any, folder: Path) -> PolicyConfig:
    values = dict(_checked(data, PolicyConfig, "the file"))
    if "scheduler" in values:
        scheduler = dict(_checked(values["scheduler"], SchedulerConfig, "scheduler"))
        if "seam" in scheduler:
            scheduler["seam"] = _built(SeamBounds, scheduler["seam"], "scheduler.seam")
        values["scheduler"] = _built(SchedulerConfig, scheduler, "scheduler")
    if "session" in values:
        values["session"] = _built(SessionConfig, values["session"], "session")
    if "gate" in values:
        values["gate"] = _built(GateConfig, values["gate"], "gate")
    if "options" in values:
        values["options"] = MappingProxyType(dict(_mapping(values["options"], "options")))
    if values.get("checkpoint"):
        values["checkpoint"] = str(_checkpoint_folder(str(values["checkpoint"]), folder))
    return PolicyConfig(**values)


def _checkpoint_folder(name: str, folder: Path) -> Path:
    """Return the folder of a shipped checkpoint called ``name``, else ``name`` relative to ``folder``."""
    shipped = SHIPPED_CHECKPOINTS / name
    return shipped if Path(name).name == name and shipped.is_dir() else folder / name


def _built(config_class: type[Any], data: Any, where: str) -> Any:
    try:
        return config_class(**_checked(data, config_class, where))
    except TypeError as error:  # a value of another type meets the comparison in the dataclass
        raise ConfigError(f"{where} has a value of the wrong type: {error}") from error


def _checked(data: Any, config_class: type[Any], where: str) -> Mapping[str, Any]:
    known = {item.name for item in dataclasses.fields(config_class)}
    for key in _mapping(data, where):
        if key not in known:
            raise ConfigError(unknown_name(f"key in {where}", str(key), known))
    return dict(data)


def _mapping(data: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise ConfigError(f"{where} must be a mapping of keys to values, got {data!r}")
    return data
