# SPDX-License-Identifier: Apache-2.0
"""The naming rules of the ROS graph as pure functions. Expansion and remapping are in ``_name_resolution``."""

from __future__ import annotations

import re

# A rule's verdict: what is wrong and the index of the first offending character, or None.
Violation = tuple[str, int] | None

# RMW_TOPIC_MAX_NAME_LENGTH and its kin: 255 less the longest prefix and suffix of a service on DDS.
_MAX_TOPIC_LENGTH = 247
_MAX_NAMESPACE_LENGTH = 245
_MAX_NODE_NAME_LENGTH = 255


def check_node_name(name: str) -> Violation:
    """Letters, digits and underscores, not starting with a digit."""
    if not name:
        return "node name must not be empty", 0
    return (
        _first_match(r"[^A-Za-z0-9_]", name, "node name must not contain characters other than alphanumerics or '_'")
        or _first_match(r"^[0-9]", name, "node name must not start with a number")
        or _too_long(name, _MAX_NODE_NAME_LENGTH, "node name")
    )


def check_namespace(name: str) -> Violation:
    """An absolute name without substitutions, or "/"."""
    if name == "/":
        return None
    if not name:
        return "namespace must not be empty", 0
    if not name.startswith("/"):
        return "namespace must be absolute, it must lead with a '/'", 0
    return _check_path(name, "namespace", r"[^A-Za-z0-9_/]", "'_', or '/'") or _too_long(
        name, _MAX_NAMESPACE_LENGTH, "namespace"
    )


def check_full_topic_name(name: str, what: str = "topic name") -> Violation:
    """An absolute name without substitutions."""
    if not name:
        return f"{what} must not be empty", 0
    if not name.startswith("/"):
        return f"{what} must be absolute, it must lead with a '/'", 0
    return _check_path(name, what, r"[^A-Za-z0-9_/]", "'_', or '/'") or _too_long(name, _MAX_TOPIC_LENGTH, what)


def check_topic_name(name: str, what: str = "topic name") -> Violation:
    """A name as users write it: relative, absolute or private ("~/..."), with {substitutions}."""
    if not name:
        return f"{what} must not be empty", 0
    return (
        _check_path(name, what, r"[^A-Za-z0-9_/~{}]", "'_', '/', '~', '{', or '}'")
        or _first_match(r"(?<=.)~", name, f"{what} must not have tilde '~' unless it is the first character")
        or _first_match(r"(?<=^~)[^/]", name, f"{what} must not have tilde '~' without being followed by '/'")
        or _check_substitutions(name, what)
    )


def _check_path(name: str, what: str, forbidden: str, allowed: str) -> Violation:
    if name.endswith("/"):
        return f"{what} must not end with a forward slash", len(name) - 1
    return (
        _first_match(forbidden, name, f"{what} must not contain characters other than alphanumerics, {allowed}")
        or _first_match(r"//", name, f"{what} must not contain repeated '/'", offset=1)
        or _first_match(r"__", name, f"{what} must not contain repeated '_'", offset=1)
        or _first_match(r"(?:(?<=/)|^)[0-9]", name, f"{what} token must not start with a number")
    )


def _check_substitutions(name: str, what: str) -> Violation:
    opened = None
    for brace in re.finditer(r"[{}]", name):
        violation = _check_brace(name, what, opened, brace.start())
        if violation:
            return violation
        opened = brace.start() if brace[0] == "{" else None
    return None if opened is None else (f"{what} must not have unbalanced curly braces '{{}}'", opened)


def _check_brace(name: str, what: str, opened: int | None, index: int) -> Violation:
    """Return what is wrong with the brace at ``index`` after the one open at ``opened``, if there is one."""
    if name[index] == "{":
        return None if opened is None else (f"{what} must not have nested curly braces '{{'", index)
    if opened is None:
        return f"{what} must not have unbalanced curly braces '{{}}'", index
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name[opened + 1 : index]):
        return f"{what} substitution name must be a name of letters, digits and '_'", opened + 1
    return None


def _first_match(pattern: str, name: str, message: str, offset: int = 0) -> Violation:
    match = re.search(pattern, name)
    return (message, match.start() + offset) if match else None


def _too_long(name: str, limit: int, what: str) -> Violation:
    return (f"{what} must not be longer than {limit} characters", limit) if len(name) > limit else None
