# SPDX-License-Identifier: Apache-2.0
"""LeRobot 0.6 behind three calls: load a folder, give rows for observations, forget. The only file that imports it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vla_ros.errors import PolicyError

__all__ = ["LerobotLibrary"]

TOKENIZER_STEP = "tokenizer_processor"


class LerobotLibrary:
    """See :class:`vla_ros.serving.lerobot_worker.Library`."""

    def __init__(self, device: str = "cpu", language_model: str = "") -> None:
        """Forbid the network before anything of the hub is imported.

        Args:
            device: ``cpu`` or ``cuda``.
            language_model: Folder in place of the language model that a checkpoint names by its name on the hub.
        """
        os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", HF_DATASETS_OFFLINE="1")
        self._device, self._language_model = device, language_model
        self._policy: Any = None
        self._pre: Any = None
        self._post: Any = None

    def load(self, folder: Path, settings: Mapping[str, Any], steps: Mapping[str, Any]) -> None:
        """See :class:`Library`."""
        named = steps.get(TOKENIZER_STEP, {}).get("tokenizer_name", "")
        if named and not (self._language_model or Path(named).is_dir()):
            raise PolicyError(f"the tokenizer '{named}' is not on this machine: name its folder with --language-model")
        try:
            self._load(folder, settings, steps)
        except ImportError as error:
            raise PolicyError(f"LeRobot cannot be used from this environment: {error}") from error
        except Exception as error:  # of a dozen libraries, whatever they raise over a wrong file
            raise PolicyError(f"LeRobot cannot load {folder}: {type(error).__name__}: {error}") from error

    def weights(self) -> Mapping[str, Any]:
        """See :class:`Library`."""
        return dict(self._policy.state_dict())

    def rows(self, observations: Sequence[Mapping[str, Any]], seed: int) -> npt.NDArray[np.float32]:
        """See :class:`Library`."""
        import torch

        if seed >= 0:
            torch.manual_seed(seed)
        batches = [self._pre({key: _tensor(key, value) for key, value in each.items()}) for each in observations]
        batch = self._remember(batches) if self._looks_back() else batches[-1]
        with torch.inference_mode():
            rows = self._policy.predict_action_chunk(batch)[0]
            done = torch.stack([self._post(row[None])[0] for row in rows])
        return np.asarray(done.float().cpu().numpy())

    def reset(self) -> None:
        """See :class:`Library`."""
        for part in (self._policy, self._pre, self._post):
            part.reset()

    def _load(self, folder: Path, settings: Mapping[str, Any], steps: Mapping[str, Any]) -> None:
        from lerobot.configs.policies import PreTrainedConfig
        from lerobot.policies.factory import get_policy_class, make_pre_post_processors

        config = PreTrainedConfig.from_pretrained(folder, local_files_only=True)
        config.device = self._device
        if "pretrained_backbone_weights" in settings:  # else torchvision fetches what the checkpoint overwrites
            config.pretrained_backbone_weights = None
        overrides: dict[str, dict[str, Any]] = {"device_processor": {"device": self._device}}
        if self._language_model:
            if "vlm_model_name" in settings:
                config.vlm_model_name = self._language_model
            if TOKENIZER_STEP in steps:
                overrides[TOKENIZER_STEP] = {"tokenizer_name": self._language_model}
        policy = get_policy_class(config.type).from_pretrained(folder, config=config, local_files_only=True)
        self._policy = policy.to(self._device).eval()
        self._pre, self._post = make_pre_post_processors(config, str(folder), preprocessor_overrides=overrides)

    def _looks_back(self) -> bool:
        """Whether the policy takes observations out of queues of its own (Diffusion Policy, VQ-BeT)."""
        return "observation.state" in getattr(self._policy, "_queues", {})

    def _remember(self, batches: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Fill the policy's queues with these observations alone; return the newest as it expects it."""
        import torch
        from lerobot.policies.utils import populate_queues

        self._policy.reset()
        images = list(self._policy.config.image_features)
        for batch in batches:
            batch.pop("action", None)  # preprocessors add it, empty, and the queues would take it
            if images:
                batch["observation.images"] = torch.stack([batch[key] for key in images], dim=-4)
            self._policy._queues = populate_queues(self._policy._queues, batch)
        return batches[-1]


def _tensor(key: str, value: Any) -> Any:
    """Return what LeRobot expects: images float ``(1, 3, H, W)`` in 0..1, vectors float ``(1, S)``, text in a list."""
    import torch

    if isinstance(value, str):
        return [value]
    tensor = torch.from_numpy(np.array(value))
    if key.startswith("observation.image"):
        return tensor.permute(2, 0, 1)[None].float() / 255.0
    return tensor.float()[None]
