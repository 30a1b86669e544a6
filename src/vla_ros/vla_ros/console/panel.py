# SPDX-License-Identifier: Apache-2.0
"""The console's controls: STOP first, then what the robot is doing, the instruction, and tabs."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import numpy as np
import numpy.typing as npt

from vla_ros.console.charts import StripChart
from vla_ros.console.commands import Commands
from vla_ros.console.jog_panel import JogPanel
from vla_ros.console.look import LOOK

__all__ = ["Panel"]

Picture = npt.NDArray[np.uint8]

_BLACK = np.zeros((112, 112, 3), np.uint8)
_REMEMBERED = 20  # instructions in the history
_CHART_COLOURS = ("#2962c8", "#d63031", "#27ae60")


class Panel:
    """The controls of one console."""

    def __init__(self, server: Any, commands: Commands, charts: Sequence[StripChart], cameras: Sequence[str]) -> None:
        self._gui, self._commands = server.gui, commands
        self._gui.configure_theme(control_width="large", show_logo=False, show_share_button=False)
        self._gui.set_panel_label("vla_ros operator console")
        self._gui.main_panel.dock_right()  # beside the scene, not over it
        self._gui.add_html(LOOK)  # the element behind it stays in view
        stop = self._gui.add_button("STOP", color="red", icon="hand-stop", hint="latches the emergency stop; key: Esc")
        stop.on_click(lambda _: self._stop())
        self._gui.add_command("STOP", hotkey="escape").on_trigger(lambda _: self._stop())
        self._status = self._gui.add_markdown("waiting for the robot …")
        # Always there: a button that comes and goes would move those that somebody is about to press.
        self._reset = self._gui.add_button("Release the stop", disabled=True, hint="nothing moves by that")
        self._reset.on_click(lambda _: commands.reset())
        self._question = _Question(self._gui, commands)
        _Instruction(self._gui, commands)
        self._recording = _Recording(self._gui, commands)
        tabs = self._gui.add_tab_group()
        with tabs.add_tab("Task"):
            self._plan = self._gui.add_markdown("no plan yet")
            self._tree = self._gui.add_markdown("")
        with tabs.add_tab("Cameras"):
            self._images = {name: self._gui.add_image(_BLACK, label=name, format="jpeg") for name in cameras}
        with tabs.add_tab("Charts"):
            self._charts = [(chart, self._add_chart(chart)) for chart in charts]
        with tabs.add_tab("Jog"):
            self._jog = JogPanel(self._gui, commands)

    def show_status(self, text: str, *, stopped: bool) -> None:
        """Show Markdown about the robot's condition; ``stopped`` offers the release."""
        _set(self._status, text)
        if self._reset.disabled == stopped:
            self._reset.disabled = not stopped

    def show_plan(self, text: str) -> None:
        """Show the plan as Markdown."""
        _set(self._plan, text)

    def show_tree(self, text: str) -> None:
        """Show the behaviour tree as it is."""
        _set(self._tree, f"```\n{text}\n```" if text else "")

    def show_question(self, question_id: str, text: str, choices: Sequence[str]) -> None:
        """Show a question with a button per answer; an empty text removes it."""
        self._question.show(question_id, text, choices)

    def show_recording(self, *, active: bool, bag: str) -> None:
        """Say whether a bag is written, and which."""
        self._recording.show(active=active, bag=bag)

    def show_picture(self, camera: str, picture: Picture) -> None:
        """Show the newest picture ``(H, W, 3)`` RGB of a camera."""
        self._images[camera].image = picture

    def refresh_charts(self) -> None:
        """Draw the charts anew."""
        for chart, handle in self._charts:
            handle.data = chart.columns()

    def _add_chart(self, chart: StripChart) -> Any:
        colours = zip(chart.names, _CHART_COLOURS, strict=False)
        series = ({"label": "s"}, *({"label": name, "stroke": colour, "width": 2} for name, colour in colours))
        return self._gui.add_uplot(chart.columns(), series, scales={"x": {"time": False}}, aspect=2.2)

    def _stop(self) -> None:
        self._commands.stop()
        self._jog.let_go()  # else the release of the stop would go on with what was jogged last


class _Instruction:
    """What the robot is to do, and what it was told before; its buttons keep it."""

    def __init__(self, gui: Any, commands: Commands) -> None:
        self._commands = commands
        self._text = gui.add_text("Instruction", "", hint='e.g. "put the red cube in the left bin"')
        send = gui.add_button("Do it", icon="player-play")
        self._history = gui.add_dropdown("Earlier", ("",), visible=False)
        send.on_click(lambda _: self._send())
        self._history.on_update(lambda _: setattr(self._text, "value", self._history.value))

    def _send(self) -> None:
        instruction = self._text.value.strip()
        if not instruction:
            return
        self._commands.instruct(instruction)
        earlier = [each for each in self._history.options if each not in ("", instruction)]
        self._history.options = ("", instruction, *earlier[: _REMEMBERED - 1])
        self._history.visible = True


class _Recording:
    """The recorder's switch; without a recorder there is none."""

    def __init__(self, gui: Any, commands: Commands) -> None:
        self._commands, self._active = commands, False
        self._button = gui.add_button("Record", icon="player-record", visible=False, hint="writes a bag")
        self._button.on_click(lambda _: commands.record(active=not self._active))
        self._bag = gui.add_markdown("", visible=False)

    def show(self, *, active: bool, bag: str) -> None:
        label = "Stop recording" if active else "Record"
        self._active = active
        if self._button.label != label:
            self._button.label, self._button.color = label, "orange" if active else None  # red is STOP's alone
        _set(self._bag, f"records {html.escape(PurePath(bag).name)}")
        for handle, visible in ((self._button, True), (self._bag, active)):
            if handle.visible != visible:
                handle.visible = visible


class _Question:
    """The robot's open question."""

    def __init__(self, gui: Any, commands: Commands) -> None:
        self._gui, self._commands = gui, commands
        self._folder = gui.add_folder("The robot asks", visible=False)
        self._parts: list[Any] = []
        self._open_id = ""

    def show(self, question_id: str, text: str, choices: Sequence[str]) -> None:
        if question_id == self._open_id:
            return
        self._open_id = question_id
        for part in self._parts:
            part.remove()
        self._parts = []
        self._folder.visible = bool(text)
        if not text:
            return
        with self._folder:
            self._parts.append(self._gui.add_markdown(html.escape(text)))
            for choice in choices:
                self._parts.append(self._answer_button(question_id, choice))
            if not choices:
                self._add_free_answer(question_id)

    def _answer_button(self, question_id: str, choice: str) -> Any:
        button = self._gui.add_button(choice)
        button.on_click(lambda _: self._commands.answer(question_id, choice))
        return button

    def _add_free_answer(self, question_id: str) -> None:
        text, button = self._gui.add_text("Answer", ""), self._gui.add_button("Answer")
        button.on_click(lambda _: self._commands.answer(question_id, text.value))
        self._parts += [text, button]


def _set(handle: Any, content: str) -> None:
    """Change a Markdown element only where it changed: each change is sent to every browser."""
    if handle.content != content:
        handle.content = content
