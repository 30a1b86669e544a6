# SPDX-License-Identifier: Apache-2.0
"""ros2 pkg xml: the manifest of a package, or some of its tags."""

from __future__ import annotations

import argparse
import os
from xml.etree import ElementTree

from ros2cli._packages import prefix_of
from ros2cli.errors import CliError

DESCRIPTION = "Output the XML of the package manifest or a specific tag"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("package_name", help="the package name")
    parser.add_argument("-t", "--tag", dest="tags", nargs="+", default=[], help="the XML tags to show, e.g. version")


def main(args: argparse.Namespace) -> int:
    """Print the file, or the text of each tag."""
    path = os.path.join(prefix_of(args.package_name), "share", args.package_name, "package.xml")
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        root = ElementTree.fromstring(text)
    except (OSError, ElementTree.ParseError) as error:
        raise CliError(f"the manifest {path} cannot be read: {error}") from error
    if not args.tags:
        print(text)
    for tag in args.tags:
        elements = root.findall(f".//{tag}")
        if not elements:
            raise CliError(f"{path} has no tag '{tag}' (it has: {', '.join(sorted({child.tag for child in root}))})")
        for element in elements:
            print(element.text or "")
    return 0
