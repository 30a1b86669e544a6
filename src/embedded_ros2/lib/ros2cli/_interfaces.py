# SPDX-License-Identifier: Apache-2.0
"""What the ``ros2 interface`` verbs share: the kinds, their selection on the command line, and checked names."""

from __future__ import annotations

import argparse

from ros2cli.errors import CliError

HEADINGS = {"msg": "Messages", "srv": "Services", "action": "Actions"}


def add_kind_arguments(parser: argparse.ArgumentParser, what: str) -> None:
    """Add ``-m``, ``-s`` and ``-a``."""
    group = parser.add_mutually_exclusive_group()
    for option, kind, plural in (
        ("msgs", "msg", "messages"),
        ("srvs", "srv", "services"),
        ("actions", "action", "actions"),
    ):
        group.add_argument(
            f"-{option[0]}",
            f"--only-{option}",
            dest="kinds",
            action="store_const",
            const=(kind,),
            help=f"only {what} {plural}",
        )
    parser.set_defaults(kinds=tuple(HEADINGS))


def interfaces(kinds: tuple[str, ...], packages: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Return ``{kind: ["package/kind/Name", ...]}``, sorted."""
    from embedded_ros2.interfaces.errors import InterfaceError
    from embedded_ros2.interfaces.package_index import INDEX
    from embedded_ros2.interfaces.source import interface_names

    chosen = packages or tuple(INDEX.packages())
    try:
        return {
            kind: [f"{package}/{kind}/{name}" for package in chosen for name in interface_names(package, kind)]
            for kind in kinds
        }
    except InterfaceError as error:
        raise CliError(str(error)) from error


def interface_text(name: str) -> str:
    """Return the text that defines ``package/kind/Name``."""
    from embedded_ros2.interfaces.errors import InterfaceError
    from embedded_ros2.interfaces.library import split_name
    from embedded_ros2.interfaces.source import interface_path

    try:
        return interface_path(*split_name(name)).read_text(encoding="utf-8")
    except InterfaceError as error:
        raise CliError(str(error)) from error
