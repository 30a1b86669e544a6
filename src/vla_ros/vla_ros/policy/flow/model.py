# SPDX-License-Identifier: Apache-2.0
"""The network of the default policy: encode an observation and a sentence, then integrate a flow to an action chunk.

Units in here are normalised; images are ``(B, C, 3, H, W)`` in [-1, 1], one slot per camera. Several sentences of one
observation share the vision trunk: every text input carries the index of its image.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vla_ros.policy.flow.config import FlowConfig
from vla_ros.policy.flow.layers import AdaptiveBlock, TransformerBlock, VisionTrunk, attend, coordinates, time_embedding

__all__ = ["Context", "FlowPolicyNetwork", "Inputs"]

ATTENTION_QUERIES = 4


@dataclass(frozen=True)
class Inputs:
    """Inputs of one batch.

    Attributes:
        images: ``(B, C, 3, H, W)`` in [-1, 1].
        image_index: ``(N,)`` image of every sample; several samples may share one.
        words: ``(N, L)`` word indices, 0 pads.
        proprioception: ``(N, P)`` normalised.
    """

    images: Tensor
    image_index: Tensor
    words: Tensor
    proprioception: Tensor


@dataclass(frozen=True)
class Context:
    """What the head needs of an observation.

    Attributes:
        tokens: ``(N, K, D)`` fused context.
        grounding: ``(N, G, C, M * M)`` log-probabilities of where each phrase lies in each camera.
        auxiliary: ``(N, X)`` raw outputs of the auxiliary head.
    """

    tokens: Tensor
    grounding: Tensor
    auxiliary: Tensor


class CameraFeatures(nn.Module):
    """Features of every camera, and their projections for attention. A base, so that names in checkpoints are flat."""

    def __init__(self, config: FlowConfig) -> None:
        super().__init__()
        self.trunks = nn.ModuleList(VisionTrunk() for _ in config.image_keys)
        self.image_norm = nn.LayerNorm(64)
        self.image_key = nn.Linear(66, config.width)
        self.image_value = nn.Linear(66, config.width)

    def features(self, maps: Tensor) -> Tensor:
        """Return ``(B, M*M, 66)``: normalised features with their coordinates."""
        flat = self.image_norm(maps.flatten(2).transpose(1, 2))
        return torch.cat([flat, coordinates(maps).flatten(2).transpose(1, 2)], dim=-1)

    def keys_and_values(self, features: Tensor, image_index: Tensor) -> tuple[Tensor, Tensor]:
        """Return ``(N, M*M, D)`` twice for features ``(B, M*M, 66)`` of the images that ``image_index`` chooses."""
        # Projected once per image, not per sentence: the costliest product of a training step otherwise.
        return self.image_key(features)[image_index], self.image_value(features)[image_index]


class SentenceFeatures(CameraFeatures):
    """What a sentence says, as a whole and of each phrase. A base, so that names in checkpoints are flat."""

    def __init__(self, config: FlowConfig) -> None:
        super().__init__(config)
        width = config.width
        self.words = nn.Embedding(config.vocabulary, width, padding_idx=0)
        self.word_positions = nn.Parameter(0.02 * torch.randn(config.words, width))
        self.text_block = TransformerBlock(width, config.heads)
        self.phrases = nn.Parameter(torch.randn(config.groundings, width) / width**0.5)
        self.phrase_key = nn.Linear(width, width)
        self.phrase_query = nn.ModuleList(nn.Linear(width, 64) for _ in range(config.groundings))

    def text(self, words: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mean of the sentence ``(N, D)`` and one mean per phrase ``(N, G, 64)`` of the words it is about.

        A learned query per phrase picks its words: from the plain mean, "red on blue" and "blue on red" hardly differ.
        """
        mask = words > 0
        tokens = self.text_block(self.words(words) + self.word_positions, mask)
        weight = mask.to(tokens.dtype)[..., None]
        text = (tokens * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1.0)
        score = self.phrases @ self.phrase_key(tokens).transpose(1, 2)
        picked = score.masked_fill(~mask[:, None], -1e4).softmax(dim=-1) @ tokens
        queries = [project(picked[:, index]) for index, project in enumerate(self.phrase_query)]
        return text, torch.stack(queries, dim=1)


