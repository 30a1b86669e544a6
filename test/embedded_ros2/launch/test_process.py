# SPDX-License-Identifier: Apache-2.0
"""Processes of a launch: output, exit, respawn, environment."""

import sys
from pathlib import Path

from launch import logging
from launch.actions import ExecuteProcess, RegisterEventHandler, SetEnvironmentVariable, Shutdown
from launch.event_handlers import OnProcessExit, OnProcessIO, OnProcessStart


def test_output_lines_carry_the_name_of_the_process(launch, python):
    outcome = launch(python("print('one'); print('two')", name="speaker"))
    spoken = [line for line in outcome.lines if line.startswith("[speaker-")]
    assert [line.split("] ")[1] for line in spoken] == ["one", "two"]
    assert outcome.code == 0


def test_a_last_line_without_its_end_is_shown(launch, python):
    assert launch(python("print('unfinished', end='')")).has("unfinished")


def test_start_and_clean_end_are_reported_with_the_process_id(launch, python):
    outcome = launch(python("pass", name="short"))
    assert outcome.has("[INFO] [short-", "process started with pid [")
    assert outcome.has("[INFO] [short-", "process has finished cleanly [pid ")


def test_a_process_that_dies_is_reported_with_its_exit_code(launch, python):
    outcome = launch(python("import sys; sys.exit(7)", name="weak"))
    assert outcome.has("[ERROR] [weak-", "process has died [pid ", "exit code 7, cmd '")
    assert outcome.code == 0  # nobody said that it is required


def test_the_exit_code_of_a_required_process_is_that_of_the_launch(launch, python):
    assert launch(python("import sys; sys.exit(7)", on_exit=Shutdown())).code == 7
    assert launch(python("pass", on_exit=[Shutdown(reason="done")])).code == 0


def test_the_death_of_a_required_process_by_a_signal_gives_a_shell_code(launch, python):
    assert launch(python("import os; os.kill(os.getpid(), 9)", on_exit=Shutdown())).code == 128 + 9


def test_shutdown_may_give_the_exit_code(launch):
    assert launch(Shutdown(reason="enough", exit_code=4)).code == 4


def test_a_required_program_that_does_not_exist_ends_the_launch(launch):
    outcome = launch(ExecuteProcess(cmd=["/no/such/program"], on_exit=Shutdown()))
    assert outcome.has("[ERROR]", "'/no/such/program' cannot be started: No such file or directory")
    assert outcome.code == 127


def test_log_output_is_kept_from_the_screen_but_errors_are_shown(launch, python):
    folder = logging.launch_config.log_dir
    outcome = launch(python("import sys; print('quiet'); print('loud', file=sys.stderr)", output="log"))
    assert outcome.has("loud")
    assert not outcome.has("quiet]") and not any(line.endswith("] quiet") for line in outcome.lines)
    assert "] quiet" in (folder / "launch.log").read_text()


def test_own_log_goes_to_a_file_per_stream(launch, python):
    folder = logging.launch_config.log_dir
    outcome = launch(python("print('kept')", output="own_log", name="writer"))
    files = list(folder.glob("writer-*-stdout.log"))
    assert [file.read_text() for file in files] == ["kept\n"]
    assert not any(line.endswith("] kept") for line in outcome.lines)


def test_respawn_stops_after_its_retries(launch, python):
    outcome = launch(python("print('again')", respawn=True, respawn_max_retries=2))
    assert sum(line.endswith("] again") for line in outcome.lines) == 3


def test_a_process_that_respawns_ends_with_the_launch(launch, python):
    starts = []
    action = python("print('up')", respawn=True)

    def count(event, context):
        starts.append(event.pid)
        return [Shutdown()] if len(starts) == 2 else None

    launch(RegisterEventHandler(OnProcessStart(target_action=action, on_start=count)), action)
    assert len(starts) == 2


def test_environment_and_folder_reach_the_process(launch, python, tmp_path: Path):
    code = "import os; print(os.environ['A'], os.environ['B'], os.getcwd())"
    outcome = launch(SetEnvironmentVariable("A", "1"), python(code, additional_env={"B": "2"}, cwd=str(tmp_path)))
    assert outcome.has(f"1 2 {tmp_path}")


def test_env_replaces_the_environment(launch, python):
    outcome = launch(
        SetEnvironmentVariable("A", "1"), python("import os; print('A' in os.environ)", env={"PATH": "/bin"})
    )
    assert outcome.has("] False")


def test_a_prefix_stands_before_the_command(launch, python):
    outcome = launch(python("import os; print(os.environ['X'])", prefix="env X=prefixed"))
    assert outcome.has("prefixed")


def test_shell_runs_a_command_line(launch):
    assert launch(ExecuteProcess(cmd=["echo a; echo b"], shell=True, output="screen")).has("] b")


def test_emulate_tty_gives_the_process_a_terminal(launch, python):
    assert launch(python("import sys; print(sys.stdout.isatty())", emulate_tty=True)).has("] True")
    assert launch(python("import sys; print(sys.stdout.isatty())")).has("] False")


def test_handlers_see_output_and_exit(launch, python):
    seen = []
    action = python("import sys; print('x'); sys.exit(2)")
    launch(
        RegisterEventHandler(
            OnProcessIO(target_action=action, on_stdout=lambda event: seen.append(event.text.decode().strip()))
        ),
        RegisterEventHandler(
            OnProcessExit(target_action=action, on_exit=lambda event, context: seen.append(event.returncode))
        ),
        action,
    )
    assert seen == ["x", 2]


def test_invalid_utf8_does_not_break_the_output(launch, python):
    outcome = launch(python(r"import sys; sys.stdout.buffer.write(b'\xff\xfe ok\n')"))
    assert outcome.has(" ok")


def test_two_processes_of_one_program_have_different_names(launch):
    outcome = launch(*[ExecuteProcess(cmd=[sys.executable, "-c", ""]) for _ in range(2)])
    names = {line.split("[")[2].split("]")[0] for line in outcome.lines if "process started" in line}
    assert len(names) == 2
