# SPDX-License-Identifier: Apache-2.0
"""Tiny random checkpoints, written by LeRobot's own ``save_pretrained``. Runs in LeRobot's environment, offline."""

import json
from pathlib import Path

import numpy as np
import torch
from lerobot.configs import FeatureType, PolicyFeature
from lerobot.policies import ACTConfig, DiffusionConfig, SmolVLAConfig, VQBeTConfig
from lerobot.policies.factory import get_policy_class, make_pre_post_processors

STATE, WIDTH, SIDE = 8, 7, 64
HUB_NAME = "somebody/a-language-model"  # stands in config files for what a worker has to find locally
CAMERAS = ("observation.images.scene", "observation.images.wrist")
SMALL = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}


def cameras_of(kind):
    """Return the cameras that a kind of policy can have."""
    return CAMERAS[:1] if kind == "vqbet" else CAMERAS


def features(kind):
    """Return inputs and outputs."""
    images = {key: PolicyFeature(FeatureType.VISUAL, (3, SIDE, SIDE)) for key in cameras_of(kind)}
    inputs = {"observation.state": PolicyFeature(FeatureType.STATE, (STATE,)), **images}
    return {
        "input_features": inputs,
        "output_features": {"action": PolicyFeature(FeatureType.ACTION, (WIDTH,))},
        "device": "cpu",
        "push_to_hub": False,
    }


def statistics():
    """Return statistics of a data set that is not normalised."""
    random = torch.Generator().manual_seed(1)
    shapes = {"observation.state": (STATE,), "action": (WIDTH,), **dict.fromkeys(CAMERAS, (3, 1, 1))}
    found = {}
    for key, shape in shapes.items():
        mean, std = torch.rand(shape, generator=random), 0.2 + torch.rand(shape, generator=random)
        found[key] = {"mean": mean, "std": std, "min": mean - 2 * std, "max": mean + 2 * std}
        found[key] |= {"q01": mean - 1.5 * std, "q99": mean + 1.5 * std}
    return found


def config_of(kind, vlm):
    """Return a configuration that is as small as the policy allows."""
    backbone = {"pretrained_backbone_weights": None}
    if kind == "act":
        size = {"dim_model": 32, "n_heads": 2, "dim_feedforward": 64, "n_encoder_layers": 1, "latent_dim": 8}
        return ACTConfig(**features(kind), **backbone, **size, n_decoder_layers=1, chunk_size=6, n_action_steps=6)
    if kind == "diffusion":
        size = {"down_dims": (32, 64), "diffusion_step_embed_dim": 16, "spatial_softmax_num_keypoints": 4}
        return DiffusionConfig(
            **features(kind), **backbone, **size, horizon=8, n_action_steps=6, n_obs_steps=2, num_train_timesteps=10
        )
    if kind == "vqbet":
        size = {"gpt_n_layer": 1, "gpt_n_head": 2, "gpt_hidden_dim": 32, "gpt_output_dim": 32, "vqvae_n_embed": 4}
        return VQBeTConfig(**features(kind), **backbone, **size, n_obs_steps=2, action_chunk_size=4, crop_shape=None)
    return SmolVLAConfig(
        **features(kind), vlm_model_name=str(vlm), load_vlm_weights=False, num_vlm_layers=2, max_state_dim=STATE,
        max_action_dim=WIDTH + 1, chunk_size=6, n_action_steps=6, num_steps=3, resize_imgs_with_padding=(SIDE, SIDE),
        expert_width_multiplier=0.5, tokenizer_max_length=12,
    )  # fmt: skip


def make_language_model(folder):
    """Write configuration, processor and tokenizer of a tiny SmolVLM, without weights."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, SmolVLMConfig, SmolVLMImageProcessor, SmolVLMProcessor
    from transformers.models.smolvlm.video_processing_smolvlm import SmolVLMVideoProcessor

    special = ["<pad>", "<unk>", "<eos>", "<image>", "<fake>", "<global>", "<end>"]
    words = [*special, "put", "the", "red", "cube", "in", "left", "bin"]
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    extra = {"image_token": "<image>", "fake_image_token": "<fake>", "global_image_token": "<global>"}
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>", eos_token="<eos>",
        model_input_names=["input_ids", "attention_mask"],
        extra_special_tokens={**extra, "end_of_utterance_token": "<end>"},
    )  # fmt: skip
    processor = SmolVLMProcessor(SmolVLMImageProcessor(), fast, SmolVLMVideoProcessor(), image_seq_len=4)
    text = {"model_type": "llama", "vocab_size": len(words), "num_key_value_heads": 2, "head_dim": 16, **SMALL}
    vision = {"image_size": SIDE, "patch_size": 16, **SMALL}
    config = SmolVLMConfig(text_config=text, vision_config=vision, scale_factor=2, image_token_id=3, pad_token_id=0)
    for part in (config, processor):
        part.save_pretrained(folder)


def make_checkpoint(kind, folder, vlm):
    """Write a checkpoint of random weights with its processors; return policy, pre- and post-processor."""
    torch.manual_seed(0)
    config = config_of(kind, vlm)
    policy = get_policy_class(kind)(config).eval()
    if kind == "vqbet":  # its code book counts as trained, else it warns at each step
        policy.vqbet.action_head.vqvae_model.discretized.fill_(True)
    before, after = make_pre_post_processors(config, dataset_stats=statistics())
    for part in (policy, before, after):
        part.save_pretrained(folder)
    return policy, before, after


def name_what_is_elsewhere(folder):
    """Make the files name what published checkpoints name: weights and models that only the hub has."""
    replace(
        folder / "config.json", pretrained_backbone_weights="ResNet18_Weights.IMAGENET1K_V1", vlm_model_name=HUB_NAME
    )
    file = folder / "policy_preprocessor.json"
    document = json.loads(file.read_text())
    for step in document["steps"]:
        if "tokenizer_name" in step.get("config", {}):
            step["config"]["tokenizer_name"] = HUB_NAME
    file.write_text(json.dumps(document))


def replace(file, **values):
    """Replace values of a JSON file by key, where it has them."""
    document = json.loads(Path(file).read_text())
    file.write_text(json.dumps({**document, **{key: value for key, value in values.items() if key in document}}))


def observations(kind, count):
    """Return requests as the suite sends them."""
    random = np.random.default_rng(2)
    return [
        {
            "observation.state": random.standard_normal(STATE).astype(np.float32),
            **{key: random.integers(0, 255, (SIDE, SIDE, 3), np.uint8) for key in cameras_of(kind)},
            "task": "put the red cube in the left bin",
        }
        for _ in range(count)
    ]


def as_batch(observation):
    """Return an observation as LeRobot's own scripts hand it to a preprocessor."""
    batch = {"task": observation["task"]}
    for key, value in observation.items():
        if key in CAMERAS:
            batch[key] = (torch.from_numpy(value).permute(2, 0, 1).to(torch.float32) / 255).unsqueeze(0)
        elif key != "task":
            batch[key] = torch.from_numpy(value).unsqueeze(0)
    return batch
