# SPDX-License-Identifier: Apache-2.0
"""What a checkpoint of the default policy holds besides weights: network shape, normalisation, vocabulary. No torch."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vla_ros.errors import ConfigError, PolicyError
from vla_ros.policy.checkpoint import Checkpoint, require_keys
from vla_ros.policy.flow.config import FlowConfig
from vla_ros.policy.flow.processing import Scaling
from vla_ros.policy.flow.vocabulary import Vocabulary

__all__ = [
    "NORMALISATION_FILE",
    "ONNX_FILE",
    "VOCABULARY_FILE",
    "WEIGHTS_FILE",
    "FlowAssets",
    "read_assets",
    "write_assets",
]

WEIGHTS_FILE = "model.safetensors"
ONNX_FILE = "policy.onnx"
NORMALISATION_FILE = "normalisation.json"
VOCABULARY_FILE = "vocabulary.json"
BACKEND = "flow"


@dataclass(frozen=True, slots=True, eq=False)
class FlowAssets:
    """Everything that turns observations into the network's inputs and its outputs into tool poses.

    Attributes:
        config: Shape of the network.
        scaling: Normalisation of inputs and outputs.
        vocabulary: Words that it was trained on.
        period_ns: Time between the rows of a chunk; row 0 is due one period after the observation.
        temperature: Scale of the noise that a chunk is integrated from. Below 1 chunks are nearer to the most likely
            one, and a chunk changes its mind less often over what two observations leave open.
    """

    config: FlowConfig
    scaling: Scaling
    vocabulary: Vocabulary
    period_ns: int = 100_000_000
    temperature: float = 0.1


def write_assets(folder: Path, assets: FlowAssets, **provenance: Any) -> None:
    """Write ``config.json``, normalisation and vocabulary; ``provenance`` goes into the configuration as it is."""
    config = {
        "type": BACKEND,
        "period_ns": assets.period_ns,
        "temperature": assets.temperature,
        "network": dataclasses.asdict(assets.config),
        "provenance": provenance,
    }
    scaling = {field.name: getattr(assets.scaling, field.name).tolist() for field in dataclasses.fields(Scaling)}
    words = {"words": assets.vocabulary.words, "length": assets.vocabulary.length}
    for name, content in (("config.json", config), (NORMALISATION_FILE, scaling), (VOCABULARY_FILE, words)):
        (folder / name).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read_assets(checkpoint: Checkpoint) -> FlowAssets:
    """Read what :func:`write_assets` wrote.

    Raises:
        PolicyError: a file or key is missing, unknown, or of a shape that does not fit the network.
    """
    require_keys("config.json", checkpoint.settings, ("type", "period_ns", "temperature", "network"), ("provenance",))
    network, scaling = checkpoint.settings["network"], _json(checkpoint, NORMALISATION_FILE)
    require_keys("config.json: network", network, [field.name for field in dataclasses.fields(FlowConfig)])
    require_keys(NORMALISATION_FILE, scaling, [field.name for field in dataclasses.fields(Scaling)])
    words = _json(checkpoint, VOCABULARY_FILE)
    require_keys(VOCABULARY_FILE, words, ("words", "length"))
    settings = checkpoint.settings
    try:
        config = FlowConfig(**{name: _tuples(value) for name, value in network.items()})
        vocabulary = Vocabulary(tuple(words["words"]), int(words["length"]))
        arrays = Scaling(**{name: np.asarray(values, dtype=np.float64) for name, values in scaling.items()})
        assets = FlowAssets(config, arrays, vocabulary, int(settings["period_ns"]), float(settings["temperature"]))
    except (ConfigError, TypeError, ValueError, AttributeError) as error:
        raise PolicyError(f"the checkpoint {checkpoint.folder} is malformed: {error}") from error
    _check(assets)
    return assets


def _check(assets: FlowAssets) -> None:
    config, scaling = assets.config, assets.scaling
    if scaling.action_offset.shape != (config.rows, config.action):
        raise PolicyError(f"{NORMALISATION_FILE} is for actions {scaling.action_offset.shape}, not {config.rows} rows")
    if scaling.proprioception_offset.shape != (config.proprioception,):
        raise PolicyError(f"{NORMALISATION_FILE} has another proprioception than {config.proprioception} values")
    if not all(np.isfinite(getattr(scaling, field.name)).all() for field in dataclasses.fields(Scaling)):
        raise PolicyError(f"{NORMALISATION_FILE} has a value that is not finite")
    if assets.period_ns < 1:
        raise PolicyError(f"config.json: period_ns must be >= 1, got {assets.period_ns}")
    if not 0.0 <= assets.temperature <= 1.0:
        raise PolicyError(f"config.json: temperature must be within [0, 1], got {assets.temperature}")
    if assets.vocabulary.length != config.words or len(assets.vocabulary.words) + 2 > config.vocabulary:
        raise PolicyError(f"{VOCABULARY_FILE} does not fit the network's {config.words} words of {config.vocabulary}")


def _json(checkpoint: Checkpoint, name: str) -> dict[str, Any]:
    try:
        content = json.loads(checkpoint.file(name).read_text(encoding="utf-8"))
    except ValueError as error:
        raise PolicyError(f"{name} of the checkpoint {checkpoint.folder} is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise PolicyError(f"{name} of the checkpoint {checkpoint.folder} must be a mapping")
    return content


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
