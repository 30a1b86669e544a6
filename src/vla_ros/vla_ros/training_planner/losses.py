# SPDX-License-Identifier: Apache-2.0
"""What the default planner learns from: words of answers, and what the cells of a picture show. No training loop."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from vla_ros.training_planner.encoding import Tokens

__all__ = ["answer_loss", "code_loss"]


def answer_loss(network: Any, tokens: Tokens, seen: torch.Tensor | None = None) -> torch.Tensor:
    """Return the mean cross-entropy of the words to learn.

    Args:
        network: The LLaVA.
        tokens: A batch.
        seen: ``(B, GRID², D)`` tokens of the vision tower; None: no pictures.
    """
    embedded = network.get_input_embeddings()(tokens.input_ids)
    if seen is not None:
        projected = network.model.multi_modal_projector(seen)
        shown = (tokens.input_ids == network.config.image_token_id)[..., None].expand_as(embedded)
        embedded = embedded.masked_scatter(shown, projected.reshape(-1, embedded.shape[-1]))
    text = network.model.language_model(inputs_embeds=embedded, attention_mask=tokens.attention_mask)
    learned = tokens.labels[:, 1:] != -100
    scores = network.lm_head(text.last_hidden_state[:, :-1][learned])
    weights = tokens.weights[:, 1:][learned]
    each = functional.cross_entropy(scores, tokens.labels[:, 1:][learned], reduction="none")
    return (each * weights).sum() / weights.sum()


def code_loss(seen: torch.Tensor, code: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    """Return the squared error of the first channels of ``seen (B, GRID², D)`` against ``code``, per picture.

    Squares, not cross-entropy: the numbers themselves are what the Llama has learned to read.
    """
    errors = (seen[..., : code.shape[-1]] - code) ** 2 * counts
    return errors.sum() / len(seen)
