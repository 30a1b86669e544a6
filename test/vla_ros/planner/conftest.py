# SPDX-License-Identifier: Apache-2.0
"""What the planner's tests share: the skill library, a picture, and a pretended endpoint."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from vla_ros.planner import load_skills

SKILLS = Path(__file__).parents[3] / "config" / "planners" / "skills.yaml"


@pytest.fixture(scope="session")
def library():
    return load_skills(SKILLS)


@pytest.fixture
def images():
    return {"image.scene": np.full((224, 224, 3), 90, np.uint8)}


class Endpoint:
    """An OpenAI-compatible server whose next replies are given by a test; it keeps what it was asked."""

    def __init__(self):
        self.replies, self.requests = [], []
        self.released = threading.Event()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.requests.append((dict(self.headers), body))
                endpoint.replies.pop(0)(self)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1/chat/completions"

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def plain(self, content, **message):
        choice = {"message": {"role": "assistant", "content": content, **message}, "finish_reason": "stop"}
        self.raw(200, json.dumps({"choices": [choice]}))

    def raw(self, status, text):
        def reply(handler):
            handler.send_response(status)
            handler.end_headers()
            handler.wfile.write(text.encode())

        self.replies.append(reply)

    def streamed(self, content, *, ends=True):
        def reply(handler):
            handler.send_response(200)
            handler.send_header("Content-Type", "text/event-stream")
            handler.end_headers()
            for start in range(0, len(content), 7):
                piece = {"choices": [{"delta": {"content": content[start : start + 7]}, "finish_reason": None}]}
                handler.wfile.write(f"data: {json.dumps(piece)}\n\n".encode())
            if ends:
                handler.wfile.write(b"data: [DONE]\n\n")
            else:
                handler.wfile.flush()
                self.released.wait(30.0)

        self.replies.append(reply)


@pytest.fixture
def endpoint():
    server = Endpoint()
    yield server
    server.close()
