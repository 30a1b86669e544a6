# SPDX-License-Identifier: Apache-2.0
"""Builds an ament_cmake package without CMake: interfaces, resource markers and the customary shared folders.

CMakeLists.txt is not read. What needs a compiler is refused with a sentence.
"""

from collections.abc import Iterator
from pathlib import Path

from colcon_core.environment import create_environment_scripts
from colcon_core.logging import colcon_logger
from colcon_core.plugin_system import satisfies_version
from colcon_core.shell import create_environment_hook
from colcon_core.task import TaskExtensionPoint, create_file, install

from embedded_ros2.interfaces.errors import InterfaceError
from embedded_ros2.interfaces.parse import parse_interface

__all__ = ["EmbeddedAmentCmakeBuild"]

logger = colcon_logger.getChild(__name__)

INTERFACE_KINDS = ("msg", "srv", "action")
# The folders that ROS packages customarily install to share/<package> with install(DIRECTORY …).
SHARED_FOLDERS = ("launch", "config", "params", "urdf", "meshes", "models", "worlds", "rviz", "maps", "behavior_trees")
COMPILED_SUFFIXES = {".c", ".cc", ".cpp", ".cxx"}
RESOURCE_INDEX = "share/ament_index/resource_index"


class EmbeddedAmentCmakeBuild(TaskExtensionPoint):  # type: ignore[misc]
    """Installs what of an ament_cmake package needs no compiler."""

    def __init__(self) -> None:
        """Check the version of the extension point."""
        super().__init__()
        satisfies_version(TaskExtensionPoint.EXTENSION_POINT_VERSION, "^1.0")

    async def build(self) -> int:
        """Install the package; return 1 after one logged sentence where that cannot be done."""
        name, args = self.context.pkg.name, self.context.args
        source = Path(args.path)
        problem = compiled_source_problem(name, source) or interface_problem(name, source)
        if problem:
            logger.error(problem)
            return 1
        interfaces = list(interface_files(source))
        for path in [*interfaces, *shared_files(source), Path("package.xml")]:
            install(args, str(path), f"share/{name}/{path}")
        create_file(args, f"{RESOURCE_INDEX}/packages/{name}")
        if interfaces:
            lines = "".join(f"{path.as_posix()}\n" for path in interfaces)
            create_file(args, f"{RESOURCE_INDEX}/rosidl_interfaces/{name}", content=lines)
        remove_stale_interfaces(Path(args.install_base) / "share" / name, interfaces)
        hooks = create_environment_hook(
            "ament_prefix_path", Path(args.install_base), name, "AMENT_PREFIX_PATH", "", mode="prepend"
        )
        create_environment_scripts(self.context.pkg, args, additional_hooks=hooks)
        return 0


def interface_files(source: Path) -> Iterator[Path]:
    """Yield the interface files of a package relative to its folder, sorted within each kind."""
    for kind in INTERFACE_KINDS:
        yield from (path.relative_to(source) for path in sorted((source / kind).glob(f"*.{kind}")))


def shared_files(source: Path) -> Iterator[Path]:
    """Yield the files of the customary shared folders relative to the package's folder."""
    for folder in SHARED_FOLDERS:
        paths = sorted((source / folder).rglob("*"))
        yield from (path.relative_to(source) for path in paths if path.is_file() and "__pycache__" not in path.parts)


def compiled_source_problem(name: str, source: Path) -> str | None:
    """Return a sentence where the package has C or C++ sources, else None."""
    compiled = next((path for path in sorted((source / "src").rglob("*")) if path.suffix in COMPILED_SUFFIXES), None)
    if compiled is None:
        return None
    return (
        f"{name}: {compiled.relative_to(source)} needs a compiler and the C++ libraries of ROS 2, which the embedded "
        "runtime does not have; build this package where a ROS 2 is sourced, or leave it out with "
        f"--packages-skip {name}"
    )


def interface_problem(name: str, source: Path) -> str | None:
    """Return a sentence for the first interface file that cannot be parsed, else None."""
    for path in interface_files(source):
        try:
            parse_interface(f"{name}/{path.parent}/{path.stem}", (source / path).read_text(encoding="utf-8"))
        except (InterfaceError, UnicodeDecodeError) as error:
            return f"{source / path}: {error}"
    return None


def remove_stale_interfaces(share: Path, interfaces: list[Path]) -> None:
    """Remove installed interface files, also dangling links, that the source no longer has."""
    for kind in INTERFACE_KINDS:
        for path in (share / kind).glob(f"*.{kind}"):
            if path.relative_to(share) not in interfaces:
                path.unlink()
