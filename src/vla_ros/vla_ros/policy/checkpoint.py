# SPDX-License-Identifier: Apache-2.0
"""A checkpoint on disk: a folder with ``config.json``, weights and the contract it was trained with. Strict; no torch.

A missing file, an unknown or missing key, a tensor of another shape or a contract that does not fit the robot is an
error here, at configure. A policy never runs with weights that were not read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vla_ros.contract import Contract, load_contract, require_match
from vla_ros.errors import PolicyError, nearest_hint, unknown_name

__all__ = ["CONFIG_FILE", "CONTRACT_FILE", "Checkpoint", "open_checkpoint", "require_keys", "require_tensors"]

CONFIG_FILE = "config.json"
CONTRACT_FILE = "contract.yaml"
HEADER_LIMIT = 100_000_000  # of a safetensors file, by its format description

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder that was opened.

    Attributes:
        folder: Where it is.
        settings: Content of ``config.json``; ``type`` names the backend.
        files: Names of the files that belong to it, sorted.
        hash: SHA-256 over the names and contents of these files, hex; published with every chunk.
    """

    folder: Path
    settings: Mapping[str, Any]
    files: tuple[str, ...]
    hash: str

    @property
    def backend(self) -> str:
        """Name of the backend that reads it."""
        return str(self.settings["type"])

    def file(self, name: str) -> Path:
        """Return the path of a file.

        Raises:
            PolicyError: the checkpoint has no such file.
        """
        if name not in self.files:
            raise PolicyError(f"the checkpoint {self.folder} lacks a file: {unknown_name('file', name, self.files)}")
        return self.folder / name

    def contract(self) -> Contract:
        """Return the contract that it was trained with."""
        return load_contract(self.file(CONTRACT_FILE))

    def require_robot(self, robot: Contract) -> None:
        """Refuse a robot that it was not trained for.

        Raises:
            ContractError: naming every field that differs.
        """
        require_match(self.contract(), robot)

    def tensor_shapes(self, name: str) -> dict[str, Shape]:
        """Return the shape of every tensor of a safetensors file, from its header alone.

        Raises:
            PolicyError: the file is missing or damaged.
        """
        path = self.file(name)
        try:
            with path.open("rb") as stream:
                length = int.from_bytes(stream.read(8), "little")
                header = json.loads(stream.read(min(length, HEADER_LIMIT)))
            return {key: tuple(entry["shape"]) for key, entry in header.items() if key != "__metadata__"}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise PolicyError(f"{path} is not a safetensors file: {error}") from error


def open_checkpoint(folder: Path | str) -> Checkpoint:
    """Open a checkpoint folder.

    Raises:
        PolicyError: there is no such folder, or its ``config.json`` is missing, damaged or names no backend.
    """
    folder = Path(folder)
    if not folder.is_dir():
        siblings = [path.name for path in folder.parent.iterdir()] if folder.parent.is_dir() else []
        raise PolicyError(f"there is no checkpoint folder {folder}.{nearest_hint(folder.name, siblings)}")
    path = folder / CONFIG_FILE
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PolicyError(f"the checkpoint {folder} has no usable {CONFIG_FILE}: {error}") from error
    if not isinstance(settings, dict) or not isinstance(settings.get("type"), str):
        raise PolicyError(f"{path} names no backend: it needs the key 'type'")
    files = tuple(sorted(entry.name for entry in folder.iterdir() if entry.is_file() and entry.name != "README.md"))
    return Checkpoint(folder, settings, files, _hash(folder, files))


def require_keys(what: str, given: Mapping[str, Any], needed: Iterable[str], optional: Iterable[str] = ()) -> None:
    """Refuse a mapping that lacks a key or has one that nobody reads.

    Raises:
        PolicyError: naming the key and the nearest known one.
    """
    needed, known = tuple(needed), {*needed, *optional}
    missing = [key for key in needed if key not in given]
    if missing:
        raise PolicyError(f"{what} lacks the key '{missing[0]}'.{nearest_hint(missing[0], given)}")
    for key in given:
        if key not in known:
            raise PolicyError(f"{what}: {unknown_name('key', key, known)}")


def require_tensors(what: str, expected: Mapping[str, Shape], found: Mapping[str, Shape]) -> None:
    """Refuse weights that are not exactly those of the model: names and shapes.

    Raises:
        PolicyError: naming the first tensor that is missing, of another shape or not expected.
    """
    for name, shape in expected.items():
        if name not in found:
            raise PolicyError(f"{what} lacks the tensor '{name}'.{nearest_hint(name, found)}")
        if tuple(found[name]) != tuple(shape):
            raise PolicyError(f"{what}: the tensor '{name}' has shape {tuple(found[name])}, the model {tuple(shape)}")
    extra = [name for name in found if name not in expected]
    if extra:
        raise PolicyError(f"{what} has the tensor '{extra[0]}', which the model does not.")


def _hash(folder: Path, files: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for name in files:
        content = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        digest.update(f"{name}\n{content}\n".encode())
    return digest.hexdigest()
