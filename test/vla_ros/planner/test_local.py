# SPDX-License-Identifier: Apache-2.0
"""The back ends over a local model: a tiny LLaVA made here, and scripted answers for what it never says."""

import json
import math
from dataclasses import dataclass

import numpy as np
import pytest

from vla_ros.errors import ConfigError
from vla_ros.planner import CheckRequest, PlanRequest, Step
from vla_ros.planner.compact import COLUMNS
from vla_ros.planner.local import CompactBackend, LocalBackend, LocalConfig, SayCanBackend
from vla_ros.tasks import ErrorCode, Refusal, Verdict

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")


@dataclass
class Said:
    text: str
    mean_log_probability: float = math.log(0.95)
    is_late: bool = False


class Scripted:
    """A model that says what a test wants."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def generate(self, messages, images, deadline_ns, max_tokens, schema=None):
        self.asked.append((messages, [image.shape for image in images], schema))
        return self.answers.pop(0)


def backend(library, *answers, **options):
    model = Scripted(*answers)
    config = LocalConfig("none", **{"dialect": "compact", **options})
    kind = CompactBackend if config.dialect == "compact" else LocalBackend
    return kind(config, library, model, "scripted"), model


def text_of(asked):
    return asked[0][-1]["content"][-1]["text"]


def test_compact_answer_becomes_steps_with_points(library, images):
    seen = "red zone x05 y17 green box x13 y21 table"
    made, model = backend(library, Said(seen), Said("place_on_zone green box red zone ; home ; done"))
    draft = made.plan(PlanRequest("Put the green box on the red zone, then go home!", images))
    assert [(s.skill, s.object_label, s.target_label) for s in draft.steps] == [
        ("place_on_zone", "green box", "red zone"),
        ("home", "", ""),
    ]
    zone, box = draft.steps[0].groundings
    assert (box.label, zone.label) == ("green box", "red zone")
    assert box.point == pytest.approx((13.5 / COLUMNS * 224, 21.5 / COLUMNS * 224))
    look, plan = model.asked
    assert (text_of(look), look[1]) == ("look :", [(224, 224, 3)])
    assert (text_of(plan), plan[1]) == (f"{seen} | plan : put the green box on the red zone , then go home", [])


def test_model_sees_the_region_alone_and_its_points_are_of_the_whole_picture(library, images):
    region = (0.25, 0.5, 0.75, 1.0)
    made, model = backend(library, Said("red cube x00 y27 table"), Said("pick red cube ; done"), region=region)
    (step,) = made.plan(PlanRequest("pick up the red cube", images)).steps
    assert model.asked[0][1] == [(112, 112, 3)]
    assert step.groundings[0].point == pytest.approx(
        ((0.25 + 0.5 * 0.5 / COLUMNS) * 224, (0.5 + 0.5 * 27.5 / COLUMNS) * 224)
    )


def test_points_of_a_chat_model_in_a_region_are_of_the_whole_picture(library, images):
    answer = (
        '{"objects": [{"label": "red cube", "point": [500, 500], "box": [400, 400, 600, 600]}], "rationale": "",'
        '"steps": [{"skill": "pick", "object": "red cube", "target": ""}], "refusal": ""}'
    )
    made, model = backend(library, Said(answer), dialect="json", region=(0.5, 0.0, 1.0, 0.5))
    (step,) = made.plan(PlanRequest("pick up the red cube", images)).steps
    assert step.groundings[0].point == pytest.approx((112 + 56, 56))
    assert step.groundings[0].box == pytest.approx((112 + 44.8, 44.8, 112 + 67.2, 67.2))
    assert model.asked[0][2]["properties"]["steps"], "the answer is guided by the schema of a plan"


@pytest.mark.parametrize("region", [(0.0, 0.0, 1.0), (0.5, 0.0, 0.5, 1.0), (0.0, -0.1, 1.0, 1.0)])
def test_region_that_is_none_is_refused(region):
    with pytest.raises(ConfigError, match="region must be"):
        LocalConfig("x", region=region)


@pytest.mark.parametrize(
    ("answer", "code", "sentence"),
    [
        ("absent blue ball", ErrorCode.NOT_UNDERSTOOD, "I see no blue ball"),
        ("nonsense", ErrorCode.NOT_UNDERSTOOD, "do not understand"),
        ("unsure", ErrorCode.NOT_UNDERSTOOD, "unsure"),
        ("place_in_bin red cube left ;", ErrorCode.PLANNER_UNAVAILABLE, "no end"),
        ("juggle red cube ; done", ErrorCode.PLANNER_UNAVAILABLE, "no known skill"),
        ("red cube ; done", ErrorCode.PLANNER_UNAVAILABLE, "no known skill"),
        ("", ErrorCode.PLANNER_UNAVAILABLE, "empty"),
    ],
)
def test_compact_refusals_and_faults_have_their_codes(library, images, answer, code, sentence):
    made, _ = backend(library, Said("red cube x01 y01 table"), Said(answer))
    with pytest.raises(Refusal, match=sentence) as caught:
        made.plan(PlanRequest("put it there", images))
    assert caught.value.code is code


def test_notes_before_a_plan_are_no_part_of_it(library, images):
    notes = "nearest cube : red cube y08 blue cube y21 : red cube |"
    made, _ = backend(library, Said("red cube x01 y01 table"), Said(f"{notes} pick red cube ; done"))
    assert [step.skill for step in made.plan(PlanRequest("pick up the nearest cube", images)).steps] == ["pick"]


def test_answer_below_its_confidence_is_unsure(library, images):
    doubtful = math.log(0.4)
    look = Said("")
    made, _ = backend(library, look, Said("home ; done", doubtful), look, Said("yes", doubtful), sure=0.8)
    with pytest.raises(Refusal, match="unsure"):
        made.plan(PlanRequest("go home", images))
    subtask = library.subtask(Step("pick", "red cube"), 0)
    assert made.check(CheckRequest(subtask, images)).verdict is Verdict.UNSURE


@pytest.mark.parametrize(
    ("word", "verdict"),
    [
        ("yes", Verdict.DONE),
        ("red cube : left bin | no", Verdict.NOT_YET),
        ("red cube : absent | unsure", Verdict.UNSURE),
    ],
)
def test_compact_verdicts(library, images, word, verdict):
    made, _ = backend(library, Said("red cube x01 y01 left_bin"), Said(word))
    assert made.check(CheckRequest(library.subtask(Step("home"), 0), images)).verdict is verdict


def test_without_a_picture_nothing_is_planned_and_nothing_is_sure(library):
    made, model = backend(library)
    with pytest.raises(Refusal) as caught:
        made.plan(PlanRequest("go home"))
    assert caught.value.code is ErrorCode.OBSERVATION_LOST
    assert made.check(CheckRequest(library.subtask(Step("home"), 0))).verdict is Verdict.UNSURE
    assert not model.asked


def test_late_answer_is_never_used(library, images):
    for answers in ((Said("", is_late=True),), (Said(""), Said("home ; done", is_late=True))):
        made, _ = backend(library, *answers)
        with pytest.raises(Refusal, match="deadline"):
            made.plan(PlanRequest("go home", images))


def test_json_answer_is_repaired_once(library, images):
    good = '{"steps": [{"skill": "home", "object": "", "target": ""}], "refusal": ""}'
    made, model = backend(library, Said("home, sweet home"), Said(good), dialect="json")
    assert made.plan(PlanRequest("go home", images)).steps[0].skill == "home"
    assert "no JSON object" in model.asked[1][0][-1]["content"][0]["text"]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory, library):
    from vla_ros.training_planner.model import make_model, make_processor, make_words

    folder = tmp_path_factory.mktemp("tiny")
    words = make_words(library)
    make_processor(words).save_pretrained(folder)
    make_model(len(words)).save_pretrained(folder)
    return folder, words


@pytest.fixture(scope="module")
def model(checkpoint):
    from vla_ros.planner.local.model import LocalModel

    return LocalModel(checkpoint[0], lambda: 0)


MESSAGES = ({"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "plan : go home"}]},)


def test_checkpoint_is_read_back_and_writes_words(model, images):
    answer = model.generate(MESSAGES, list(images.values()), 0, 5)
    assert 0 < len(answer.text.split()) <= 5
    assert answer.mean_log_probability < 0.0
    assert not answer.is_late


def test_generation_stops_at_its_deadline(checkpoint, images):
    from vla_ros.planner.local.model import LocalModel

    ticks = iter(range(0, 10_000, 10))
    answer = LocalModel(checkpoint[0], lambda: next(ticks)).generate(MESSAGES, list(images.values()), 25, 200)
    assert answer.is_late
    assert len(answer.text.split()) <= 4


def test_guided_answer_follows_its_schema_whatever_the_model_would_say():
    from transformers import LogitsProcessor

    from vla_ros.planner.local.guide import Guide

    pytest.importorskip("llguidance")
    verdict = {"type": "string", "enum": ["done", "failed"]}
    reason = {"type": "string", "maxLength": 4}
    schema = {
        "type": "object", "properties": {"verdict": verdict, "reason": reason}, "required": ["verdict", "reason"],
        "additionalProperties": False,
    }  # fmt: skip
    tokenizer = byte_tokenizer()
    guide = Guide(tokenizer)
    for seed in range(5):
        generator = torch.Generator().manual_seed(seed)
        constraint, ids = guide.constraint(schema, 3), torch.zeros(1, 3, dtype=torch.long)
        assert isinstance(constraint, LogitsProcessor)
        while ids.shape[1] < 100 and ids[0, -1] != tokenizer.eos_token_id:
            scores = constraint(ids, torch.randn(1, len(tokenizer), generator=generator))
            ids = torch.cat([ids, scores.argmax(-1, keepdim=True)], dim=1)
        answer = json.loads(tokenizer.decode(ids[0, 3:-1]))
        assert set(answer) == {"verdict", "reason"}
        assert answer["verdict"] in ("done", "failed")
        assert len(answer["reason"]) <= 4


def byte_tokenizer():
    """Return a tokenizer of single bytes."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = {letter: index for index, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(letters, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<eos>")


