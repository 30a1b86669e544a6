# SPDX-License-Identifier: Apache-2.0
"""A vision-language model of transformers: generates until a deadline, and scores given answers. No prompts, no plans.

With ``guide.py`` the only file of the planner that imports torch and transformers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from transformers import (
    AutoModelForImageTextToText,
    AutoProcessor,
    LogitsProcessorList,
    StoppingCriteria,
    StoppingCriteriaList,
)

from vla_ros.errors import ConfigError
from vla_ros.planner.local.guide import Guide
from vla_ros.types import ImageArray

__all__ = ["Generated", "LocalModel"]


@dataclass(frozen=True, slots=True)
class Generated:
    """What the model wrote, its mean log-probability per token, and whether the deadline cut it short."""

    text: str
    mean_log_probability: float
    is_late: bool


class _Deadline(StoppingCriteria):
    """Ends the generation when the time is over."""

    def __init__(self, now_ns: Callable[[], int], deadline_ns: int) -> None:
        self._now_ns, self._deadline_ns = now_ns, deadline_ns
        self.is_late = False

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        self.is_late = bool(self._deadline_ns) and self._now_ns() >= self._deadline_ns
        return torch.full((input_ids.shape[0],), self.is_late, dtype=torch.bool, device=input_ids.device)


class LocalModel:
    """Model and processor of one folder; nothing is downloaded."""

    def __init__(self, folder: Path, now_ns: Callable[[], int], device: str = "cpu") -> None:
        """Load; raises ``ConfigError`` where the folder holds no such model."""
        if not (folder / "config.json").is_file():
            raise ConfigError(f"'{folder}' is no folder of a Hugging Face model: it has no config.json")
        try:
            self.processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
            self._model = AutoModelForImageTextToText.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, ImportError) as error:
            raise ConfigError(f"the model in '{folder}' cannot be loaded: {error}") from error
        if torch.device(device).type == "cpu" and self._model.dtype is torch.float16:
            self._model.float()  # a processor is slow in half precision, and lacks operators for it
        self._model.to(device).eval()
        self._now_ns, self._device = now_ns, device
        self._guide = Guide(self.processor.tokenizer)

    def generate(
        self, messages: Sequence[Any], images: Sequence[ImageArray], deadline_ns: int, max_tokens: int,
        schema: Mapping[str, Any] | None = None,
    ) -> Generated:  # fmt: skip
        """Return the answer of greedy decoding.

        Args:
            messages: Chat messages; images are named by parts of type ``image``.
            images: ``(H, W, 3)`` uint8 RGB in their order.
            deadline_ns: On the clock given to the constructor; 0: none.
            max_tokens: Longest answer.
            schema: JSON schema that the answer cannot leave; None: it may be anything.
        """
        inputs = self._inputs(messages, images)
        start = inputs["input_ids"].shape[1]
        deadline = _Deadline(self._now_ns, deadline_ns)
        constraints = [self._guide.constraint(schema, start)] if schema else []
        with torch.inference_mode():
            output = self._model.generate(
                **inputs, max_new_tokens=max_tokens, do_sample=False, return_dict_in_generate=True, output_scores=True,
                stopping_criteria=StoppingCriteriaList([deadline]), logits_processor=LogitsProcessorList(constraints),
            )  # fmt: skip
        tokens = output.sequences[0, start:]
        pairs = zip(output.scores, tokens, strict=False)
        steps = [torch.log_softmax(score[0].float(), -1)[token] for score, token in pairs]
        mean = float(torch.stack(steps).mean()) if steps else 0.0
        return Generated(self.processor.tokenizer.decode(tokens, skip_special_tokens=True), mean, deadline.is_late)

    def embed(self, messages: Sequence[Any], images: Sequence[ImageArray]) -> npt.NDArray[np.float32]:
        """Return the last hidden state ``(W,)`` after the last word of messages and images."""
        with torch.inference_mode():
            states = self._model(**self._inputs(messages, images), output_hidden_states=True).hidden_states
        vector: npt.NDArray[np.float32] = states[-1][0, -1].float().cpu().numpy()
        return vector

    def log_likelihoods(
        self, messages: Sequence[Any], images: Sequence[ImageArray], answers: Sequence[str]
    ) -> list[float]:
        """Return the log-probability of each answer as a whole, for scoring a fixed set (SayCan)."""
        inputs = self._inputs(messages, images)
        start = inputs["input_ids"].shape[1]
        totals = []
        for answer in answers:
            tokens = self.processor.tokenizer(answer, add_special_tokens=False, return_tensors="pt")["input_ids"]
            ids = torch.cat([inputs["input_ids"], tokens.to(self._device)], dim=1)
            given = {**inputs, "input_ids": ids, "attention_mask": torch.ones_like(ids)}
            with torch.inference_mode():
                logits = self._model(**given).logits[0, start - 1 : -1].float()
            chosen = torch.log_softmax(logits, -1).gather(1, tokens[0].to(self._device)[:, None])
            totals.append(float(chosen.sum()))
        return totals

    def _inputs(self, messages: Sequence[Any], images: Sequence[ImageArray]) -> dict[str, Any]:
        text = self.processor.apply_chat_template(list(messages), add_generation_prompt=True)
        pictures = [Image.fromarray(np.ascontiguousarray(image)) for image in images]
        inputs = self.processor(text=text, images=[pictures] if pictures else None, return_tensors="pt")
        return dict(inputs.to(self._device, self._model.dtype))
