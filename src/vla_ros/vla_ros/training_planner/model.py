# SPDX-License-Identifier: Apache-2.0
"""The default planner's network and processor: a small LLaVA in Hugging Face format. No training, no data.

A LeViT makes 14 x 14 image tokens of a picture of 224 x 224 px (four strided convolutions and two attention blocks), a
projector hands them to a small Llama. Convolutions, because things of 15 px are told apart from a tenth of the pictures
that a plain vision transformer needs; 224, because at 160 px a cube of 15 px is no longer told from a cylinder.
"""

from __future__ import annotations

import itertools
import re
from typing import Any

from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlavaConfig, LlavaForConditionalGeneration, LlavaProcessor, PreTrainedTokenizerFast
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from vla_ros.planner.compact import COLUMNS
from vla_ros.planner.compact.dialect import PLACES
from vla_ros.planner.skills import SkillLibrary
from vla_ros.training_planner import sentences

__all__ = ["GRID", "IMAGE_TOKENS", "SIZE", "image_prefix", "make_model", "make_processor", "make_words"]

SIZE = 224  # [px] side of what the network sees: the columns of the contract's camera, none merged
PATCH = 16
GRID = SIZE // PATCH  # image tokens along a side
IMAGE_TOKENS = GRID**2
SPECIAL = ("<pad>", "<unk>", "<bos>", "<eos>", "<sep>", "<image>")
_VISION_WIDTH = 192
_TEMPLATE = (
    "{% for message in messages %}{% for part in message.content %}{% if part.type == 'image' %}<image>"
    "{% else %}{{ part.text }}{% endif %}{% endfor %}{% endfor %}<sep>"
)


def make_words(library: SkillLibrary) -> list[str]:
    """Return the vocabulary: every word of the sentences, the library and the dialect, in a fixed order."""
    texts = [
        *itertools.chain(*sentences.TEMPLATES.values(), *sentences.HELD_OUT.values(), *sentences.SYNONYMS.values())
    ]
    texts += [*sentences.CHATTER, *sentences.CONNECTORS, *sentences.POLITE, *sentences.NEGATIONS]
    texts += [skill.question for skill in library.skills.values()]
    words = set(re.findall(r"[a-z']+|[,;.?:|]", re.sub(r"\{\w+\}", " ", " ".join(texts).lower())))
    words |= {*library.skills, *library.colours, *library.shapes, *library.bins, "zone", "bin", "in", "on", "top", "of"}
    words |= {*PLACES, "|", ";", ":", "?", "done", "absent", "nonsense", "unsure", "yes", "no", "plan", "check", "look"}
    words |= {"thing", "object", "all", "leftmost", "rightmost", "nearest", "closest", "farthest", "furthest"}
    words |= {"cubes", "boxes", "cylinders", "balls"}
    places = [f"{axis}{number:02d}" for axis in "xy" for number in range(COLUMNS)]
    return [*SPECIAL, *sorted(words), *places]


def make_processor(words: list[str]) -> Any:
    """Return the processor: word-level tokenizer and image processor."""
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        unk_token="<unk>",
        bos_token="<bos>",
        eos_token="<eos>",
        model_input_names=["input_ids", "attention_mask"],
        extra_special_tokens={"image_token": "<image>", "end_of_utterance_token": "<sep>"},
    )
    images = CLIPImageProcessorPil(
        size={"height": SIZE, "width": SIZE}, do_center_crop=False, image_mean=[0.5] * 3, image_std=[0.25] * 3
    )
    return LlavaProcessor(
        images, fast, patch_size=PATCH, vision_feature_select_strategy="full", chat_template=_TEMPLATE
    )


def make_model(vocabulary: int) -> Any:
    """Return the network with random weights."""
    config = LlavaConfig(
        vision_config={
            "model_type": "levit", "image_size": SIZE, "patch_size": PATCH, "hidden_size": _VISION_WIDTH,
            "hidden_sizes": [_VISION_WIDTH] * 3, "depths": [2], "num_attention_heads": [6], "key_dim": [24],
            "mlp_ratio": [2], "attention_ratio": [2], "down_ops": [[""]],
        },
        text_config={
            "model_type": "llama", "hidden_size": 128, "intermediate_size": 320, "num_hidden_layers": 4,
            "num_attention_heads": 4, "num_key_value_heads": 4, "vocab_size": vocabulary,
            "max_position_embeddings": 512, "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3,
        },
        vision_feature_layer=-1, vision_feature_select_strategy="full", image_seq_length=IMAGE_TOKENS,
        image_token_id=SPECIAL.index("<image>"), pad_token_id=0, tie_word_embeddings=False,
    )  # fmt: skip
    return LlavaForConditionalGeneration(config)


def image_prefix(index: dict[str, int]) -> list[int]:
    """Return the tokens that stand for one picture, as the processor writes them."""
    return [index["<image>"]] * IMAGE_TOKENS
