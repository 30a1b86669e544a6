# SPDX-License-Identifier: Apache-2.0
"""A vision-language model that writes actions as tokens: a tiny one, made here and saved, against numbers by hand."""

import json
import time

import numpy as np
import pytest

from vla_ros.errors import PolicyError
from vla_ros.policy.remote import Link, PolicyClient, endpoint_of
from vla_ros.policy.remote.protocols import PROTOCOLS
from vla_ros.serving import ServingConfig, serving
from vla_ros.serving.transformers_worker import TokenPolicy, TransformersModel, action_vocabulary, main

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

BINS, WIDTH, PADDING = 256, 7, 64
WORDS = ["<pad>", "<unk>", "<bos>", "<eos>", "<image>", "in", "out", "what", "action", "should", "the", "robot", "take"]
TEXT = len(WORDS) + BINS  # size of the vocabulary; the model's has padding after it, as OpenVLA's
PROMPT = "<image> in what action should the robot take to {instruction} out"
IMAGE = np.random.default_rng(5).integers(0, 255, (40, 60, 3), np.uint8)
LOW, HIGH = [-0.1 * (i + 1) for i in range(WIDTH)], [0.2 * (i + 1) for i in range(WIDTH)]
STATISTICS = {"q01": LOW, "q99": HIGH, "mask": [True] * (WIDTH - 1) + [False]}


def make_checkpoint(folder):
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    words = [*WORDS, *(f"<action{i}>" for i in range(BINS))]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        unk_token="<unk>",
        eos_token="<eos>",
        model_input_names=["input_ids", "attention_mask"],
        extra_special_tokens={"image_token": "<image>"},
    )
    images = CLIPImageProcessorPil(size={"height": 16, "width": 16}, do_center_crop=False)
    processor = transformers.LlavaProcessor(
        images, fast, patch_size=8, vision_feature_select_strategy="full", num_additional_image_tokens=1
    )
    small = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = transformers.LlavaConfig(
        vision_config={"model_type": "clip_vision_model", "image_size": 16, "patch_size": 8, **small},
        text_config={"model_type": "llama", "vocab_size": TEXT + PADDING, "max_position_embeddings": 128, **small},
        image_token_id=WORDS.index("<image>"),
        image_seq_length=5,
        vision_feature_select_strategy="full",
    )
    torch.manual_seed(3)
    model = transformers.LlavaForConditionalGeneration(config)
    with torch.no_grad():  # only action tokens can be the likeliest
        model.lm_head.weight *= 50.0
        model.lm_head.weight[: len(WORDS)] = 0.0
        model.lm_head.weight[TEXT:] = 0.0
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    add_settings(folder, norm_stats={"bridge": {"action": STATISTICS}}, pad_to_multiple_of=PADDING)
    return folder


def add_settings(folder, **settings):
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **settings}))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_checkpoint(tmp_path_factory.mktemp("vlm"))


@pytest.fixture(scope="module")
def model(folder):
    return TransformersModel(folder)


def tokens_of(model):
    return model.tokens(IMAGE, PROMPT.replace("{instruction}", "push"), WIDTH)


def by_hand(tokens):
    """Return the action of tokens by the formulas of the paper and of OpenVLA's statistics."""
    edges = np.linspace(-1.0, 1.0, BINS)
    centres = (edges[:-1] + edges[1:]) / 2.0
    normalised = centres[np.clip(TEXT - np.asarray(tokens) - 1, 0, BINS - 2)]
    physical = 0.5 * (normalised + 1.0) * (np.array(HIGH) - LOW) + LOW
    return np.where(STATISTICS["mask"], physical, normalised)


def test_served_action_is_what_the_models_tokens_mean(folder, model):
    policy = TokenPolicy(model, action_vocabulary(folder), PROMPT)
    wire = PROTOCOLS["openpi"].make()
    with serving(policy, ServingConfig(port=0)) as port:
        client = PolicyClient(wire, Link(endpoint_of(f"ws://127.0.0.1:{port}", wire.schemes)))
        deadline_ns = time.monotonic_ns() + 60_000_000_000
        rows = client.infer({"image": IMAGE, "instruction": "Push "}, deadline_ns).arrays["actions"]
        client.close()
    tokens = tokens_of(model)
    assert len(set(tokens.tolist())) > 1
    np.testing.assert_allclose(rows, [by_hand(tokens)], atol=1e-6)


