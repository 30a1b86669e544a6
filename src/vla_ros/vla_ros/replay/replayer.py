# SPDX-License-Identifier: Apache-2.0
"""Replays one bag: every message through ingestion as live, every observation through each variant. Deterministic."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from vla_ros.contract import Contract
from vla_ros.contract.streams import GripperSpec, PoseSpec
from vla_ros.ingest import Ingestor, Rejection, Route, routes
from vla_ros.recording.actions import ActionTrack
from vla_ros.recording.adaptation import contract_of_bag
from vla_ros.recording.bag_reader import BagError, BagReader, RawMessage
from vla_ros.recording.facts import absolute_topic, read_facts
from vla_ros.replay.lockstep import LockStep
from vla_ros.replay.observer import Observer
from vla_ros.replay.result import EpisodeResult, Observed, VariantResult
from vla_ros.replay.truth import truth_of
from vla_ros.replay.variants import VariantFactory
from vla_ros.types import ActionChunk, ActionSpace, Observation

__all__ = ["contract_routes", "measured_actions", "observations", "replay_bag"]


def contract_routes(reader: BagReader, contract: Contract, namespace: str) -> dict[str, Route]:
    """Return the contract's routes by topic of the bag.

    Raises:
        BagError: a required stream is not in the bag, or has another type.
    """
    wanted = {absolute_topic(route.topic, namespace): route for route in routes(contract)}
    for topic, route in wanted.items():
        if route.static or not contract.stream(route.key).required:
            continue
        if topic not in reader.topics:
            known = ", ".join(sorted(reader.topics)) or "no topics"
            raise BagError(f"the bag '{reader.path}' has no topic '{topic}' for stream '{route.key}'; it has {known}")
        if reader.topics[topic] != route.type_name:
            found = reader.topics[topic]
            raise BagError(f"in the bag '{reader.path}', '{topic}' is {found}, the contract expects {route.type_name}")
    return {topic: route for topic, route in wanted.items() if reader.topics.get(topic) == route.type_name}


def observations(
    reader: BagReader, contract: Contract, namespace: str, observer: Observer
) -> Iterator[tuple[int, Observation | None]]:
    """Yield the time of every message, and the observation that it completed or None.

    Raises:
        BagError: as ``contract_routes``, or the bag is damaged.
    """
    wanted = contract_routes(reader, contract, namespace)
    ingestor = Ingestor(contract)
    for raw in reader.messages(wanted):
        result = _ingest(ingestor, reader, wanted[raw.topic], raw, observer)
        yield raw.receive_ns, result if isinstance(result, Observation) else None


def _ingest(
    ingestor: Ingestor, reader: BagReader, route: Route, raw: RawMessage, observer: Observer
) -> Observation | Rejection | None:
    arrival = ingestor.decode(route.key, reader.deserialise(raw), raw.receive_ns, static=route.static)
    observer.arrive(arrival)
    ingestor.store(arrival)
    result = ingestor.poll(raw.receive_ns)
    if result is not None:
        observer.take(result)
    return result


def replay_bag(bag: Path, contract: Contract, factory: VariantFactory, settings: tuple[str, str]) -> EpisodeResult:
    """Replay one bag through every variant.

    Args:
        bag: Folder of a rosbag2 recording.
        contract: How to read it.
        factory: Gives the variants.
        settings: Namespace of its topics, and the instruction where it holds none.

    Raises:
        BagError: it cannot be read or lacks a required stream.
        VlaError: a variant does not fit.
    """
    namespace, instruction = settings
    with BagReader(bag) as reader:
        contract = contract_of_bag(contract, reader.topics, namespace)
        facts = read_facts(reader, contract, namespace)
        span = reader.span_ns
        actions = facts.actions(contract) or measured_actions(_watch(reader, contract, namespace, span), contract)
        text = facts.instruction(span[0], instruction)
        steps = [LockStep(variant, contract, text) for variant in factory.make(facts, actions)]
        observer = Observer(*span)
        pending = [item for item in facts.instructions if item[0] > span[0]]
        now_ns = span[0]
        for now_ns, observation in observations(reader, contract, namespace, observer):
            _advance(steps, pending, now_ns, observation)
        variants = [step.finish(now_ns) for step in steps]
        return EpisodeResult(
            bag=Path(bag).name,
            instruction=text,
            outcome=facts.outcome,
            start_ns=span[0],
            end_ns=span[1],
            observed=observer.seen,
            actions=actions,
            recorded_chunks=facts.chunks,
            variants=variants,
            truths={variant.name: truth_of(_first_chunk(variant), actions, contract) for variant in variants},
        )


def _first_chunk(variant: VariantResult) -> ActionChunk | None:
    return variant.predictions[0].chunk if variant.predictions else None


def _advance(
    steps: list[LockStep], pending: list[tuple[int, str]], now_ns: int, observation: Observation | None
) -> None:
    """Tell every variant what is new at ``now_ns``; instructions that are told leave ``pending``."""
    while pending and pending[0][0] <= now_ns:
        _, text = pending.pop(0)
        for step in steps:
            step.instruct(text)
    for step in steps:
        if observation is not None:
            step.observe(now_ns, observation)
        else:
            step.tick(now_ns)


def _watch(reader: BagReader, contract: Contract, namespace: str, span: tuple[int, int]) -> Observed:
    """Return what ingestion sees without any variant: a first pass for bags that do not say what was commanded."""
    observer = Observer(*span)
    for _ in observations(reader, contract, namespace, observer):
        continue
    return observer.seen


def measured_actions(observed: Observed, contract: Contract) -> ActionTrack:
    """Return the measured motion as actions, for bags without commands.

    Where the contract's action space has no measured counterpart, the track is empty.
    """
    spec = contract.action
    suffix = {ActionSpace.JOINT_POSITION: "position", ActionSpace.JOINT_VELOCITY: "velocity"}.get(spec.space)
    names = tuple(f"{name}.{suffix}" for name in contract.joints.names) if suffix else _tool_names(contract)
    rows = observed.column(names) if names else None
    if rows is None:
        return ActionTrack(np.zeros(0, np.int64), np.zeros((0, len(spec.names))), np.zeros(0), "measured")
    grippers = [stream.key for stream in contract.streams if isinstance(stream.payload, GripperSpec)]
    width = observed.column((f"{grippers[0]}.width",)) if grippers else None
    times, first = np.unique(np.array(observed.times_ns, np.int64), return_index=True)
    return ActionTrack(times, rows[first], np.zeros(0) if width is None else width[first, 0], "measured")


def _tool_names(contract: Contract) -> tuple[str, ...]:
    if contract.action.space is not ActionSpace.TOOL_POSE:
        return ()
    for stream in contract.streams:
        payload = stream.payload
        if isinstance(payload, PoseSpec) and (payload.parent, payload.child) == (
            contract.frames.base,
            contract.frames.tool,
        ):
            return stream.state_names
    return ()
