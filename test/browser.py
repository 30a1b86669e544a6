# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, driven by its own debugging protocol: what a person sees and clicks. No test here."""

from __future__ import annotations

import base64
import itertools
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--hide-scrollbars",
    "--no-first-run",
    "--remote-debugging-port=0",
)
# Middle of the button or tab with that label where a click would meet it, else null.
_PLACE = """(() => {
  const all = [...document.querySelectorAll('button, [role=tab]')];
  const found = all.find(e => e.innerText.trim() === %s && !e.disabled);
  if (!found) return null;
  found.scrollIntoView({block: 'nearest'});
  const r = found.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2;
  const top = document.elementFromPoint(x, y);
  return found === top || found.contains(top) ? [x, y] : null;
})()"""
_DRAWN = "[...document.querySelectorAll(%s)].filter(e => e.getBoundingClientRect().width > 20)"


def find_browser() -> str | None:
    """Return a Chromium where one is installed."""
    return next((path for path in map(shutil.which, PROGRAMS) if path), None)


class Browser:
    """One page of a given size."""

    def __init__(self, folder: Path, width: int, height: int, *, phone: bool = False) -> None:
        program = find_browser()
        assert program, "no Chromium is installed"
        self._process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={folder}", f"--window-size={width},{height}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        port = _wait_for_port(folder / "DevToolsActivePort")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
            page = next(each for each in json.load(answer) if each["type"] == "page")
        self._socket = connect(page["webSocketDebuggerUrl"], max_size=None)
        self._ids = itertools.count(1)
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone}
        self._call("Emulation.setDeviceMetricsOverride", **metrics)

    def open(self, address: str) -> None:
        """Go to an address."""
        self._call("Page.navigate", url=address)

    def evaluate(self, script: str) -> Any:
        """Return the value of a JavaScript expression."""
        return self._call("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def wait_for_text(self, text: str, timeout_s: float = 150.0) -> None:
        """Wait until the page shows a text."""
        end = time.monotonic() + timeout_s
        while text not in (self.evaluate("document.body ? document.body.innerText : ''") or ""):
            assert time.monotonic() < end, f"the page never showed '{text}': {self.evaluate('document.body.innerText')}"
            time.sleep(0.1)

    def wait_for(self, condition: Callable[[], object], what: str, timeout_s: float = 60.0) -> None:
        """Wait until a condition holds."""
        end = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < end, f"not within {timeout_s:g} s: {what}"
            time.sleep(0.2)

    def click(self, label: str, timeout_s: float = 60.0) -> None:
        """Click the button or tab with exactly that label, once it is drawn, stands still and nothing lies over it."""
        end, before = time.monotonic() + timeout_s, None
        while True:
            place = self.evaluate(_PLACE % json.dumps(label))
            if place is not None and place == before:
                break
            seen = self.labels("")
            assert time.monotonic() < end, f"the button '{label}' cannot be clicked; there are {seen}"
            before = place
            time.sleep(0.1)
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    def click_until(self, label: str, condition: Callable[[], object], what: str) -> None:
        """Click a button, and as a person does, once more where what was pressed had just moved away."""
        for _ in range(3):
            self.click(label)
            end = time.monotonic() + 10.0
            while time.monotonic() < end:
                if condition():
                    return
                time.sleep(0.1)
        raise AssertionError(f"clicked '{label}' in vain: {what}")

    def labels(self, beginning: str) -> list[str]:
        """Return the labels of buttons that begin so."""
        script = "[...document.querySelectorAll('button')].map(e => e.innerText.trim())"
        return [label for label in self.evaluate(script) or [] if label.startswith(beginning)]

    def is_in_view(self, label: str) -> bool:
        """Whether the button with that label is wholly on the screen, and nothing lies over it."""
        return bool(
            self.evaluate(
                "(() => { const e = [...document.querySelectorAll('button')]"
                f".find(e => e.innerText.trim() === {json.dumps(label)});"
                "if (!e) return false; const r = e.getBoundingClientRect();"
                "const top = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);"
                "return r.top >= 0 && r.left >= 0 && r.bottom <= innerHeight && r.right <= innerWidth"
                " && (e === top || e.contains(top)); })()"
            )
        )

    def type_into(self, label: str, text: str) -> None:
        """Replace what stands in the text field with that label; the page may still be making it."""
        field = json.dumps("input:not([type=checkbox], [type=hidden], [readonly]), textarea")
        script = (
            "(() => { const all = [...document.querySelectorAll('label, div, span')];"
            f"for (let e of all.filter(e => e.children.length === 0 && e.innerText === {json.dumps(label)})) {{"
            f"while (e && !e.querySelector({field})) e = e.parentElement;"
            f"if (!e) continue; const field = e.querySelector({field});"
            "field.focus(); field.select(); if (document.activeElement === field) return true; }"
            "return false; })()"
        )
        end = time.monotonic() + 60.0
        while not self.evaluate(script):
            assert time.monotonic() < end, f"there is no text field '{label}'"
            time.sleep(0.2)
        self._call("Input.insertText", text=text)

    def press(self, key: str, code: int) -> None:
        """Press a key outside of any field; ``code`` is its virtual key code."""
        self.evaluate("document.activeElement && document.activeElement.blur()")
        for kind in ("keyDown", "keyUp"):
            self._call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def screenshot(self, path: Path, box: tuple[float, float, float, float] | None = None) -> None:
        """Write what is seen, or the part ``x y width height`` of it [px], as PNG."""
        clip = dict(zip(("x", "y", "width", "height", "scale"), (*box, 1), strict=True)) if box else None
        data = self._call("Page.captureScreenshot", format="png", **({"clip": clip} if clip else {}))["data"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(data))

    def count(self, selector: str) -> int:
        """Return how many elements of that CSS selector are drawn."""
        return int(self.evaluate(f"{_DRAWN % json.dumps(selector)}.length"))

    def box(self, selector: str, index: int) -> tuple[float, float, float, float]:
        """Bring one of the drawn elements into view and return its ``x y width height`` [px]."""
        script = (
            f"(() => {{ const e = {_DRAWN % json.dumps(selector)}[{index}]; e.scrollIntoView({{block: 'nearest'}});"
            "const r = e.getBoundingClientRect(); return [r.x, r.y, r.width, r.height]; })()"
        )
        x, y, width, height = self.evaluate(script)
        return x, y, width, height

    def close(self) -> None:
        """End the browser."""
        self._socket.close()
        self._process.terminate()
        self._process.wait(20)

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv(timeout=180.0))
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer.get('error')}"
                return answer["result"]


def _wait_for_port(path: Path) -> int:
    end = time.monotonic() + 120.0
    while not path.exists() or not path.read_text().strip():
        assert time.monotonic() < end, "the browser does not start"
        time.sleep(0.05)
    return int(path.read_text().split()[0])
