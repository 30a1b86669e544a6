# SPDX-License-Identifier: Apache-2.0
"""Run by an interpreter that has the lerobot package: what its ensembles, aggregates and guidance give, as JSON."""

import json
import sys

import numpy as np
import torch
from lerobot.async_inference.configs import AGGREGATE_FUNCTIONS
from lerobot.configs import RTCAttentionSchedule
from lerobot.policies.act.modeling_act import ACTTemporalEnsembler
from lerobot.policies.rtc.configuration_rtc import RTCConfig
from lerobot.policies.rtc.modeling_rtc import RTCProcessor


def ensemble(given):
    ensembler = ACTTemporalEnsembler(given["decay"], len(given["chunks"][0]))
    chunks = torch.tensor(given["chunks"], dtype=torch.float64)
    return [ensembler.update(chunk[None])[0].tolist() for chunk in chunks]


def aggregate(given):
    old, new = torch.tensor(given["old"]), torch.tensor(given["new"])
    return {name: function(old, new).tolist() for name, function in AGGREGATE_FUNCTIONS.items()}


def prefix(given):
    found = {}
    for name, schedule in (("linear", RTCAttentionSchedule.LINEAR), ("exp", RTCAttentionSchedule.EXP)):
        processor = RTCProcessor(RTCConfig(prefix_attention_schedule=schedule))
        found[name] = [processor.get_prefix_weights(*triple).tolist() for triple in given["triples"]]
    return found


def guided(given):
    """Integrate a linear flow, noise at 1, with their guidance around every step."""
    config = RTCConfig(prefix_attention_schedule=RTCAttentionSchedule.EXP, max_guidance_weight=given["largest_gain"])
    processor, matrix = RTCProcessor(config), torch.tensor(given["matrix"], dtype=torch.float64)
    sample, prefix_rows = (torch.tensor(given[name], dtype=torch.float64) for name in ("noise", "prefix"))
    steps = given["steps"]
    for index in range(steps):
        time = 1.0 - index / steps
        velocity = processor.denoise_step(
            sample, prefix_rows, given["frozen"], time, lambda x: x - matrix @ x, given["soft_end"]
        )
        sample = sample - velocity / steps
    return np.asarray(sample).tolist()


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    answers = {"ensemble": ensemble, "aggregate": aggregate, "prefix": prefix, "guided": guided}
    json.dump({name: answer(asked[name]) for name, answer in answers.items()}, sys.stdout)
