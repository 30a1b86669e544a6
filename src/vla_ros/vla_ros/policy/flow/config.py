# SPDX-License-Identifier: Apache-2.0
"""Shape and layout of the default policy's network. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from vla_ros.errors import ConfigError

__all__ = ["FlowConfig"]


@dataclass(frozen=True, slots=True)
class FlowConfig:
    """Hyper-parameters of the network; stored in the checkpoint's ``config.json``.

    Attributes:
        image_keys: Cameras in the order of the model's inputs.
        image_size: Height and width of every input image [px].
        image_crops: Part of each camera's picture that is seen: left, top, right, bottom as shares. The scene camera's
            is the table: what lies there gets twice the pixels.
        proprioception: Width of the proprioceptive input.
        vocabulary: Number of word indices.
        words: Longest sentence in words.
        groundings: Phrases that are grounded in the images: the object that is moved, and its target.
        auxiliary: Width of the auxiliary head.
        rows: Rows ``T`` of a chunk.
        action: Width ``A`` of a row.
        rows_per_token: Consecutive rows that share one token of the head.
        width: Width of every token.
        heads: Attention heads.
        fusion_blocks: Transformer blocks over the context tokens.
        head_blocks: Blocks of the flow head.
        euler_steps: Integration steps at inference.
    """

    image_keys: tuple[str, ...] = ("image.scene", "image.wrist")
    image_size: int = 96
    image_crops: tuple[tuple[float, float, float, float], ...] = ((0.08, 0.36, 0.92, 0.92), (0.0, 0.0, 1.0, 1.0))
    proprioception: int = 13
    vocabulary: int = 256
    words: int = 16
    groundings: int = 2
    auxiliary: int = 10
    rows: int = 16
    action: int = 5
    rows_per_token: int = 2
    width: int = 128
    heads: int = 4
    fusion_blocks: int = 2
    head_blocks: int = 3
    euler_steps: int = 4

    def __post_init__(self) -> None:
        if len(self.image_crops) != len(self.image_keys):
            raise ConfigError(f"image_crops has {len(self.image_crops)} entries for {len(self.image_keys)} cameras")
        if self.rows % self.rows_per_token:
            raise ConfigError(f"rows {self.rows} must be a multiple of rows_per_token {self.rows_per_token}")
        if self.width % self.heads:
            raise ConfigError(f"width {self.width} must be a multiple of heads {self.heads}")
        if self.image_size % 8:
            raise ConfigError(f"image_size {self.image_size} must be a multiple of 8, the stride of the vision trunk")

    @property
    def map_size(self) -> int:
        """Height and width of the feature map of one camera."""
        return self.image_size // 8
