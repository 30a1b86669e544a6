# SPDX-License-Identifier: Apache-2.0
"""Everything that can be wrong with a flow checkpoint or a policy's numbers: one sentence each, before anything runs.

What is wrong with tensors, the graph, the device and the robot is in ``backends/test_flow.py``; with folders, keys and
the registry in ``test_checkpoint.py``.
"""

import json

import numpy as np
import pytest

from vla_ros.errors import ConfigError, PolicyError
from vla_ros.policy.checkpoint import open_checkpoint
from vla_ros.policy.configuration import PolicyConfig, load_policy_config
from vla_ros.policy.flow.assets import FlowAssets, read_assets, write_assets
from vla_ros.policy.flow.config import FlowConfig
from vla_ros.policy.flow.processing import Scaling
from vla_ros.policy.flow.vocabulary import Vocabulary
from vla_ros.policy.normalisation import AffineNormaliser, normaliser
from vla_ros.policy.schedule.delay import WindowedMaximum
from vla_ros.policy.schedule.disagreement import Alarm
from vla_ros.policy.schedule.gate import PolicyGate
from vla_ros.policy.schedule.scheduler import SchedulerConfig
from vla_ros.policy.schedule.strategy import strategy
from vla_ros.policy.session import require_strategy
from vla_ros.policy.session_config import SessionConfig
from vla_ros.policy.specification import PolicySpecification
from vla_ros.types import ActionSpace

CONFIG = FlowConfig(rows=4, rows_per_token=2, words=5, vocabulary=8, proprioception=3)
SCALING = Scaling(np.zeros((4, 5)), np.ones((4, 5)), np.zeros(3), np.ones(3))
WHOLE = FlowAssets(CONFIG, SCALING, Vocabulary(("go", "home"), 5))


@pytest.fixture
def folder(tmp_path):
    write_assets(tmp_path, WHOLE, seed=0)
    return tmp_path


def test_a_whole_checkpoint_is_read_as_it_was_written(folder):
    assets = read_assets(open_checkpoint(folder))
    assert (assets.config, assets.vocabulary.words, assets.period_ns) == (CONFIG, ("go", "home"), WHOLE.period_ns)
    np.testing.assert_array_equal(assets.scaling.action_scale, SCALING.action_scale)


DAMAGES = (
    ("config.json", ("temperature",), 1.5, "temperature must be within [0, 1], got 1.5"),
    ("config.json", ("temperature",), None, "malformed"),
    ("config.json", ("period_ns",), "soon", "malformed"),
    ("config.json", ("period_ns",), 0, "period_ns must be >= 1, got 0"),
    ("config.json", ("perod_ns",), 1, "unknown key 'perod_ns'. Did you mean 'period_ns'?"),
    ("config.json", ("network", "rows"), 5, "rows 5 must be a multiple of rows_per_token 2"),
    ("config.json", ("network", "rows"), 6, "normalisation.json is for actions (4, 5), not 6 rows"),
    ("config.json", ("network", "rows"), "four", "malformed"),
    ("config.json", ("network", "width"), 130, "width 130 must be a multiple of heads 4"),
    ("config.json", ("network", "image_size"), 90, "image_size 90 must be a multiple of 8"),
    ("config.json", ("network", "image_crops"), [], "image_crops has 0 entries for 2 cameras"),
    ("config.json", ("network", "proprioception"), 4, "has another proprioception than 4 values"),
    ("config.json", ("network", "words"), 6, "does not fit the network's 6 words of 8"),
    ("config.json", ("network", "vocabulary"), 3, "does not fit the network's 5 words of 3"),
    ("config.json", ("network", "widht"), 1, "unknown key 'widht'. Did you mean 'width'?"),
    ("normalisation.json", ("action_scale",), [[1.0]], "offset and scale of the actions differ in shape"),
    ("normalisation.json", ("action_scale",), [[1.0], [1.0, 2.0]], "malformed"),
    ("normalisation.json", ("action_scale",), [[0.0] * 5] * 4, "a scale of the normalisation is not positive"),
    ("normalisation.json", ("action_scale",), [[float("nan")] * 5] * 4, "a scale of the normalisation is not positive"),
    ("normalisation.json", ("action_offset",), [[float("nan")] * 5] * 4, "has a value that is not finite"),
    ("normalisation.json", ("proprioception_offset",), [0.0, float("inf"), 0.0], "has a value that is not finite"),
    ("normalisation.json", ("proprioception_scale",), [1.0], "offset and scale of the proprioception differ in shape"),
    ("normalisation.json", ("proprioception_scale",), ["a", "b", "c"], "malformed"),
    ("normalisation.json", ("action_ofset",), [0.0], "Did you mean 'action_offset'?"),
    ("vocabulary.json", ("words",), ["go", "go"], "the vocabulary names a word twice"),
    ("vocabulary.json", ("words",), 3, "malformed"),
    ("vocabulary.json", ("lenght",), 3, "unknown key 'lenght'. Did you mean 'length'?"),
)


