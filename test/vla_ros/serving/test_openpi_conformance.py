# SPDX-License-Identifier: Apache-2.0
"""The package ``openpi-client``, in its own environment, talks to our server, and our client to a server made of it.

The variable VLA_ROS_OPENPI_PYTHON names its interpreter (``pip install openpi-client typing_extensions``).
"""

import json
import os
import subprocess
import time

import numpy as np
import pytest

from vla_ros.policy.remote import Link, PolicyClient, RemoteError, endpoint_of
from vla_ros.policy.remote.protocols import PROTOCOLS
from vla_ros.serving import ServingConfig, serving

PYTHON = os.environ.get("VLA_ROS_OPENPI_PYTHON", "")
pytestmark = pytest.mark.skipif(
    not PYTHON, reason="VLA_ROS_OPENPI_PYTHON does not name an interpreter with openpi-client"
)

THEIR_CLIENT = """
import json, sys
import numpy as np
from openpi_client.websocket_client_policy import WebsocketClientPolicy
client = WebsocketClientPolicy("127.0.0.1", int(sys.argv[1]))
image = np.arange(224 * 224 * 3, dtype=np.uint8).reshape(224, 224, 3)
first = client.infer({"image": image, "state": np.arange(8.0), "grip": np.float32(0.5), "prompt": "go"})
client.infer({"image": image, "state": np.arange(8.0), "grip": np.float32(0.5), "prompt": "go"})
try:
    client.infer({"prompt": "fail"})
    error = ""
except RuntimeError as caught:
    error = str(caught)
print(json.dumps({"metadata": client.get_server_metadata(), "actions": first["actions"].tolist(),
                  "timing": sorted(first["server_timing"]), "error": error}))
"""

THEIR_SERVER = """
import numpy as np
from openpi_client import msgpack_numpy
from websockets.sync.server import serve
def handle(connection):
    connection.send(msgpack_numpy.packb({"reset_pose": [0.0, 1.0]}))
    for frame in connection:
        seen = msgpack_numpy.unpackb(frame)
        if seen["prompt"] == "fail":
            connection.send("Traceback\\nKeyError: 'state'")
            return
        row = [float(seen["image"].sum()), float(seen["state"].sum()), float(len(seen["prompt"]))]
        connection.send(msgpack_numpy.packb({"actions": np.array([row] * 10, np.float32), "state": seen["state"],
                                             "server_timing": {"infer_ms": 1.0}}))
server = serve(handle, "127.0.0.1", 0, compression=None, max_size=None)
print(server.socket.getsockname()[1], flush=True)
server.serve_forever()
"""


def test_their_client_is_served_by_our_server(capsys):
    seen = []

    def policy(observation):
        if observation["prompt"] == "fail":
            raise KeyError("state")
        seen.append(observation)
        return {"actions": np.tile(observation["state"], (10, 1)) * observation["grip"]}

    with serving(policy, ServingConfig(port=0, specification={"reset_pose": [0.0]})) as port:
        done = subprocess.run(
            [PYTHON, "-c", THEIR_CLIENT, str(port)], capture_output=True, text=True, timeout=100, check=True
        )
    found = json.loads(done.stdout)
    assert found["metadata"] == {"reset_pose": [0.0]}
    np.testing.assert_allclose(found["actions"], np.tile(np.arange(8.0) * 0.5, (10, 1)))
    assert "infer_ms" in found["timing"]
    assert "KeyError" in found["error"]
    assert len(seen) == 2
    np.testing.assert_array_equal(seen[0]["image"].reshape(-1), np.arange(224 * 224 * 3, dtype=np.uint8))
    capsys.readouterr()


def test_our_client_is_served_by_a_server_made_of_their_package():
    with subprocess.Popen([PYTHON, "-c", THEIR_SERVER], stdout=subprocess.PIPE, text=True) as process:
        try:
            port = int(process.stdout.readline())
            protocol = PROTOCOLS["openpi"].make()
            client = PolicyClient(protocol, Link(endpoint_of(f"ws://127.0.0.1:{port}", protocol.schemes)))
            deadline_ns = time.monotonic_ns() + 60_000_000_000
            assert dict(client.connect(deadline_ns)) == {"reset_pose": [0.0, 1.0]}
            image, state = np.ones((224, 224, 3), np.uint8), np.arange(8.0)
            reply = client.infer({"image": image, "state": state, "prompt": "go"}, deadline_ns)
            np.testing.assert_array_equal(reply.arrays["actions"], np.tile([150528.0, 28.0, 2.0], (10, 1)))
            np.testing.assert_array_equal(reply.arrays["state"], state)
            with pytest.raises(RemoteError, match=r"server error: .*KeyError"):
                client.infer({"prompt": "fail"}, deadline_ns)
            assert client.infer({"image": image, "state": state, "prompt": "go"}, deadline_ns).timings_ms
            client.close()
        finally:
            process.terminate()
