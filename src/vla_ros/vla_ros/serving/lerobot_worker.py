# SPDX-License-Identifier: Apache-2.0
"""Serves a LeRobot checkpoint from a local folder, in an environment of its own.

``python -m vla_ros.serving.lerobot_worker FOLDER``. LeRobot's pins disagree with the suite's, and some of its loaders
go on with random weights when the file is missing. So it runs out of process, without network, behind the protocol of
every other server, and the weights are compared with the file before anything is served.

A request is a map of LeRobot's own keys (``observation.state``, ``observation.images.<camera>``, ``task``); images are
uint8 ``(H, W, 3)``. The answer is ``actions (T, A)`` in the checkpoint's physical units.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from vla_ros.errors import PolicyError, VlaError
from vla_ros.serving.server import ServingConfig, serve

__all__ = ["CheckpointPolicy", "LerobotLibrary", "Library", "main", "require_weights"]

WEIGHTS = "model.safetensors"
PROCESSORS = ("policy_preprocessor.json", "policy_postprocessor.json")


class Library(Protocol):
    """What the worker needs of LeRobot; a stand-in takes its place in tests."""

    def load(self, folder: Path, device: str) -> None:
        """Load policy and processors of a folder, without network."""

    def tensors(self) -> Mapping[str, tuple[int, ...]]:
        """Return the shapes of the weights of the loaded policy by name."""

    def equal(self, name: str, file: Path) -> bool:
        """Whether a weight of the loaded policy is the one in the file."""

    def chunk(self, observation: Mapping[str, Any]) -> npt.NDArray[np.float32]:
        """Return the actions ``(T, A)`` for an observation, pre- and post-processed."""

    def reset(self) -> None:
        """Forget the running task."""


class CheckpointPolicy:
    """A checkpoint behind :func:`vla_ros.serving.serve`."""

    def __init__(self, library: Library, folder: Path, device: str) -> None:
        """Load and compare with the file.

        Raises:
            PolicyError: the folder is no complete checkpoint, or its weights are not what was loaded.
        """
        self._library = library
        self.settings = _settings(folder)
        library.load(folder, device)
        require_weights(library, folder / WEIGHTS)

    @property
    def specification(self) -> dict[str, Any]:
        """What clients are told: type, features in and out."""
        return {key: self.settings.get(key) for key in ("type", "input_features", "output_features")}

    def __call__(self, observation: dict[str, Any]) -> dict[str, Any]:
        """Return the actions for an observation.

        Raises:
            PolicyError: it lacks an input of the checkpoint.
        """
        missing = [key for key in self.settings.get("input_features", {}) if key not in observation]
        if missing:
            raise PolicyError(f"the request lacks '{missing[0]}'; it has {', '.join(observation)}")
        return {"actions": self._library.chunk(observation)}

    def reset(self) -> None:
        """Begin a new run."""
        self._library.reset()


class LerobotLibrary:
    """LeRobot 0.6; imported here only."""

    def __init__(self) -> None:
        """Forbid the network before anything of the hub is imported."""
        os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", HF_DATASETS_OFFLINE="1")
        self._policy: Any = None
        self._pre: Any = None
        self._post: Any = None

    def load(self, folder: Path, device: str) -> None:
        """See :class:`Library`."""
        from lerobot.configs.policies import PreTrainedConfig
        from lerobot.policies.factory import get_policy_class, make_pre_post_processors

        config = PreTrainedConfig.from_pretrained(folder, local_files_only=True)
        config.device = device
        policy = get_policy_class(config.type).from_pretrained(folder, config=config, local_files_only=True)
        self._policy = policy.to(device).eval()
        overrides = {"device_processor": {"device": device}}
        self._pre, self._post = make_pre_post_processors(config, str(folder), preprocessor_overrides=overrides)

    def tensors(self) -> Mapping[str, tuple[int, ...]]:
        """See :class:`Library`."""
        return {name: tuple(tensor.shape) for name, tensor in self._policy.state_dict().items()}

    def equal(self, name: str, file: Path) -> bool:
        """See :class:`Library`."""
        import torch
        from safetensors import safe_open

        with safe_open(file, framework="pt") as stored:
            if name not in stored.keys():  # noqa: SIM118 - not a mapping
                return False
            loaded = self._policy.state_dict()[name].cpu()
            return torch.equal(loaded, stored.get_tensor(name).to(loaded.dtype))

    def chunk(self, observation: Mapping[str, Any]) -> npt.NDArray[np.float32]:
        """See :class:`Library`."""
        import torch

        batch = {key: _tensor(torch, key, value) for key, value in observation.items()}
        with torch.inference_mode():
            rows = self._policy.predict_action_chunk(self._pre(batch))[0]
            done = torch.stack([self._post(row[None])[0] for row in rows])
        return np.asarray(done.float().cpu().numpy())

    def reset(self) -> None:
        """See :class:`Library`."""
        for part in (self._policy, self._pre, self._post):
            part.reset()


def require_weights(library: Library, file: Path) -> None:
    """Refuse a policy whose weights are not those of ``file``.

    Raises:
        PolicyError: naming the first weight that differs.
    """
    with file.open("rb") as stream:
        header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
    stored = {name: tuple(entry["shape"]) for name, entry in header.items() if name != "__metadata__"}
    loaded = library.tensors()
    strange = sorted(name for name in stored if stored[name] != loaded.get(name))
    if strange:
        raise PolicyError(f"the weight '{strange[0]}' of {file} is not in the policy, or has another shape there")
    changed = [name for name in stored if not library.equal(name, file)]
    if changed or not stored:
        raise PolicyError(f"the policy was not loaded from {file}: '{(changed or ['everything'])[0]}' differs")


def _settings(folder: Path) -> dict[str, Any]:
    for name in ("config.json", WEIGHTS, *PROCESSORS):
        if not (folder / name).is_file():
            raise PolicyError(f"{folder} is no LeRobot checkpoint: there is no {name}")
    try:
        settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise PolicyError(f"{folder / 'config.json'} is not JSON: {error}") from error
    return dict(settings)


def _tensor(torch: Any, key: str, value: Any) -> Any:
    """Return what LeRobot expects: images float ``(1, 3, H, W)`` in 0..1, vectors float ``(1, S)``, text in a list."""
    if isinstance(value, str):
        return [value]
    tensor = torch.from_numpy(np.array(value))
    if key.startswith("observation.image"):
        return tensor.permute(2, 0, 1)[None].float() / 255.0
    return tensor.float()[None]


def main(args: Sequence[str] | None = None) -> int:
    """Serve a checkpoint until interrupted and return the exit code."""
    parser = argparse.ArgumentParser(prog="lerobot_worker", description="Serve a local LeRobot checkpoint.")
    parser.add_argument("checkpoint", type=Path, help="folder with config.json, model.safetensors and both processors")
    parser.add_argument("--port", type=int, default=8000, help="TCP port (default: 8000)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda (default: cpu)")
    options = parser.parse_args(args)
    try:
        policy = CheckpointPolicy(LerobotLibrary(), options.checkpoint, options.device)
        serve(policy, ServingConfig(port=options.port, specification=policy.specification))
    except VlaError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
