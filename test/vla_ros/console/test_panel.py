# SPDX-License-Identifier: Apache-2.0
"""The panel in a real browser, on a phone-sized screen: what is clicked and typed is what is asked for. No robot."""

import threading
import time
from collections.abc import Iterator

import pytest
from test.browser import Browser, find_browser

from vla_ros.console.charts import StripChart
from vla_ros.console.gate import Gate
from vla_ros.console.panel import Panel

pytestmark = [
    pytest.mark.graph,  # pages are drawn in software: on a busy machine it takes minutes
    pytest.mark.timeout(600),
    pytest.mark.skipif(find_browser() is None, reason="no Chromium is installed"),
]


class Recorder:
    """Keeps what the panel asks for."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self._changed = threading.Condition()

    def wait_for(self, call: tuple[object, ...]) -> None:
        """Wait until that was asked for."""
        with self._changed:
            assert self._changed.wait_for(lambda: call in self.asked, 60.0), f"{call} is not in {self.asked}"

    def _keep(self, *call: object) -> None:
        with self._changed:
            self.asked.append(call)
            self._changed.notify_all()

    def stop(self) -> None:
        self._keep("stop")

    def reset(self) -> None:
        self._keep("reset")

    def instruct(self, instruction: str) -> None:
        self._keep("instruct", instruction)

    def answer(self, question_id: str, answer: str) -> None:
        self._keep("answer", question_id, answer)

    def record(self, *, active: bool) -> None:
        self._keep("record", active)

    def take_over(self, *, active: bool) -> bool:
        self._keep("take over", active)
        return active

    def jog(self, translation_m: tuple[float, float, float], yaw_rad: float) -> None:
        self._keep("jog", translation_m, yaw_rad)

    def grip(self, *, closed: bool) -> None:
        self._keep("grip", closed)


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Panel, Recorder, Browser]]:
    """Return a panel, what it asks for, and the browser that shows it."""
    viser = pytest.importorskip("viser")
    server = viser.ViserServer(host="127.0.0.1", port=18400, verbose=False)
    gate = Gate("127.0.0.1", 0, server.get_port())
    recorder = Recorder()
    panel = Panel(server, recorder, [StripChart(("age [ms]",))], ["image.scene"])
    browser = Browser(tmp_path_factory.mktemp("browser"), 390, 844, phone=True)
    browser.open(f"http://localhost:{gate.port}")
    browser.wait_for_text("STOP")
    yield panel, recorder, browser
    browser.close()
    gate.close()
    server.stop()


def test_stop_is_one_click_or_one_key_away(console: tuple[Panel, Recorder, Browser]) -> None:
    _, recorder, browser = console
    browser.wait_for(lambda: browser.is_in_view("STOP"), "STOP in view")
    assert browser.evaluate("document.documentElement.scrollWidth") <= 390, "nothing is cut off at the side"
    browser.click("STOP")
    recorder.wait_for(("stop",))
    recorder.asked.clear()
    browser.press("Escape", 27)
    recorder.wait_for(("stop",))


def test_sentence_is_asked_for_as_typed(console: tuple[Panel, Recorder, Browser]) -> None:
    _, recorder, browser = console
    browser.type_into("Instruction", "put the blue cube in the right bin")
    time.sleep(0.5)  # the page sends what is typed in its own time
    browser.click("Do it")
    recorder.wait_for(("instruct", "put the blue cube in the right bin"))


def test_question_is_answered_by_its_button_and_goes_away(console: tuple[Panel, Recorder, Browser]) -> None:
    panel, recorder, browser = console
    panel.show_question("q1", "What <now>?", ("try again", "give up"))
    browser.wait_for_text("What <now>?")
    browser.click("give up")
    recorder.wait_for(("answer", "q1", "give up"))
    panel.show_question("", "", ())


def test_recording_is_switched_by_what_the_recorder_says(console: tuple[Panel, Recorder, Browser]) -> None:
    panel, recorder, browser = console
    panel.show_recording(active=False, bag="")
    browser.wait_for_text("Record")
    browser.click("Record")
    recorder.wait_for(("record", True))
    panel.show_recording(active=True, bag="runs/episode_3")
    browser.wait_for_text("records episode_3")
    browser.click("Stop recording")
    recorder.wait_for(("record", False))


def test_arm_is_taken_jogged_and_given_back_and_stop_gives_it_back(console: tuple[Panel, Recorder, Browser]) -> None:
    _, recorder, browser = console
    recorder.asked.clear()
    browser.click("Jog")
    browser.wait_for_text("Take over")
    browser.click("Take over")
    recorder.wait_for(("take over", True))
    browser.wait_for_text("+z")
    browser.click("+z")
    recorder.wait_for(("jog", (0.0, 0.0, 0.02), 0.0))
    browser.click("STOP")
    recorder.wait_for(("take over", False))
    browser.wait_for_text("Take over")