@pytest.mark.parametrize(("name", "keys", "value", "sentence"), DAMAGES)
def test_a_value_that_is_wrong_is_one_sentence(folder, name, keys, value, sentence):
    content = json.loads((folder / name).read_text())
    place = content
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    (folder / name).write_text(json.dumps(content))
    with pytest.raises(PolicyError) as caught:
        read_assets(open_checkpoint(folder))
    assert sentence in str(caught.value)


@pytest.mark.parametrize("name", ["config.json", "normalisation.json", "vocabulary.json"])
def test_every_key_is_needed(folder, name):
    whole = json.loads((folder / name).read_text())
    for key in set(whole) - {"provenance"}:
        (folder / name).write_text(json.dumps({other: value for other, value in whole.items() if other != key}))
        with pytest.raises(PolicyError, match=f"'{key}'"):
            read_assets(open_checkpoint(folder))
    (folder / name).write_text(json.dumps(whole))
    read_assets(open_checkpoint(folder))


@pytest.mark.parametrize("name", ["normalisation.json", "vocabulary.json"])
@pytest.mark.parametrize(
    ("text", "sentence"), [("{", "is no JSON"), ("[1]", "must be a mapping"), (None, "lacks a file")]
)
def test_a_file_that_is_damaged_or_missing_is_named(folder, name, text, sentence):
    (folder / name).unlink() if text is None else (folder / name).write_text(text)
    with pytest.raises(PolicyError) as caught:
        read_assets(open_checkpoint(folder))
    assert sentence in str(caught.value)
    assert name in str(caught.value)


def specification(**changes):
    values = {"rows": 4, "period_ns": 1, "space": ActionSpace.JOINT_POSITION, "names": ("a",), **changes}
    return PolicySpecification("toy", **values)


REFUSALS = (
    (lambda: specification(rows=0), PolicyError, "rows of the policy 'toy' must be >= 1, got 0"),
    (lambda: specification(period_ns=0), PolicyError, "period_ns"),
    (lambda: specification(history=0), PolicyError, "history"),
    (lambda: specification(largest_samples=0), PolicyError, "largest_samples"),
    (lambda: specification(space=ActionSpace.TOOL_DELTA), PolicyError, "gives tool_delta; its transforms must give"),
    (lambda: require_strategy(specification(), strategy("rtc")), ConfigError, "told what runs (guided)"),
    (
        lambda: require_strategy(specification(), strategy("bid")),
        ConfigError,
        "needs 16 samples at once",
    ),
    (lambda: SessionConfig(deadline_s=0.0), ConfigError, "deadline_s must be > 0, got 0"),
    (lambda: SessionConfig(max_failures=0), ConfigError, "max_failures must be >= 1, got 0"),
    (lambda: SessionConfig(disagreement_threshold=-1.0), ConfigError, "disagreement_threshold must be >= 0"),
    (lambda: SchedulerConfig(execute_rows=0), ConfigError, "execute_rows must be >= 1, got 0"),
    (lambda: WindowedMaximum(size=0), ConfigError, "size of the delay window must be >= 1"),
    (lambda: Alarm(patience=0), ConfigError, "patience >= 1"),
    (lambda: PolicyGate(1.0, 1.0), ConfigError, "a gate needs off < on"),
    (lambda: PolicyGate(1.0, 0.0, -1), ConfigError, "min_dwell_ns"),
    (lambda: normaliser("mean_sdt", {}), ConfigError, "Did you mean 'mean_std'?"),
    (lambda: normaliser("quantiles", {"q01": np.zeros(1)}), ConfigError, "needs the statistic 'q99', found: q01"),
    (lambda: AffineNormaliser(np.zeros(2), np.ones(3), np.ones(2, bool)), ConfigError, "one common shape"),
    (lambda: AffineNormaliser(np.zeros(2), np.zeros(2), np.ones(2, bool)), ConfigError, "scales > 0"),
    (lambda: AffineNormaliser(np.full(2, np.nan), np.ones(2), np.ones(2, bool)), ConfigError, "finite offsets"),
    (lambda: PolicyConfig("flow", isolation="proces"), ConfigError, "Did you mean 'process'?"),
    (lambda: PolicyConfig("flow", seed=-1), ConfigError, "seed must be a number >= 0, got -1"),
    (lambda: PolicyConfig("flow", seed="one"), ConfigError, "seed must be a number >= 0, got 'one'"),
)


@pytest.mark.parametrize(("make", "kind", "sentence"), REFUSALS)
def test_a_number_that_cannot_be_is_one_sentence(make, kind, sentence):
    with pytest.raises(kind) as caught:
        make()
    assert sentence in str(caught.value)


@pytest.mark.parametrize("text", ["strategy: [blend]", "strategy: {a: 1}", "device: [cpu]", "isolation: [thread]"])
def test_a_value_of_another_type_in_a_policys_file_is_one_sentence(tmp_path, text):
    path = tmp_path / "policy.yaml"
    path.write_text(f"backend: flow\n{text}")
    with pytest.raises(ConfigError, match=str(path)):
        load_policy_config(path)
