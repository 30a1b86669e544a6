# SPDX-License-Identifier: Apache-2.0
"""The back end over a local model: a tiny Idefics3 made here, and scripted answers for what it never says."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from vla_ros.errors import ConfigError
from vla_ros.planner import CheckRequest, PlanRequest, Step
from vla_ros.planner.local import LocalBackend, LocalConfig
from vla_ros.tasks import ErrorCode, Refusal, Verdict

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

    def generate(self, messages, images, deadline_ns, max_tokens):
        self.asked.append((messages, len(images)))
        return self.answers.pop(0)


def backend(library, *answers, **options):
    model = Scripted(*answers)
    config = LocalConfig("none", **{"dialect": "compact", **options})
    return LocalBackend(config, library, model, "scripted"), model


def test_compact_answer_becomes_steps_with_points(library, images):
    answer = "green box x13 y21 table red zone x05 y17 | place_on_zone green box red zone ; home ; done"
    made, model = backend(library, Said(answer))
    draft = made.plan(PlanRequest("Put the green box on the red zone, then go home!", images))
    assert [(s.skill, s.object_label, s.target_label) for s in draft.steps] == [
        ("place_on_zone", "green box", "red zone"),
        ("home", "", ""),
    ]
    box, zone = draft.steps[0].groundings
    assert (box.label, zone.label) == ("green box", "red zone")
    assert box.point == pytest.approx((13.5 / 32 * 224, 21.5 / 32 * 224))
    text = model.asked[0][0][0]["content"][1]["text"]
    assert text == "plan : put the green box on the red zone , then go home"


@pytest.mark.parametrize(
    ("answer", "code", "sentence"),
    [
        ("red cube x01 y01 table | absent blue ball", ErrorCode.NOT_UNDERSTOOD, "I see no blue ball"),
        ("| nonsense", ErrorCode.NOT_UNDERSTOOD, "do not understand"),
        ("| unsure", ErrorCode.NOT_UNDERSTOOD, "unsure"),
        ("| place_in_bin red cube left ;", ErrorCode.PLANNER_UNAVAILABLE, "no end"),
        ("| juggle red cube ; done", ErrorCode.PLANNER_UNAVAILABLE, "no known skill"),
        ("red cube", ErrorCode.PLANNER_UNAVAILABLE, "no plan"),
        ("", ErrorCode.PLANNER_UNAVAILABLE, "no plan"),
    ],
)
def test_compact_refusals_and_faults_have_their_codes(library, images, answer, code, sentence):
    made, _ = backend(library, Said(answer))
    with pytest.raises(Refusal, match=sentence) as caught:
        made.plan(PlanRequest("put it there", images))
    assert caught.value.code is code


def test_answer_below_its_confidence_is_unsure(library, images):
    doubtful = math.log(0.4)
    made, _ = backend(library, Said("| home ; done", doubtful), Said("| yes", doubtful), sure=0.8)
    with pytest.raises(Refusal, match="unsure"):
        made.plan(PlanRequest("go home", images))
    subtask = library.subtask(Step("pick", "red cube"), 0)
    assert made.check(CheckRequest(subtask, images)).verdict is Verdict.UNSURE


@pytest.mark.parametrize(
    ("word", "verdict"), [("yes", Verdict.DONE), ("no", Verdict.NOT_YET), ("unsure", Verdict.UNSURE)]
)
def test_compact_verdicts(library, images, word, verdict):
    made, _ = backend(library, Said(f"red cube x01 y01 left_bin | {word}"))
    assert made.check(CheckRequest(library.subtask(Step("home"), 0), images)).verdict is verdict


def test_without_a_picture_nothing_is_planned_and_nothing_is_sure(library):
    made, model = backend(library)
    with pytest.raises(Refusal) as caught:
        made.plan(PlanRequest("go home"))
    assert caught.value.code is ErrorCode.OBSERVATION_LOST
    assert made.check(CheckRequest(library.subtask(Step("home"), 0))).verdict is Verdict.UNSURE
    assert not model.asked


def test_late_answer_is_never_used(library, images):
    made, _ = backend(library, Said("| home ; done", is_late=True))
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


def test_constraint_allows_only_what_it_names(model, images, checkpoint):
    word = checkpoint[1].index("home")
    answer = model.generate(MESSAGES, list(images.values()), 0, 4, lambda tokens: [word])
    assert answer.text.split() == ["home"] * 4


def test_scores_of_answers_are_those_of_the_generation(model, images):
    written = model.generate(MESSAGES, list(images.values()), 0, 4)
    if len(written.text.split()) < 4:
        pytest.skip("the random model ended early")
    best, other = model.log_likelihoods(MESSAGES, list(images.values()), [written.text, "red red red red"])
    assert best == pytest.approx(4 * written.mean_log_probability, rel=1e-3)
    assert best > other


def test_training_writes_the_tokens_that_the_processor_writes(model, library, images, checkpoint):
    from vla_ros.training_planner.encoding import Encoder, pixels
    from vla_ros.training_planner.language import Example

    inputs = model._inputs(MESSAGES, list(images.values()))
    batch = Encoder(checkpoint[1]).batch([Example("words", "plan : go home", "home ; done")], ["|"], pictures=True)
    length = inputs["input_ids"].shape[1]
    assert batch.input_ids[0, :length].tolist() == inputs["input_ids"][0].tolist()
    assert (batch.labels[0, :length] == -100).all()
    assert batch.labels[0, length] == checkpoint[1].index("|")
    shown = pixels(np.stack(list(images.values())))
    np.testing.assert_allclose(shown[0].numpy(), inputs["pixel_values"][0].numpy(), atol=1e-5)


def test_folder_without_a_model_is_refused(tmp_path):
    from vla_ros.planner.local.model import LocalModel

    with pytest.raises(ConfigError, match=r"no config\.json"):
        LocalModel(tmp_path, lambda: 0)
    with pytest.raises(ConfigError, match="dialect must be one of"):
        LocalConfig("x", dialect="morse")