class FlowPolicyNetwork(SentenceFeatures):
    """Vision, text and proprioception to a conditional flow over action chunks (x1-prediction).

    Flow: ``x_t = (1 - t) · noise + t · action``; the head predicts the action; velocity = (action - x_t) / (1 - t).
    """

    def __init__(self, config: FlowConfig) -> None:
        super().__init__(config)
        self.config = config
        width, cameras = config.width, len(config.image_keys)
        self.attention_query = nn.Linear(2 * width, ATTENTION_QUERIES * width)
        self.proprioception = nn.Sequential(nn.Linear(config.proprioception, width), nn.GELU(), nn.Linear(width, width))
        self.grounded = nn.Linear(66, width)
        tokens = 2 + cameras * (config.groundings + ATTENTION_QUERIES)
        self.token_type = nn.Parameter(0.02 * torch.randn(tokens, width))
        self.fusion = nn.ModuleList(TransformerBlock(width, config.heads) for _ in range(config.fusion_blocks))
        self.auxiliary = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, config.auxiliary))
        self.head = FlowHead(config)

    def encode(self, inputs: Inputs) -> Context:
        """Return the context of a batch."""
        text, phrases = self.text(inputs.words)
        proprioception = self.proprioception(inputs.proprioception)
        conditions = torch.cat([text, proprioception], dim=-1)
        tokens, grounding = [proprioception[:, None], text[:, None]], []
        for camera, trunk in enumerate(self.trunks):
            features = self.features(trunk(inputs.images[:, camera]))
            pooled, log_map = self._ground(features[inputs.image_index], phrases)
            tokens += [pooled, self._look(features, inputs.image_index, conditions)]
            grounding.append(log_map)
        fused = torch.cat(tokens, dim=1) + self.token_type
        for block in self.fusion:
            fused = block(fused)
        return Context(fused, torch.stack(grounding, dim=2), self.auxiliary(fused[:, 0]))

    def denoise(self, context: Context, noisy: Tensor, time: Tensor) -> Tensor:
        """Return the clean chunk ``(N, T, A)`` predicted at flow time ``(N,)`` or, per row, ``(N, T)``."""
        return self.head(context.tokens, noisy, time)

    def forward(self, inputs: Inputs, noise: Tensor) -> tuple[Tensor, Context]:
        """Return a chunk ``(N, T, A)`` by Euler integration from ``noise``, and the context."""
        context = self.encode(inputs)
        cached = self.head.cache(context.tokens)
        chunk, steps = noise, self.config.euler_steps
        for step in range(steps):
            time = step / steps
            clean = self.head.run(cached, chunk, noise.new_full((noise.shape[0],), time))
            chunk = chunk + (clean - chunk) / (steps * (1.0 - time))
        return chunk, context

    def _ground(self, features: Tensor, phrases: Tensor) -> tuple[Tensor, Tensor]:
        """Return a token per phrase ``(N, G, D)`` and its map's log-probabilities ``(N, G, M*M)``."""
        log_map = (phrases @ features[..., :64].transpose(1, 2) / 8.0).log_softmax(dim=-1)
        return self.grounded(log_map.exp() @ features), log_map

    def _look(self, features: Tensor, image_index: Tensor, conditions: Tensor) -> Tensor:
        query = self.attention_query(conditions).unflatten(-1, (ATTENTION_QUERIES, -1))
        return attend(query, *self.keys_and_values(features, image_index), self.config.heads)


class FlowHead(nn.Module):
    """Transformer over the rows of a chunk, cross-attending to the context."""

    def __init__(self, config: FlowConfig) -> None:
        super().__init__()
        self.config = config
        tokens = config.rows // config.rows_per_token
        self.embed = nn.Linear(config.rows_per_token * config.action, config.width)
        self.positions = nn.Parameter(0.02 * torch.randn(tokens, config.width))
        self.time = nn.Sequential(
            nn.Linear(config.width, config.width), nn.SiLU(), nn.Linear(config.width, config.width)
        )
        self.blocks = nn.ModuleList(AdaptiveBlock(config.width, config.heads) for _ in range(config.head_blocks))
        self.out = nn.Sequential(
            nn.LayerNorm(config.width), nn.Linear(config.width, config.rows_per_token * config.action)
        )

    def cache(self, tokens: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return the keys and values of every block; they do not depend on the flow time."""
        return [block.context(tokens) for block in self.blocks]

    def run(self, cached: list[tuple[Tensor, Tensor]], noisy: Tensor, time: Tensor) -> Tensor:
        """Return the clean chunk ``(N, T, A)`` that is predicted from ``noisy``."""
        grouped = noisy.unflatten(1, (-1, self.config.rows_per_token)).flatten(2)
        tokens = self.embed(grouped) + self.positions
        if time.ndim == 1:
            modulation = self.time(time_embedding(time, self.config.width))[:, None]
        else:  # one time per row: the mean of the rows that share a token
            per_token = time.unflatten(1, (-1, self.config.rows_per_token)).mean(dim=-1)
            flat = time_embedding(per_token.flatten(), self.config.width)
            modulation = self.time(flat).unflatten(0, per_token.shape)
        for block, context in zip(self.blocks, cached, strict=True):
            tokens = block(tokens, modulation, context)
        return self.out(tokens).unflatten(-1, (self.config.rows_per_token, -1)).flatten(1, 2)

    def forward(self, tokens: Tensor, noisy: Tensor, time: Tensor) -> Tensor:
        """Return the clean chunk; see :meth:`run`."""
        return self.run(self.cache(tokens), noisy, time)
