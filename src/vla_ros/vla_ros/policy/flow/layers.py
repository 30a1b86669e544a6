# SPDX-License-Identifier: Apache-2.0
"""Building blocks of the default policy's network: vision trunk, attention blocks, time embedding."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

__all__ = ["AdaptiveBlock", "TransformerBlock", "VisionTrunk", "attend", "time_embedding"]


def attend(query: Tensor, key: Tensor, value: Tensor, heads: int, mask: Tensor | None = None) -> Tensor:
    """Return multi-head attention ``(B, Q, D)``; ``mask`` ``(B, K)`` is True where a key counts."""
    split = [tensor.unflatten(-1, (heads, -1)).transpose(1, 2) for tensor in (query, key, value)]
    bias = None if mask is None else mask[:, None, None, :]
    mixed = nn.functional.scaled_dot_product_attention(*split, attn_mask=bias)
    return mixed.transpose(1, 2).flatten(2)


def time_embedding(time: Tensor, width: int) -> Tensor:
    """Return sinusoidal features ``(B, width)`` of flow time ``(B,)`` in [0, 1] (Vaswani et al. 2017)."""
    half = width // 2
    frequencies = torch.exp(torch.arange(half, device=time.device) * (-math.log(10000.0) / half))
    angles = 1000.0 * time[:, None] * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


class VisionTrunk(nn.Module):
    """Convolutional trunk of stride 8 with coordinate channels; one per camera."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 32, 6, stride=4, padding=1),
            nn.GroupNorm(4, 32),
            nn.GELU(),
            nn.Conv2d(32, 32, 3, padding=1),
            nn.GroupNorm(4, 32),
            nn.GELU(),
            nn.Conv2d(32, 64, 3, stride=2, padding=1),
            nn.GroupNorm(8, 64),
            nn.GELU(),
            nn.Conv2d(64, 64, 3, padding=1),
            nn.GroupNorm(8, 64),
            nn.GELU(),
        )
        self.refine = nn.Sequential(nn.Conv2d(66, 64, 3, padding=1), nn.GroupNorm(8, 64), nn.GELU())

    def forward(self, image: Tensor) -> Tensor:
        """Return features ``(B, 64, M, M)`` of images ``(B, 3, H, W)`` in [-1, 1]."""
        features = self.stem(image)
        return features + self.refine(torch.cat([features, coordinates(features)], dim=1))


def coordinates(features: Tensor) -> Tensor:
    """Return ``(B, 2, M, M)``: u and v of every cell in [-1, 1]."""
    batch, _, height, width = features.shape
    v = torch.linspace(-1.0, 1.0, int(height), device=features.device, dtype=features.dtype)
    u = torch.linspace(-1.0, 1.0, int(width), device=features.device, dtype=features.dtype)
    grid = torch.stack([u[None, :].expand(height, width), v[:, None].expand(height, width)])
    return grid[None].expand(batch, -1, -1, -1)


class TransformerBlock(nn.Module):
    """Pre-norm self-attention and a two-layer perceptron."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_attention = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return tokens ``(B, N, D)``; ``mask`` ``(B, N)`` is True where a token counts."""
        query, key, value = self.qkv(self.norm_attention(tokens)).chunk(3, dim=-1)
        tokens = tokens + self.out(attend(query, key, value, self.heads, mask))
        return tokens + self.mlp(tokens)


class AdaptiveBlock(nn.Module):
    """Block of the flow head: self- and cross-attention modulated by the flow time (adaLN, arXiv 2212.09748).

    Keys and values of the context are computed once per observation and serve every integration step.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.modulation = nn.Linear(width, 6 * width)
        self.norm_self = nn.LayerNorm(width, elementwise_affine=False)
        self.norm_mlp = nn.LayerNorm(width, elementwise_affine=False)
        self.norm_cross = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out_self = nn.Linear(width, width)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out_cross = nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def context(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Return the keys and values ``(B, N, D)`` of the context tokens."""
        key, value = self.key_value(tokens).chunk(2, dim=-1)
        return key, value

    def forward(self, tokens: Tensor, time: Tensor, context: tuple[Tensor, Tensor]) -> Tensor:
        """Return tokens ``(B, N, D)``; ``time`` is ``(B, 1 or N, D)``: a time per token serves a clean prefix."""
        shift_1, scale_1, gate_1, shift_2, scale_2, gate_2 = self.modulation(time).chunk(6, dim=-1)
        normed = self.norm_self(tokens) * (1.0 + scale_1) + shift_1
        query, key, value = self.qkv(normed).chunk(3, dim=-1)
        tokens = tokens + (1.0 + gate_1) * self.out_self(attend(query, key, value, self.heads))
        tokens = tokens + self.out_cross(attend(self.query(self.norm_cross(tokens)), *context, self.heads))
        normed = self.norm_mlp(tokens) * (1.0 + scale_2) + shift_2
        return tokens + (1.0 + gate_2) * self.mlp(normed)
