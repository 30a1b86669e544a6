# SPDX-License-Identifier: Apache-2.0
"""Namespaces: joined and made absolute."""

from __future__ import annotations


def is_namespace_absolute(namespace: str) -> bool:
    """Return whether it begins with a slash."""
    return namespace.startswith("/")


def make_namespace_absolute(namespace: str) -> str:
    """Return it with a slash before it."""
    return namespace if is_namespace_absolute(namespace) else "/" + namespace


def prefix_namespace(base: str | None, namespace: str | None) -> str | None:
    """Return ``namespace`` below ``base``; an absolute one stays as it is, and None means the base alone."""
    if namespace is None:
        return base
    alone = base is None or is_namespace_absolute(namespace)
    joined = namespace if alone else f"{(base or '').rstrip('/')}/{namespace}"
    return joined if joined == "/" else joined.rstrip("/")
