# SPDX-License-Identifier: Apache-2.0
"""The default planner's network and processor: a small Idefics3 in Hugging Face format. No training, no data.

A vision transformer over 16 px patches, four of which make one of 49 image tokens, before a small Llama. Chosen among
the families that transformers loads without torchvision.
"""

from __future__ import annotations

import itertools
import re
from typing import Any

from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3Processor,
    PreTrainedTokenizerFast,
)
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

from vla_ros.planner.compact import COLUMNS
from vla_ros.planner.compact.dialect import PLACES
from vla_ros.planner.skills import SkillLibrary
from vla_ros.training_planner import sentences

__all__ = ["IMAGE_TOKENS", "PATCH", "image_prefix", "make_model", "make_processor", "make_words"]

PATCH = 16
SCALE = 2
IMAGE_TOKENS = (224 // PATCH // SCALE) ** 2
SPECIAL = ("<pad>", "<unk>", "<bos>", "<eos>", "<sep>", "<image>", "<fake_token_around_image>", "<global-img>")
_TEMPLATE = (
    "{% for message in messages %}{% for part in message.content %}{% if part.type == 'image' %}<image>"
    "{% else %}{{ part.text }}{% endif %}{% endfor %}{% endfor %}<sep>"
)


def make_words(library: SkillLibrary) -> list[str]:
    """Return the vocabulary: every word of the sentences, the library and the dialect, in a fixed order."""
    texts = [
        *itertools.chain(*sentences.TEMPLATES.values(), *sentences.HELD_OUT.values(), *sentences.SYNONYMS.values())
    ]
    texts += [*sentences.CHATTER, *sentences.CONNECTORS, *sentences.POLITE]
    texts += [skill.question for skill in library.skills.values()]
    words = set(re.findall(r"[a-z']+|[,;.?:|]", re.sub(r"\{\w+\}", " ", " ".join(texts).lower())))
    words |= {*library.skills, *library.colours, *library.shapes, *library.bins, "zone", "bin", "in", "on", "top", "of"}
    words |= {*PLACES, "|", ";", ":", "?", "done", "absent", "nonsense", "unsure", "yes", "no", "plan", "check"}
    words |= {"thing", "object", "all", "leftmost", "rightmost", "nearest", "closest", "farthest", "furthest"}
    words |= {"cubes", "boxes", "cylinders", "balls"}
    places = [f"{axis}{number:02d}" for axis in "xy" for number in range(COLUMNS)]
    return [*SPECIAL, *sorted(words), *places]


def make_processor(words: list[str]) -> Any:
    """Return the processor: word-level tokenizer and image processor."""
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        unk_token="<unk>",
        bos_token="<bos>",
        eos_token="<eos>",
        model_input_names=["input_ids", "attention_mask"],
        extra_special_tokens={
            "image_token": "<image>",
            "fake_image_token": "<fake_token_around_image>",
            "global_image_token": "<global-img>",
            "end_of_utterance_token": "<sep>",
        },
    )
    images = Idefics3ImageProcessorPil(
        do_image_splitting=False, size={"longest_edge": 224}, max_image_size={"longest_edge": 224}
    )
    return Idefics3Processor(images, fast, image_seq_len=IMAGE_TOKENS, chat_template=_TEMPLATE)


def make_model(vocabulary: int) -> Any:
    """Return the network with random weights."""
    config = Idefics3Config(
        vision_config={
            "hidden_size": 128, "intermediate_size": 384, "num_hidden_layers": 4, "num_attention_heads": 4,
            "image_size": 224, "patch_size": PATCH,
        },
        text_config={
            "model_type": "llama", "hidden_size": 160, "intermediate_size": 448, "num_hidden_layers": 4,
            "num_attention_heads": 5, "num_key_value_heads": 5, "vocab_size": vocabulary,
            "max_position_embeddings": 512, "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3,
        },
        scale_factor=SCALE, image_token_id=SPECIAL.index("<image>"), pad_token_id=0, tie_word_embeddings=False,
    )  # fmt: skip
    return Idefics3ForConditionalGeneration(config)


def image_prefix(index: dict[str, int]) -> list[int]:
    """Return the tokens that stand for one picture, as the processor writes them."""
    fake, marker, image = (index[word] for word in ("<fake_token_around_image>", "<global-img>", "<image>"))
    return [fake, marker, *[image] * IMAGE_TOKENS, fake]
