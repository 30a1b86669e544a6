# SPDX-License-Identifier: Apache-2.0
"""Replay: how much faster than real time a bag of two 224x224 cameras at 30 Hz goes through ingestion, policy, safety.

The stub answers with recorded chunks; the default policy is measured where its checkpoint is there. One process.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import suppress
from pathlib import Path

from benchmarks.replay_support.synthetic_bag import SyntheticBag, contract_text, write_bag
from vla_ros.contract import load_contract
from vla_ros.errors import PolicyError
from vla_ros.replay import Mode, ReplayPlan, VariantPlan, replay_bag
from vla_ros.replay.variants import VariantFactory

ROOT = Path(__file__).resolve().parents[1]
SAFETY = ROOT / "config" / "safety" / "fr3.yaml"
URDF = ROOT / "src" / "vla_sim" / "description" / "panda_description" / "urdf" / "panda.urdf"
DEFAULT = ROOT / "config" / "policies" / "default.yaml"


def run(quick: bool) -> dict[str, float]:  # noqa: FBT001 (the benchmarks' interface)
    """Replay 10 s (quick) or 60 s."""
    seconds = 10.0 if quick else 60.0
    with tempfile.TemporaryDirectory() as folder:
        contract_file = Path(folder) / "franka.yaml"
        contract_file.write_text(contract_text(224))
        bag = write_bag(Path(folder) / "bag", SyntheticBag(seconds=seconds, size=224))
        warm = write_bag(Path(folder) / "warm", SyntheticBag(seconds=2.0, size=224))
        guarded = VariantPlan("stub", safety=str(SAFETY), urdf=str(URDF))
        plans = {"stub": VariantPlan("stub"), "stub_with_safety": guarded, "default": VariantPlan("d", str(DEFAULT))}
        figures = {}
        for name, variant in plans.items():
            with suppress(PolicyError):  # the default checkpoint is no part of the sources
                wall, processor = _speed(variant, contract_file, (warm, bag), seconds)
                figures |= {f"times_real_time_{name}": wall, f"times_processor_time_{name}": processor}
    return figures


def _speed(variant: VariantPlan, contract_file: Path, bags: tuple[Path, Path], seconds: float) -> tuple[float, float]:
    """Return how often the recording's time fits into the wall clock's and into the processor's."""
    plan = ReplayPlan(str(contract_file), (variant,), mode=Mode.SHADOW)
    contract = load_contract(contract_file)
    factory = VariantFactory(plan, contract)
    replay_bag(bags[0], contract, factory, ("", ""))  # compiles what is compiled at first use
    began_s, began_processor_s = time.perf_counter(), time.process_time()
    replay_bag(bags[1], contract, factory, ("", ""))
    return seconds / (time.perf_counter() - began_s), seconds / (time.process_time() - began_processor_s)
