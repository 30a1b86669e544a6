# SPDX-License-Identifier: Apache-2.0
"""Serves a vision-language model that writes actions as tokens (OpenVLA and its kin) from a local folder.

``python -m vla_ros.serving.transformers_worker FOLDER``. The model is what ``transformers`` makes of the folder; the
last ``256`` tokens of its text vocabulary are the bins of normalised actions (arXiv 2406.09246, section 3.2), and the
folder's statistics undo the normalisation. The network is never used.

A request is ``image`` (uint8 ``(H, W, 3)``) and ``instruction``; the answer is ``actions (1, A)`` in physical units. A
token that is no action is an error, never a motion.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from vla_ros.errors import ConfigError, PolicyError, VlaError, unknown_name
from vla_ros.policy.decoders import BinTokens
from vla_ros.policy.normalisation import AffineNormaliser, normaliser
from vla_ros.serving.server import ServingConfig, serve
from vla_ros.serving.weights import weight_files

__all__ = ["ActionVocabulary", "TokenModel", "TokenPolicy", "TransformersModel", "action_vocabulary", "main"]

PROMPT = "In: What action should the robot take to {instruction}?\nOut:"  # OpenVLA's
SPACE = 29871  # Llama's token for a space after the prompt, which OpenVLA saw in training and its tokeniser leaves out
STATISTICS = "dataset_statistics.json"  # beside a fine-tuned checkpoint; takes precedence over those in config.json


@dataclass(frozen=True, slots=True)
class ActionVocabulary:
    """What the model's tokens mean.

    Attributes:
        tokens: From token to normalised number.
        scale: From normalised number to physical unit.
    """

    tokens: BinTokens
    scale: AffineNormaliser


class TokenModel(Protocol):
    """A model that continues a prompt about an image; a stand-in takes its place in tests."""

    def tokens(self, image: npt.NDArray[np.uint8], prompt: str, count: int) -> npt.NDArray[np.int64]:
        """Return the ``count`` likeliest next tokens, one after the other; fewer where the model ends before."""


class TokenPolicy:
    """Such a model behind :func:`vla_ros.serving.serve`."""

    def __init__(self, model: TokenModel, vocabulary: ActionVocabulary, prompt: str = PROMPT) -> None:
        """Ask ``model`` with ``prompt``, in which ``{instruction}`` is replaced."""
        self._model, self._vocabulary, self._prompt = model, vocabulary, prompt

    def __call__(self, observation: dict[str, Any]) -> dict[str, Any]:
        """Return the action for an image and an instruction.

        Raises:
            PolicyError: one of the two is missing or no such thing, or the model wrote something that is no action.
        """
        image, instruction = np.asarray(observation.get("image", 0)), observation.get("instruction", "")
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise PolicyError(f"'image' must be uint8 (H, W, 3), got {image.dtype} {image.shape}")
        if not isinstance(instruction, str) or not instruction.strip():
            raise PolicyError("'instruction' must be a sentence")
        width = self._vocabulary.tokens.width
        written = self._model.tokens(image, self._prompt.replace("{instruction}", instruction.strip().lower()), width)
        decoded = self._vocabulary.tokens.decode(written)
        if not decoded.ok:
            raise PolicyError(f"the model wrote no action: {decoded.reason}")
        return {"actions": self._vocabulary.scale.denormalise(decoded.rows).astype(np.float32)}


class TransformersModel:
    """A model of ``transformers`` out of a local folder."""

    def __init__(self, folder: Path, device: str = "cpu", *, own_code: bool = False) -> None:
        """Load and compare with the files; ``own_code`` lets Python files of the folder run, as OpenVLA's own need.

        Raises:
            PolicyError: the folder holds no such model, or its weights are not what was loaded.
        """
        os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")
        weight_files(folder)
        try:
            import transformers

            options = {"local_files_only": True, "trust_remote_code": own_code}
            self._processor = transformers.AutoProcessor.from_pretrained(folder, **options)
            model, found = transformers.AutoModelForImageTextToText.from_pretrained(
                folder, output_loading_info=True, **options
            )
        except Exception as error:  # of several libraries, whatever they raise over a wrong file
            raise PolicyError(f"transformers cannot load {folder}: {type(error).__name__}: {error}") from error
        _require_complete(folder, found)
        self._model, self._device = model.to(device).eval(), device

    def tokens(self, image: npt.NDArray[np.uint8], prompt: str, count: int) -> npt.NDArray[np.int64]:
        """See :class:`TokenModel`."""
        import torch
        from PIL import Image

        inputs = self._processor(text=prompt, images=Image.fromarray(image), return_tensors="pt").to(self._device)
        if self._model.config.model_type == "openvla" and int(inputs["input_ids"][0, -1]) != SPACE:
            inputs = _with_token(inputs, SPACE)
        with torch.inference_mode():
            written = self._model.generate(**inputs, max_new_tokens=count, do_sample=False)
        return np.asarray(written[0, inputs["input_ids"].shape[1] :].cpu().numpy(), np.int64)


def action_vocabulary(folder: Path, data_set: str = "") -> ActionVocabulary:
    """Return what the tokens of the model in ``folder`` mean.

    Args:
        folder: The checkpoint; statistics are in its config.json or beside it.
        data_set: Name of the statistics (``unnorm_key``); empty: there is only one.

    Raises:
        PolicyError: the folder has no statistics, or several and ``data_set`` names none of them.
        ConfigError: the statistics lack what is needed.
    """
    config = _document(folder / "config.json")
    beside = folder / STATISTICS
    every = _document(beside) if beside.is_file() else config.get("norm_stats", {})
    if not every:
        raise PolicyError(f"{folder} holds no statistics of actions (norm_stats, {STATISTICS})")
    if not data_set and len(every) > 1:
        raise PolicyError(f"{folder} holds statistics of several data sets; choose one of {', '.join(sorted(every))}")
    name = data_set or next(iter(every))
    if name not in every:
        raise PolicyError(unknown_name("data set", name, every))
    action: Mapping[str, Any] = every[name].get("action", {})
    statistics = {key: np.asarray(action[key], np.float64) for key in ("q01", "q99") if key in action}
    mask = np.asarray(action["mask"], bool) if "mask" in action else None
    scale = normaliser("quantiles", statistics, mask=mask, epsilon=0.0)  # OpenVLA adds none
    bins = int(config.get("n_action_bins", 256))
    return ActionVocabulary(BinTokens(len(scale.offset), _vocabulary(config), bins), scale)


def _require_complete(folder: Path, found: Mapping[str, Any]) -> None:
    """Refuse what transformers only warns of: weights that are random, left over or of another shape."""
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs"):
        if found.get(kind):
            first = sorted(map(str, found[kind]))[0]
            raise PolicyError(f"{folder} does not hold the model's weights: {kind.partition('_')[0]} '{first}'")


def _vocabulary(config: Mapping[str, Any]) -> int:
    """Return the size of the text vocabulary without the padding that OpenVLA adds to a multiple of 64."""
    size = config.get("text_config", {}).get("vocab_size", config.get("vocab_size"))
    if not isinstance(size, int):
        raise ConfigError("config.json does not say how large the text vocabulary is")
    return size - int(config.get("pad_to_multiple_of", 0))


def _with_token(inputs: Any, token: int) -> Any:
    import torch

    for key, value in (("input_ids", token), ("attention_mask", 1)):
        inputs[key] = torch.cat((inputs[key], inputs[key].new_full((1, 1), value)), dim=1)
    return inputs


def _document(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise PolicyError(f"{file.parent} is no checkpoint: there is no {file.name}") from error
    except ValueError as error:
        raise PolicyError(f"{file} is not JSON: {error}") from error


def _parse(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="transformers_worker", description="Serve a local vision-language model that writes actions as tokens."
    )
    parser.add_argument("checkpoint", type=Path, help="folder with config.json, processor and safetensors")
    parser.add_argument("--port", type=int, default=8000, help="TCP port (default: 8000)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda (default: cpu)")
    parser.add_argument("--data-set", default="", metavar="NAME", help="whose statistics are used (unnorm_key)")
    parser.add_argument("--prompt", default=PROMPT, help="with {instruction} in it (default: OpenVLA's)")
    parser.add_argument("--own-code", action="store_true", help="run Python files of the folder, as OpenVLA needs")
    return parser.parse_args(words)


def main(args: Sequence[str] | None = None) -> int:
    """Serve a checkpoint until interrupted and return the exit code."""
    options = _parse(args)
    try:
        vocabulary = action_vocabulary(options.checkpoint, options.data_set)
        model = TransformersModel(options.checkpoint, options.device, own_code=options.own_code)
        serve(TokenPolicy(model, vocabulary, options.prompt), ServingConfig(port=options.port))
    except VlaError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
