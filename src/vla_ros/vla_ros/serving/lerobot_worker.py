# SPDX-License-Identifier: Apache-2.0
"""Serves a LeRobot checkpoint from a local folder, in an environment of its own and without network.

``python -m vla_ros.serving.lerobot_worker FOLDER``. LeRobot's pins disagree with the suite's, and some of its loaders
go on with random weights when the file is missing. So it runs out of process, behind the protocol of every other
server, and the weights are compared with the file before anything is served.

A request is a map of LeRobot's own keys (``observation.state``, ``observation.images.<camera>``, ``task``, and
``seed`` for policies that draw noise); images are uint8 ``(H, W, 3)``. The answer is ``actions (T, A)`` in the
checkpoint's physical units.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from vla_ros.errors import PolicyError, VlaError, unknown_name
from vla_ros.serving.history import ObservationHistory
from vla_ros.serving.lerobot_library import LerobotLibrary
from vla_ros.serving.own_environment import enter_lerobot_environment
from vla_ros.serving.server import ServingConfig, serve
from vla_ros.serving.weights import require_weights, weight_files

__all__ = ["CheckpointPolicy", "Library", "main"]

PRE, POST = "policy_preprocessor.json", "policy_postprocessor.json"
OPTIONAL = "observation.images.empty_camera"  # SmolVLA's name for cameras that there are none of


class Library(Protocol):
    """What the worker needs of LeRobot; a stand-in takes its place in tests."""

    def load(self, folder: Path, settings: Mapping[str, Any], steps: Mapping[str, Any]) -> None:
        """Load policy and processors; ``settings`` of config.json, ``steps`` of the preprocessor by name.

        Raises:
            PolicyError: they cannot be loaded, or not without the network.
        """

    def weights(self) -> Mapping[str, Any]:
        """Return the tensors of the loaded policy by name."""

    def rows(self, observations: Sequence[Mapping[str, Any]], seed: int) -> npt.NDArray[np.float32]:
        """Return the actions ``(T, A)`` for the last observations, pre- and post-processed; seed -1: any noise."""

    def reset(self) -> None:
        """Forget the running task."""


class CheckpointPolicy:
    """A checkpoint behind :func:`vla_ros.serving.serve`."""

    def __init__(
        self, library: Library, folder: Path, period_s: float = 0.0, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        """Load and compare with the file.

        Args:
            library: LeRobot.
            folder: The checkpoint.
            period_s: Time between observations in its data [s], for policies that look at several.
            now_s: Clock of the requests.

        Raises:
            PolicyError: the folder is no complete checkpoint, or its weights are not what was loaded.
            ConfigError: the policy looks at several observations and ``period_s`` is 0.
        """
        self._library, self._now_s = library, now_s
        self.settings = _document(folder, "config.json")
        _document(folder, POST)
        files = weight_files(folder)
        steps = {step.get("registry_name"): step.get("config", {}) for step in _document(folder, PRE).get("steps", [])}
        self._history = ObservationHistory[Mapping[str, Any]](int(self.settings.get("n_obs_steps", 1)), period_s)
        library.load(folder, self.settings, steps)
        require_weights(library.weights(), files)

    @property
    def specification(self) -> dict[str, Any]:
        """What clients are told: type, features in and out, observations that are looked at."""
        keys = ("type", "input_features", "output_features", "n_obs_steps", "chunk_size", "n_action_steps")
        return {key: self.settings[key] for key in keys if key in self.settings}

    def __call__(self, observation: dict[str, Any]) -> dict[str, Any]:
        """Return the actions for an observation.

        Raises:
            PolicyError: it lacks an input of the checkpoint, or one has another shape.
        """
        seed = int(observation.pop("seed", -1))
        self._require_inputs(observation)
        return {"actions": self._library.rows(self._history.add(self._now_s(), observation), seed)}

    def reset(self) -> None:
        """Begin a new run."""
        self._history.clear()
        self._library.reset()

    def _require_inputs(self, observation: Mapping[str, Any]) -> None:
        features: Mapping[str, Any] = self.settings.get("input_features", {})
        for key, feature in features.items():
            if key in observation:
                _require_shape(key, np.shape(observation[key]), tuple(feature.get("shape", ())))
            elif not key.startswith(OPTIONAL):
                raise PolicyError(f"the request lacks '{key}'; it has {', '.join(observation) or 'nothing'}")
        for key in observation:
            if key not in features and key != "task":
                raise PolicyError(unknown_name("key in the request", key, [*features, "task"]))


def _require_shape(key: str, shape: tuple[int, ...], feature: tuple[int, ...]) -> None:
    wanted = (*feature[1:], feature[0]) if key.startswith("observation.image") and len(feature) == 3 else feature
    if feature and shape != wanted:
        raise PolicyError(f"'{key}' has the shape {shape}, the checkpoint wants {wanted}")


def _document(folder: Path, name: str) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / name).read_text(encoding="utf-8")))
    except OSError as error:
        raise PolicyError(f"{folder} is no LeRobot checkpoint: there is no {name}") from error
    except ValueError as error:
        raise PolicyError(f"{folder / name} is not JSON: {error}") from error


def _parse(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="lerobot_worker", description="Serve a local LeRobot checkpoint.")
    parser.add_argument("checkpoint", type=Path, help="folder with config.json, model.safetensors and both processors")
    parser.add_argument("--port", type=int, default=8000, help="TCP port (default: 8000)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda (default: cpu)")
    parser.add_argument(
        "--observation-period",
        type=float,
        default=0.0,
        metavar="S",
        help="time between observations in its data [s], for policies that look at several (Diffusion Policy: 0.1)",
    )
    parser.add_argument(
        "--language-model",
        default="",
        metavar="FOLDER",
        help="local folder in place of the model whose tokenizer the checkpoint names by its name on the hub",
    )
    return parser.parse_args(words)


def main(args: Sequence[str] | None = None) -> int:
    """Serve a checkpoint until interrupted and return the exit code."""
    options = _parse(args)
    enter_lerobot_environment("vla_ros.serving.lerobot_worker", args)
    sys.stderr.write(f"loading {options.checkpoint}\n")
    try:
        library = LerobotLibrary(options.device, options.language_model)
        policy = CheckpointPolicy(library, options.checkpoint, options.observation_period)
        sys.stderr.write(f"serving {policy.settings.get('type')} of {options.checkpoint} on port {options.port}\n")
        serve(policy, ServingConfig(port=options.port, specification=policy.specification))
    except VlaError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
