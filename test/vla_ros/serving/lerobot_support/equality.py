# SPDX-License-Identifier: Apache-2.0
"""Compares LeRobot used directly with LeRobot behind the worker or the bridge; prints one JSON document.

``python equality.py FOLDER worker|bridge|loaders [KIND…]`` in LeRobot's environment.
"""

import json
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from checkpoints import as_batch, make_checkpoint, make_language_model, name_what_is_elsewhere, observations
from safetensors.torch import load_file, save_file

from vla_ros.policy.remote import Link, PolicyClient, RemoteError, endpoint_of
from vla_ros.policy.remote.protocols import PROTOCOLS

SEED = 11
LONGEST_NS = 1_500_000_000_000  # a loaded machine takes minutes to import torch
PERIOD_S = "60"  # between observations: far longer than the test needs, so that load does not change what is remembered


def direct(policy, before, after, seen):
    """Return the chunk after the last of the observations, as LeRobot's own control loop would execute it."""
    policy.reset()
    chunks = []
    with torch.inference_mode():
        for observation in seen:
            torch.manual_seed(SEED)
            chunks.append([_selected(policy, before, after, observation)])
            while any(len(queue) for queue in _action_queues(policy)):
                chunks[-1].append(_selected(policy, before, after, observation))
    return np.stack(chunks[-1])


def _selected(policy, before, after, observation):
    return after(policy.select_action(before(as_batch(observation))))[0].numpy()


def _action_queues(policy):
    queues = getattr(policy, "_queues", {})
    return [queues["action"]] if "action" in queues else [policy._action_queue]


@contextmanager
def running(*words):
    """Run a module of this environment while the context lasts."""
    process = subprocess.Popen([sys.executable, "-m", *words])
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def asked(port, seen, process):
    """Return the chunk after the last of the observations from the server at ``port``."""
    wire = PROTOCOLS["vllm_omni"].make()
    client = PolicyClient(wire, Link(endpoint_of(f"ws://127.0.0.1:{port}", wire.schemes)), seed=SEED)
    until_ns = time.monotonic_ns() + LONGEST_NS
    while process.poll() is None:
        try:
            client.connect(until_ns)
            break
        except RemoteError:
            time.sleep(0.2)  # it loads for as long as it takes
    client.reset(until_ns)
    answers = [client.infer(observation, until_ns).arrays["actions"] for observation in seen]
    client.close()
    return answers[-1]


def compared(expected, found):
    """Return shape and largest difference."""
    rows = min(len(expected), len(found))
    return {"shape": list(found.shape), "difference": float(np.abs(expected[:rows] - found[:rows]).max())}


def worker(folder, kinds):
    """Compare the worker, on files that name what only the hub has."""
    vlm = folder / "language_model"
    make_language_model(vlm)
    results = {}
    for kind in kinds:
        parts, port, seen = make_checkpoint(kind, folder / kind, vlm), free_port(), observations(kind, 2)
        name_what_is_elsewhere(folder / kind)
        words = [
            str(folder / kind),
            "--port",
            str(port),
            "--language-model",
            str(vlm),
            "--observation-period",
            PERIOD_S,
        ]
        with running("vla_ros.serving.lerobot_worker", *words) as process:
            results[kind] = compared(direct(*parts, seen), asked(port, seen, process))
    return results


def bridge(folder, kinds):
    """Compare the bridge in front of LeRobot's own policy server."""
    results = {}
    for kind in kinds:
        parts, seen = make_checkpoint(kind, folder / kind, ""), observations(kind, 1)
        theirs, ours = free_port(), free_port()
        words = [kind, str(folder / kind), "--server", f"127.0.0.1:{theirs}", "--port", str(ours), "--timeout", "600"]
        with (
            running("lerobot.async_inference.policy_server", "--host=127.0.0.1", f"--port={theirs}"),
            running("vla_ros.serving.lerobot_bridge", *words) as process,
        ):
            _wait_for(theirs)
            results[kind] = compared(direct(*parts, seen), asked(ours, seen, process))
    return results


def loaders(folder, kinds):
    """Return what the worker says of checkpoints that lack a weight or have one too many."""
    results = {}
    for kind in kinds:
        make_checkpoint(kind, folder / kind, "")
        file = folder / kind / "model.safetensors"
        weights = load_file(file)
        name = sorted(name for name in weights if name.endswith("weight"))[0]
        save_file({key: value for key, value in weights.items() if key != name}, file)
        results[f"{kind} missing"] = _refusal(folder / kind)
        save_file(weights | {"extra.weight": torch.zeros(1)}, file)
        results[f"{kind} unexpected"] = _refusal(folder / kind)
    return results


def _refusal(folder):
    words = [str(folder), "--port", "0", "--observation-period", PERIOD_S]
    command = [sys.executable, "-m", "vla_ros.serving.lerobot_worker", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    return {"code": done.returncode, "sentence": done.stderr.strip().splitlines()[-1]}


def _wait_for(port):
    for _ in range(6000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)


def reaches_network():
    """Tell whether anything beyond this machine can be connected to."""
    try:
        socket.create_connection(("198.51.100.1", 80), 0.2)  # RFC 5737: nobody is there, but a route may be
    except TimeoutError:
        return True
    except OSError:
        return False
    return True


if __name__ == "__main__":
    action = {"worker": worker, "bridge": bridge, "loaders": loaders}[sys.argv[2]]
    found = action(Path(sys.argv[1]), sys.argv[3:])
    sys.stdout.write(json.dumps({"network": reaches_network(), "results": found}) + "\n")
