# SPDX-License-Identifier: Apache-2.0
"""Compiled kernels are found again only while none of their sources has changed."""

from pathlib import Path

import numba
import pytest

import vla_safety.kernels
from vla_safety.kernels.cache import cache_folder


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "kernels"
    folder.mkdir()
    (folder / "one.py").write_text("value = 1\n")
    (folder / "two.py").write_text("from one import value\n")
    return folder


def test_change_of_any_source_leads_to_another_folder(sources: Path) -> None:
    before = cache_folder(sources, {})
    assert cache_folder(sources, {}) == before
    (sources / "one.py").write_text("value = 2\n")
    assert cache_folder(sources, {}) != before
    assert before.parent == sources / "__pycache__"


def test_sources_that_cannot_be_written_are_compiled_into_the_users_cache(
    sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert cache_folder(sources, {"HOME": "/home/operator"}).parent == Path("/home/operator/.cache/vla_safety")
    assert cache_folder(sources, {}).parent == Path.home() / ".cache/vla_safety"
    assert cache_folder(sources, {"XDG_CACHE_HOME": "/cache"}).parent == Path("/cache/vla_safety")
    assert cache_folder(sources, {"NUMBA_CACHE_DIR": "/mine", "HOME": "/root"}).parent == Path("/mine")


def test_kernels_are_kept_in_the_folder_of_their_sources() -> None:
    folder = Path(vla_safety.kernels.__file__).parent
    assert Path(numba.config.CACHE_DIR) == cache_folder(folder)
