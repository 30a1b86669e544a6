# SPDX-License-Identifier: Apache-2.0
"""Keeps the answer of a local model inside a JSON schema, token by token, by llguidance. No model is here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from transformers import LogitsProcessor

from vla_ros.errors import ConfigError

__all__ = ["Guide"]


class Guide:
    """Makes constraints for one tokenizer; its vocabulary is read when the first is asked for."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._vocabulary: Any = None

    def constraint(self, schema: Mapping[str, Any], start: int) -> LogitsProcessor:
        """Return what forbids every token after position ``start`` with which the answer would leave ``schema``.

        Raises:
            ConfigError: llguidance is not installed or cannot read the tokenizer.
        """
        try:
            from llguidance import LLMatcher
            from llguidance.hf import from_tokenizer

            self._vocabulary = self._vocabulary or from_tokenizer(self._tokenizer)
        except (ImportError, ValueError, RuntimeError) as error:
            raise ConfigError(f"answers cannot be guided ({error}); 'guided: false' goes on without") from error
        grammar = LLMatcher.grammar_from_json_schema(json.dumps(schema), defaults={"whitespace_flexible": False})
        return _Constraint(LLMatcher(self._vocabulary, grammar), self._vocabulary.vocab_size, start)


class _Constraint(LogitsProcessor):
    """One answer on its way; the scores of forbidden tokens become minus infinity. One row: nothing is batched."""

    def __init__(self, matcher: Any, vocabulary: int, start: int) -> None:
        from llguidance.numpy import allocate_token_bitmask

        self._matcher, self._read = matcher, start
        self._allowed = allocate_token_bitmask(1, vocabulary)

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        from llguidance.numpy import fill_next_token_bitmask

        self._matcher.consume_tokens(input_ids[0, self._read :].tolist())
        self._read = input_ids.shape[1]
        fill_next_token_bitmask(self._matcher, self._allowed, 0)
        bits = np.unpackbits(self._allowed.view(np.uint8), bitorder="little")
        allowed = torch.zeros(scores.shape[-1], dtype=torch.bool)  # networks may have more rows than there are tokens
        count = min(len(bits), len(allowed))
        allowed[:count] = torch.from_numpy(bits[:count].astype(bool))
        return scores.masked_fill(~allowed.to(scores.device), float("-inf"))
