# SPDX-License-Identifier: Apache-2.0
"""The ament index: order of the prefixes, resources, unknown packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from ament_index_python import (
    InvalidResourceTypeNameError,
    PackageNotFoundError,
    get_package_prefix,
    get_package_share_directory,
    get_package_share_path,
    get_packages_with_prefixes,
    get_resource,
    get_resource_types,
    get_resources,
    get_search_paths,
    has_resource,
)


@pytest.fixture
def prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a prefix with the package ``demo``, first in the search path."""
    index = tmp_path / "share" / "ament_index" / "resource_index"
    (index / "packages").mkdir(parents=True)
    (index / "packages" / "demo").touch()
    (index / "packages" / "std_msgs").touch()
    (index / "plugins").mkdir()
    (index / "plugins" / "demo").write_text("content")
    (tmp_path / "share" / "demo").mkdir()
    monkeypatch.setenv("AMENT_PREFIX_PATH", f"{tmp_path}:/no/such/prefix")
    return tmp_path


def test_search_path_drops_missing_prefixes_and_ends_with_the_standard_one(prefix: Path) -> None:
    paths = get_search_paths()
    assert paths[0] == str(prefix)
    assert len(paths) == 2
    assert get_package_prefix("geometry_msgs") == paths[1]


def test_a_package_is_found_in_the_first_prefix_that_has_it(prefix: Path) -> None:
    assert get_package_prefix("std_msgs") == str(prefix)
    assert get_packages_with_prefixes()["demo"] == str(prefix)
    assert get_package_share_directory("demo") == str(prefix / "share" / "demo")
    assert get_package_share_path("demo") == prefix / "share" / "demo"


def test_a_missing_share_directory_is_warned_of(prefix: Path) -> None:
    with pytest.warns(UserWarning, match="Share directory for std_msgs"):
        get_package_share_directory("std_msgs")


def test_unknown_package_names_the_prefixes_and_the_nearest(prefix: Path) -> None:
    with pytest.raises(PackageNotFoundError) as caught:
        get_package_prefix("demoo")
    assert str(caught.value).startswith(f"package 'demoo' not found, searching: ['{prefix}', ")
    assert str(caught.value).endswith("(nearest: demo)")
    with pytest.raises(ValueError, match="not a valid package name"):
        get_package_prefix("a/b")


def test_resources(prefix: Path) -> None:
    assert get_resource("plugins", "demo") == ("content", str(prefix))
    assert get_resources("plugins") == {"demo": str(prefix)}
    assert {"packages", "plugins"} <= set(get_resource_types())
    assert has_resource("plugins", "other") is False
    with pytest.raises(LookupError, match="Could not find the resource 'other' of type 'plugins'"):
        get_resource("plugins", "other")
    with pytest.raises(InvalidResourceTypeNameError):
        get_resource("a/b", "c")
