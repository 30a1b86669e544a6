# SPDX-License-Identifier: Apache-2.0
"""Events, handlers, timers, coroutines, and use of the service from other threads."""

import asyncio
import threading

import pytest

from launch import Event, EventHandler, LaunchDescription, LaunchService
from launch.actions import (
    EmitEvent,
    LogInfo,
    OpaqueCoroutine,
    OpaqueFunction,
    RegisterEventHandler,
    Shutdown,
    TimerAction,
    UnregisterEventHandler,
)
from launch.event_handlers import OnExecutionComplete, OnProcessExit, OnShutdown
from launch.events import matches_action
from launch.events.process import ShutdownProcess, SignalProcess
from launch.substitutions import LocalSubstitution


class Bell(Event):
    name = "test.Bell"


def on_bell(*entities, **options):
    return EventHandler(matcher=lambda event: isinstance(event, Bell), entities=list(entities), **options)


def said(outcome):
    return [line.rpartition("]: ")[2] for line in outcome.lines if "[launch.user]" in line]


def test_a_handler_brings_in_its_entities(launch):
    handler = on_bell(LogInfo(msg="rung"))
    assert said(launch(RegisterEventHandler(handler), EmitEvent(event=Bell()), EmitEvent(event=Bell()))) == [
        "rung",
        "rung",
    ]


def test_a_handler_that_handles_once_goes(launch):
    handler = on_bell(LogInfo(msg="rung"), handle_once=True)
    assert said(launch(RegisterEventHandler(handler), *[EmitEvent(event=Bell())] * 2)) == ["rung"]


def test_a_handler_that_was_removed_does_nothing(launch):
    handler = on_bell(LogInfo(msg="rung"))
    outcome = launch(RegisterEventHandler(handler), UnregisterEventHandler(handler), EmitEvent(event=Bell()))
    assert said(outcome) == []


def test_actions_are_visited_in_order_and_opaque_functions_may_bring_more(launch):
    more = OpaqueFunction(function=lambda context, word: [LogInfo(msg=word)], args=["two"])
    assert said(launch(LogInfo(msg="one"), more, LogInfo(msg="three"))) == ["one", "two", "three"]


def test_timers_fire_in_the_order_of_their_periods(launch):
    outcome = launch(
        TimerAction(period=0.02, actions=[LogInfo(msg="later")]), TimerAction(period=0.0, actions=[LogInfo(msg="now")])
    )
    assert said(outcome) == ["now", "later"]


@pytest.mark.parametrize("period", ["soon", "-1", "nan"])
def test_a_period_that_is_no_time_is_refused(launch, period):
    outcome = launch(TimerAction(period=period, actions=[]))
    assert outcome.code == 1 and outcome.has("period of a TimerAction", f"'{period}'")


def test_a_coroutine_keeps_the_launch_up_until_it_is_done(launch):
    async def work(context):
        await asyncio.sleep(0)
        context.launch_configurations["done"] = "yes"

    action = OpaqueCoroutine(coroutine=work)
    done = OpaqueFunction(function=lambda context: [LogInfo(msg="done " + context.launch_configurations["done"])])
    handler = OnExecutionComplete(target_action=action, on_completion=[done])
    assert said(launch(RegisterEventHandler(handler), action)) == ["done yes"]


def test_a_coroutine_that_raises_fails_the_launch(launch):
    async def work(context):
        raise RuntimeError("broken")

    outcome = launch(OpaqueCoroutine(coroutine=work))
    assert outcome.code == 1 and outcome.has("RuntimeError: broken")


def test_a_coroutine_is_cancelled_when_the_launch_ends(launch):
    async def forever(context):
        await asyncio.Event().wait()

    assert launch(OpaqueCoroutine(coroutine=forever), TimerAction(period=0.0, actions=[Shutdown()])).code == 0


def test_the_reason_of_the_end_can_be_read(launch):
    handler = OnShutdown(on_shutdown=[LogInfo(msg=["end: ", LocalSubstitution("event.reason")])])
    assert said(launch(RegisterEventHandler(handler), Shutdown(reason="time is up"))) == ["end: time is up"]


def test_a_process_can_be_sent_a_signal_and_ended_by_events(launch, python):
    code = (
        "import os, signal, time; signal.signal(10, lambda *_: os.write(1, b'signalled\\n'));"
        "print('up'); time.sleep(600)"
    )
    action = python(code)
    signal_it = EmitEvent(event=SignalProcess(signal_number="SIGUSR1", process_matcher=matches_action(action)))
    end_it = EmitEvent(event=ShutdownProcess(process_matcher=matches_action(action)))

    def react(event, context):
        return [signal_it] if b"up" in event.text else [end_it]

    from launch.event_handlers import OnActionEventBase
    from launch.events.process import ProcessStdout

    handler = OnActionEventBase(action_matcher=action, on_event=react, target_event_cls=ProcessStdout)
    ended = OnProcessExit(target_action=action, on_exit=[LogInfo(msg="ended")])
    outcome = launch(RegisterEventHandler(handler), RegisterEventHandler(ended), action)
    assert outcome.has("] signalled") and said(outcome) == ["ended"]


def test_a_service_can_be_shut_down_from_another_thread(python, capsys):
    service = LaunchService()
    action = python("import time; print('up'); time.sleep(600)")

    def stop_from_outside(event, context):
        threading.Thread(target=service.shutdown).start()

    from launch.event_handlers import OnProcessStart

    handler = OnProcessStart(target_action=action, on_start=stop_from_outside)
    service.include_launch_description(LaunchDescription([RegisterEventHandler(handler), action]))
    assert service.run() == 0


def test_a_service_runs_in_a_thread_without_signal_handlers(capsys):
    service = LaunchService()
    service.include_launch_description(LaunchDescription([LogInfo(msg="in a thread")]))
    codes = []
    thread = threading.Thread(target=lambda: codes.append(service.run()))
    thread.start()
    thread.join()
    assert codes == [0] and "in a thread" in capsys.readouterr().out