def test_scores_of_answers_are_those_of_the_generation(model, images):
    written = model.generate(MESSAGES, list(images.values()), 0, 4)
    if len(written.text.split()) < 4:
        pytest.skip("the random model ended early")
    best, other = model.log_likelihoods(MESSAGES, list(images.values()), [written.text, "red red red red"])
    assert best == pytest.approx(4 * written.mean_log_probability, rel=1e-3)
    assert best > other


def test_training_writes_the_tokens_that_the_processor_writes(model, library, images, checkpoint):
    from vla_ros.training_planner.encoding import REGION, Encoder, pixels

    picture = np.random.default_rng(0).integers(0, 255, (224, 224, 3), np.uint8)
    question = ({"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "look :"}]},)
    inputs = model._inputs(question, [REGION.cut(picture)])
    batch = Encoder(checkpoint[1]).batch([("look :", "red cube")], pictures=True)
    length = inputs["input_ids"].shape[1]
    assert batch.input_ids[0, :length].tolist() == inputs["input_ids"][0].tolist()
    assert (batch.labels[0, :length] == -100).all()
    assert batch.labels[0, length] == checkpoint[1].index("red")
    np.testing.assert_allclose(pixels([picture])[0].numpy(), inputs["pixel_values"][0].numpy(), atol=1e-5)
    told = model._inputs([{"role": "user", "content": [{"type": "text", "text": "| plan : don't"}]}], [])
    words = Encoder(checkpoint[1]).batch([("| plan : don't", "nonsense")]).input_ids[0]
    assert told["input_ids"][0].tolist() == words[: told["input_ids"].shape[1]].tolist()


def test_folder_without_a_model_is_refused(tmp_path):
    from vla_ros.planner.local.model import LocalModel

    with pytest.raises(ConfigError, match=r"no config\.json"):
        LocalModel(tmp_path, lambda: 0)
    with pytest.raises(ConfigError, match="dialect must be one of"):
        LocalConfig("x", dialect="morse")


def test_latent_is_the_last_state_of_the_network_and_depends_on_picture_and_words(checkpoint, model, library, images):
    config = LocalConfig("none", dialect="compact", latent="tiny")
    made = CompactBackend(config, library, model, "tiny")
    assert made.latent_space.latent_id == "tiny"
    vector = made.latent("pick the red cube", images)
    assert vector.shape == (model._model.config.text_config.hidden_size,)
    assert vector.dtype == np.float32
    np.testing.assert_array_equal(vector, made.latent("pick the red cube", images))
    assert np.abs(vector - made.latent("go home", images)).max() > 0.0
    assert np.abs(vector - made.latent("pick the red cube", {"image.scene": 255 - images["image.scene"]})).max() > 0.0


def test_planner_without_a_named_latent_space_makes_none(library):
    from vla_ros.planner import Planner
    from vla_ros.planner.grammar import GrammarBackend

    assert Planner(GrammarBackend(library), library).latents is None
    for name in ("", "tiny"):
        made, _ = backend(library, latent=name)
        assert bool(Planner(made, library).latents) == bool(name)
    with pytest.raises(ConfigError, match="time_to_live"):
        LocalConfig("x", latent="tiny", latent_time_to_live_s=0.0)


class Scorer(Scripted):
    """A model that sees two things and finds sentences fitting by a table."""

    def __init__(self, seen, table):
        super().__init__(Said(json.dumps({"seen": seen})))
        self.table, self.scored = table, []

    def log_likelihoods(self, messages, images, answers):
        text = messages[-1]["content"][-1]["text"]
        self.scored.append(text)
        done = "Done so far: nothing" not in text
        bonus = {"done": 5.0} if done else {}
        return [self.table.get(text.strip(), -9.0) + bonus.get(text.strip(), 0.0) for text in answers]


def saycan(library, table, **options):
    model = Scorer(["red cube", "blue ball", "red zone"], table)
    config = LocalConfig("none", **{"dialect": "saycan", **options})
    return SayCanBackend(config, library, model, "scorer"), model


def test_saycan_takes_the_steps_that_fit_and_can_be_done_until_done_is_best(library, images):
    table = {"put the red cube in the left bin": -1.0, "push the red cube to the red zone": -1.1, "done": -4.0}
    made, model = saycan(library, table)
    (step,) = made.plan(PlanRequest("tidy up", images)).steps
    assert (step.skill, step.object_label, step.target_label) == ("place_in_bin", "red cube", "left")
    assert "Done so far: put the red cube in the left bin." in model.scored[1]
    assert set(model.asked[0][2]["properties"]["seen"]["items"]["enum"]) >= {"red cube", "purple zone"}
    clumsy, _ = saycan(library, table, affordances={"place_in_bin": 0.2})
    (step,) = clumsy.plan(PlanRequest("tidy up", images)).steps
    assert step.skill == "push_to_zone"


def test_saycan_that_finds_nothing_to_do_refuses(library, images):
    made, _ = saycan(library, {"done": 0.0})
    with pytest.raises(Refusal, match="Nothing that fits"):
        made.plan(PlanRequest("sing", images))
    with pytest.raises(Refusal) as caught:
        made.plan(PlanRequest("tidy up"))
    assert caught.value.code is ErrorCode.OBSERVATION_LOST


def test_affordances_of_saycan_name_skills_and_are_shares(library):
    with pytest.raises(ConfigError, match="Did you mean 'stack'"):
        saycan(library, {}, affordances={"stac": 0.5})
    with pytest.raises(ConfigError, match=r"0 \.\. 1"):
        LocalConfig("x", affordances={"stack": 2.0})