def test_tokens_are_those_of_the_saved_model(folder, model):
    direct = transformers.AutoModelForImageTextToText.from_pretrained(folder).eval()
    processor = transformers.AutoProcessor.from_pretrained(folder)
    from PIL import Image

    text = PROMPT.replace("{instruction}", "push")
    inputs = processor(text=text, images=Image.fromarray(IMAGE), return_tensors="pt")
    expected = direct.generate(**inputs, max_new_tokens=WIDTH, do_sample=False)[0, inputs["input_ids"].shape[1] :]
    np.testing.assert_array_equal(tokens_of(model), expected.numpy())


def test_openvla_gets_the_token_that_its_tokeniser_leaves_out(model, monkeypatch):
    asked = {}
    monkeypatch.setattr(model._model.config, "model_type", "openvla")

    def generate(input_ids, attention_mask, **options):
        asked.update(input_ids=input_ids, attention_mask=attention_mask)
        return input_ids

    monkeypatch.setattr(model._model, "generate", generate)
    assert tokens_of(model).size == 0
    assert asked["input_ids"][0, -1] == 29871
    assert asked["attention_mask"].shape == asked["input_ids"].shape


class Says:
    """A model that writes what a test wants."""

    def __init__(self, *tokens):
        self.written, self.prompts = np.array(tokens, np.int64), []

    def tokens(self, image, prompt, count):
        self.prompts.append(prompt)
        return self.written[:count]


@pytest.mark.parametrize(
    "tokens", [(TEXT - 1,) * 6, (TEXT - 1,) * 6 + (TEXT,), (TEXT - 1,) * 6 + (TEXT - 257,), (3,) * 7, ()]
)
def test_what_is_no_action_is_an_error_and_not_a_motion(folder, tokens):
    with pytest.raises(PolicyError, match="no action"):
        TokenPolicy(Says(*tokens), action_vocabulary(folder))({"image": IMAGE, "instruction": "push"})


def test_prompt_is_openvlas(folder):
    model = Says(*(TEXT - 128,) * 7)
    TokenPolicy(model, action_vocabulary(folder))({"image": IMAGE, "instruction": "Pick up the Cube"})
    assert model.prompts == ["In: What action should the robot take to pick up the cube?\nOut:"]


@pytest.mark.parametrize(
    ("request_", "part"),
    [
        ({"instruction": "push"}, "'image'"),
        ({"image": IMAGE.astype(np.float32), "instruction": "push"}, "float32"),
        ({"image": IMAGE, "instruction": " "}, "'instruction'"),
    ],
)
def test_incomplete_request_is_refused(folder, request_, part):
    with pytest.raises(PolicyError, match=part):
        TokenPolicy(Says(), action_vocabulary(folder))(request_)


@pytest.fixture
def copy(folder, tmp_path):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def test_statistics_beside_the_checkpoint_take_precedence(copy):
    own = {"mine": {"action": {"q01": [0.0] * 4, "q99": [1.0] * 4}}}
    (copy / "dataset_statistics.json").write_text(json.dumps(own))
    assert action_vocabulary(copy).tokens.width == 4


@pytest.mark.parametrize(
    ("statistics", "name", "part"),
    [
        ({}, "", "no statistics"),
        ({"a": {}, "b": {}}, "", "choose one of a, b"),
        ({"bridge": {}}, "brigde", "bridge"),
    ],
)
def test_statistics_that_are_not_unique_are_asked_for(copy, statistics, name, part):
    add_settings(copy, norm_stats=statistics)
    with pytest.raises(PolicyError, match=part):
        action_vocabulary(copy, name)


def test_model_with_a_weight_that_the_files_lack_is_refused(copy, capsys):
    from safetensors.torch import load_file, save_file

    weights = load_file(copy / "model.safetensors")
    name = next(name for name in weights if "q_proj" in name)
    del weights[name]
    save_file(weights, copy / "model.safetensors", {"format": "pt"})
    assert main([str(copy), "--port", "0"]) == 2
    assert "missing" in capsys.readouterr().err


def test_model_with_a_weight_too_many_is_refused(copy):
    from safetensors.torch import load_file, save_file

    weights = load_file(copy / "model.safetensors") | {"extra.weight": torch.zeros(2)}
    save_file(weights, copy / "model.safetensors", {"format": "pt"})
    with pytest.raises(PolicyError, match="unexpected"):
        TransformersModel(copy)


def test_folder_without_a_model_is_refused_with_a_sentence(tmp_path, capsys):
    assert main([str(tmp_path)]) == 2
    assert "config.json" in capsys.readouterr().err
