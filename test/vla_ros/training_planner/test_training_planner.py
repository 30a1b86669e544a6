# SPDX-License-Identifier: Apache-2.0
"""The default planner's training: answers that are right, nothing held out that is trained, and runs that go on."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from vla_ros.errors import ConfigError
from vla_ros.planner import load_skills
from vla_ros.planner.compact import COLUMNS, look_prompt, read_plan, read_scene, without_notes, write_scene
from vla_ros.planner.compact.dialect import PLACES
from vla_ros.planner.grammar import GrammarBackend
from vla_ros.tasks import Refusal
from vla_ros.training_planner.evaluation import evaluate_backend
from vla_ros.training_planner.language import Drawer, Kind, is_held_out
from vla_ros.training_planner.phrases import scene_words
from vla_ros.training_planner.scenes import IMAGE_SIZE, SceneFacts, Seen, draw_scenes, load_facts, load_images
from vla_ros.training_planner.sentences import HELD_OUT, HELD_OUT_CHATTER, TEMPLATES, UNKNOWN

pytest.importorskip("transformers")

CONFIG = Path(__file__).parents[3] / "config"
FACTS = SceneFacts(
    things=(
        Seen("red cube", 0.7, 0.5),
        Seen("blue cube", 0.3, 0.6),
        Seen("green ball", 0.5, 0.4, "red zone"),
        Seen("cyan box", 0.9, 0.6, "left bin"),
    ),
    zones=(Seen("red zone", 0.5, 0.4), Seen("yellow zone", 0.4, 0.8)),
)


@pytest.fixture(scope="module")
def library():
    return load_skills(CONFIG / "planners" / "skills.yaml")


@pytest.fixture
def scenes(tmp_path):
    """Return a folder of six scenes whose pictures are noise."""
    images = np.random.default_rng(0).integers(0, 255, (6, IMAGE_SIZE, IMAGE_SIZE, 3), np.uint8)
    folder = tmp_path / "scenes"
    folder.mkdir()
    np.save(folder / "images.npy", images)
    (folder / "facts.jsonl").write_text("".join(json.dumps(asdict(FACTS)) + "\n" for _ in images))
    return folder


def draw(library, kind, count=400, **held_out):
    drawer = Drawer(library, np.random.default_rng(5), **held_out)
    return [example for _ in range(count) if (example := drawer.draw(FACTS, kind)) is not None]


@pytest.mark.parametrize("kind", [Kind.WORDS, Kind.SCENE])
def test_every_plan_is_one_of_the_library_and_names_what_is_there(library, kind):
    seen = {item.label for item in (*FACTS.things, *FACTS.zones)}
    for example in draw(library, kind):
        for step in read_plan(example.answer, library):
            assert not library.fault_of(step)
            assert {step.object_label, step.target_label} - {"", "left", "right"} <= seen


def test_spatial_words_are_the_robots(library):
    expected = {"leftmost cube": "red cube", "rightmost cube": "blue cube", "nearest cube": "red cube"}
    found = {}
    for example in draw(library, Kind.SCENE, 3000):
        for words in expected:
            if example.clauses == 1 and f" {words} " in f"{example.prompt} ":
                [step] = read_plan(example.answer, library)
                found.setdefault(words, set()).add(step.object_label)
    assert found == {words: {label} for words, label in expected.items()}


def test_notes_lead_from_the_words_to_what_is_meant(library):
    notes = {example.answer.partition(" |")[0] for example in draw(library, Kind.SCENE, 3000)}
    assert "nearest cube : red cube y14 blue cube y16 : red cube" in notes
    assert "leftmost block : red cube x19 blue cube x08 : red cube" in notes
    assert "ball : green ball" in notes
    assert "all cubes : red cube blue cube" in notes
    assert {example.answer for example in draw(library, Kind.UNSURE)} == {
        "cube : red cube blue cube | unsure",
        "block : red cube blue cube | unsure",
    }


def test_what_is_hardly_told_apart_is_not_asked_for(library):
    near = replace(FACTS, things=(FACTS.things[0], replace(FACTS.things[1], v=FACTS.things[0].v + 0.5 / COLUMNS)))
    drawer = Drawer(library, np.random.default_rng(5))
    prompts = [example.prompt for _ in range(500) if (example := drawer.draw(near, Kind.SCENE))]
    assert any("leftmost cube" in prompt for prompt in prompts)
    assert not any("nearest cube" in prompt for prompt in prompts)


def test_mirrored_scene_has_the_bins_swapped():
    from vla_ros.training_planner.encoding import mirrored

    there = mirrored(FACTS)
    assert there.things[3] == Seen("cyan box", pytest.approx(0.1), 0.6, "right bin")
    assert [item.place for item in mirrored(there).things] == [item.place for item in FACTS.things]


def test_what_is_held_out_is_never_trained(library):
    for example in draw(library, Kind.WORDS, 1500):
        assert not any(is_held_out(step) for step in read_plan(example.answer, library))
    for example in draw(library, Kind.WORDS, 1500, combinations=True):
        assert any(is_held_out(step) for step in read_plan(example.answer, library))
    assert not {text for row in HELD_OUT.values() for text in row} & {
        text for row in TEMPLATES.values() for text in row
    }


def test_questions_are_answered_by_where_things_lie(library):
    answers = {(example.prompt, example.answer) for example in draw(library, Kind.CHECK, 1500)}
    assert ("check : is the cyan box in the left bin ?", "cyan box : left bin | yes") in answers
    assert ("check : is the cyan box in the right bin ?", "cyan box : left bin | no") in answers
    assert ("check : is the green ball on the red zone ?", "green ball : red zone | yes") in answers
    prompts = [prompt for prompt, _ in answers]
    assert len(prompts) == len(set(prompts)), "a question has two answers"


def test_ambiguous_absent_and_nonsense_are_refused(library):
    assert {without_notes(example.answer) for example in draw(library, Kind.UNSURE)} == {"unsure"}
    answers = {example.answer.split()[0] for example in draw(library, Kind.REFUSE)}
    assert answers == {"absent", "nonsense"}
    for example in draw(library, Kind.REFUSE):
        with pytest.raises(Refusal):
            read_plan(example.answer, library)


def test_listing_of_a_scene_is_read_back_row_by_row():
    items = read_scene(scene_words(FACTS))
    labels = [item.label for item in items]
    assert set(labels[:2]) == {"green ball", "red zone"}
    assert labels[2:] == ["red cube", "blue cube", "cyan box", "yellow zone"]
    assert items[2].u == pytest.approx(0.7, abs=1 / COLUMNS)
    assert write_scene(items) == scene_words(FACTS)
    assert {item.label: item.place for item in items}["green ball"] == "on_zone"


def test_vocabulary_has_every_word_of_every_example_but_of_nonsense_that_is_held_out(library):
    from vla_ros.training_planner.model import make_words

    words = set(make_words(library))
    for kind in Kind.ALL:
        for held_out in ({}, {"paraphrases": True}):
            for example in draw(library, kind, 300, **held_out):
                if held_out and example.answer == "nonsense":
                    continue
                assert (
                    not set(f"{look_prompt()} {example.prompt} {example.answer} {scene_words(FACTS)}".split()) - words
                )
    assert set(" ".join(HELD_OUT_CHATTER).split()) - words, "people say what the model was never taught"


def test_what_is_forbidden_or_names_unknown_things_is_nonsense(library):
    nonsense = [example.prompt for example in draw(library, Kind.REFUSE, 2000) if example.answer == "nonsense"]
    assert any(prompt.startswith("plan : do not ") for prompt in nonsense)
    assert any(f"pick up the {UNKNOWN}" in prompt for prompt in nonsense)


def test_things_that_are_hidden_are_neither_listed_nor_asked_for(library):
    hidden = replace(FACTS, things=(replace(FACTS.things[0], shown=0.2), *FACTS.things[1:]))
    assert "red cube" not in scene_words(hidden)
    drawer = Drawer(library, np.random.default_rng(5))
    plans = [drawer.draw(hidden, kind) for kind in (Kind.WORDS, Kind.SCENE) for _ in range(300)]
    assert not any("red cube" in plan.answer for plan in plans if plan)


def test_code_of_a_scene_names_each_thing_and_zone_in_its_cell(library):
    from vla_ros.training_planner.encoding import CellCode
    from vla_ros.training_planner.model import GRID

    code, counts = CellCode(library).of([FACTS])
    grid = code.reshape(GRID, GRID, -1)
    cube = grid[int(0.5 * GRID), int(0.7 * GRID)]
    named = [*library.colours, *library.shapes, *PLACES]
    assert {named[i] for i in np.flatnonzero(cube[: len(named)])} == {"red", "cube", "table"}
    assert (code.abs().sum(-1) > 0).sum() == 5, "four things and two zones, one of which a thing lies on"
    assert set(counts.unique().tolist()) <= {0.0, 1.0}


def test_half_of_a_thing_that_something_hides_is_not_shown():
    import mujoco

    from vla_ros.training_planner.visibility import shown_share

    model = mujoco.MjModel.from_xml_string("""
        <mujoco><worldbody>
          <camera name="scene" pos="0 0 2"/>
          <geom name="thing" type="box" size=".1 .1 .1" pos="0 0 0"/>
          <body name="lid" mocap="true" pos="5 0 1"><geom type="box" size=".1 .5 .01"/></body>
        </worldbody></mujoco>""")
    data = mujoco.MjData(model)
    shares = []
    for x in (5.0, 0.11, 0.0):
        data.mocap_pos[0] = (x, 0.0, 1.0)
        mujoco.mj_forward(model, data)
        shares.append(shown_share(model, data, "scene", np.zeros(3), 0.1))
    assert shares[0] == 1.0
    assert 0.3 <= shares[1] < 1.0
    assert shares[2] == 0.0


def test_drawing_that_was_interrupted_goes_on_to_the_same_scenes(tmp_path):
    config = CONFIG / "scenes"
    whole = list(draw_scenes(tmp_path / "whole", config, 3, 5, lambda done: None))
    broken = draw_scenes(tmp_path / "broken", config, 3, 5, lambda done: None)
    next(broken)
    broken.close()
    assert len(list(draw_scenes(tmp_path / "broken", config, 3, 5, lambda done: None))) == 2
    assert load_facts(tmp_path / "broken") == whole
    np.testing.assert_array_equal(load_images(tmp_path / "broken"), load_images(tmp_path / "whole"))


def test_run_that_was_interrupted_goes_on_to_the_same_weights(library, scenes, tmp_path):
    import torch

    from vla_ros.training_planner.trainer import Schedule, Trainer

    schedule = Schedule(2, 1, 2, language_batch=2, look_batch=1, picture_batch=2, save_every=1)

    class Interrupted(Exception):
        pass

    def interrupt(stage, step, steps, loss):
        if (stage, step) == ("vision", 1):
            raise Interrupted

    whole = Trainer(scenes, library, schedule, tmp_path / "whole.pt")
    losses = []
    whole.run(lambda stage, step, steps, loss: losses.append((stage, step, loss)))
    assert [item[:2] for item in losses] == [
        ("language", 1), ("language", 2), ("vision", 1), ("joint", 1), ("joint", 2)
    ]  # fmt: skip
    assert all(np.isfinite(loss) for *_, loss in losses)
    with pytest.raises(Interrupted):
        Trainer(scenes, library, schedule, tmp_path / "broken.pt").run(interrupt)
    second = Trainer(scenes, library, schedule, tmp_path / "broken.pt")
    assert second.place == ("language", 2)
    second.run(lambda *report: None)
    for one, other in zip(whole.model.state_dict().values(), second.model.state_dict().values(), strict=True):
        torch.testing.assert_close(one, other)


def test_run_that_begins_again_keeps_the_weights_and_goes_through_every_stage(library, scenes, tmp_path):
    from vla_ros.training_planner.trainer import STAGES, Schedule, Trainer

    schedule = Schedule(1, 1, 1, language_batch=2, look_batch=1, picture_batch=2)
    Trainer(scenes, library, schedule, tmp_path / "state.pt").run(lambda *report: None)
    again = Trainer(scenes, library, schedule, tmp_path / "state.pt")
    before = {name: tensor.clone() for name, tensor in again.model.state_dict().items()}
    again.begin_again()
    assert all(tensor.equal(before[name]) for name, tensor in again.model.state_dict().items())
    stages = []
    again.run(lambda stage, *report: stages.append(stage))
    assert tuple(stages) == STAGES


def test_evaluation_counts_what_a_planner_gets_right(library, scenes):
    figures = evaluate_backend(GrammarBackend(library), library, scenes, 40, iter(range(10_000)).__next__)
    assert figures["combinations_accuracy"] > 0.9
    assert figures["scene_accuracy"] == 0.0
    assert figures["unsure_accuracy"] == 1.0
    assert figures["check_count"] == 40
    assert figures["answer_p50_s"] == 1


def test_published_planner_is_loaded_by_its_file_and_its_card_has_every_figure(library, scenes, tmp_path, monkeypatch):
    from vla_ros.planner import loading
    from vla_ros.planner.openai import Timing
    from vla_ros.training_planner.export import export
    from vla_ros.training_planner.publish import BARS, publish
    from vla_ros.training_planner.trainer import Schedule, Trainer

    trainer = Trainer(scenes, library, Schedule(0, 0, 0), tmp_path / "state.pt")
    export(trainer, tmp_path / "checkpoint")
    planners = tmp_path / "planners"
    planners.mkdir()
    (planners / "skills.yaml").write_text((CONFIG / "planners" / "skills.yaml").read_text())
    figures = {**dict.fromkeys(BARS, 0.5), "answer_p50_s": 0.25, "combinations_count": 500}
    with pytest.raises(ConfigError, match="evaluate the checkpoint first"):
        publish(tmp_path / "checkpoint", {}, tmp_path, planners)
    folder = publish(tmp_path / "checkpoint", figures, tmp_path, planners, "It was made twice.")
    assert "It was made twice. It knows" in (folder / "README.md").read_text()
    assert sum(path.stat().st_size for path in folder.iterdir()) < 40e6
    assert (folder / "README.md").read_text().count("50.0%") == len(BARS)
    monkeypatch.setattr(loading, "SHIPPED_CHECKPOINTS", tmp_path / "checkpoints")
    backend, _ = loading.load_backend(planners / "default.yaml", Timing(lambda: 0, lambda seconds: None))
    assert backend.planner_id == "local:default_planner"
    answered = evaluate_backend(backend, library, scenes, 1, iter(range(10_000)).__next__)
    assert answered["scene_count"] == 1  # it can look: the file's half precision is none of a processor's
