# SPDX-License-Identifier: Apache-2.0
"""The launched graph that the end-to-end tests share; each test begins with its own scene and a robot that is ready."""

import signal
from pathlib import Path

import pytest

from ament_index_python.packages import PackageNotFoundError, get_package_share_directory
from benchmarks.end_to_end_support.graph import Launch, Observer


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder: all of them move the arm in real time."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.graph)


@pytest.fixture(scope="session", autouse=True)
def _built() -> None:
    try:
        get_package_share_directory("vla_bringup")
    except PackageNotFoundError:
        pytest.skip("needs the built workspace: ./run pytest")
    # A run that is ended from outside ends its graph, too, as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def observer(_built):
    """Return an observer of the graph of this process's domain."""
    observer = Observer()
    yield observer
    observer.close()


@pytest.fixture(scope="module")
def launched(observer, tmp_path_factory):
    """Start the graph once for the tests of a module and end it behind the last."""
    launch = Launch("policy:=scripted", "console:=false", folder=tmp_path_factory.mktemp("graph"))
    yield launch
    launch.close()
    observer.ready = False


@pytest.fixture
def robot(launched, observer):
    """Return the observer of a robot that is ready, at rest, in front of scene 0."""
    observer.wait_for(lambda: observer.ready, "the robot is ready")
    observer.reset_scene(0)
    observer.wait_for(observer.rests, "the arm at rest")
    return observer
