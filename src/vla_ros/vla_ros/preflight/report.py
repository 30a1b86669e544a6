# SPDX-License-Identifier: Apache-2.0
"""Writes the checks as a table for people or as JSON for machines."""

from __future__ import annotations

import json
from dataclasses import asdict

from vla_ros.preflight.checks import Check, Verdict

__all__ = ["json_report", "table"]

_SIGNS = {Verdict.OK: "✓", Verdict.WARN: "!", Verdict.FAIL: "✗"}


def table(checks: tuple[Check, ...]) -> str:
    """Return one line per check, what to do beneath the bad ones, and the conclusion."""
    subject = max((len(check.subject) for check in checks), default=0)
    name = max((len(check.name) for check in checks), default=0)
    lines = []
    for check in checks:
        lines.append(f"{_SIGNS[check.verdict]} {check.subject:<{subject}}  {check.name:<{name}}  {check.seen}")
        if check.remedy and check.verdict is not Verdict.OK:
            lines.append(f"  {'':<{subject}}  {'':<{name}}  → {check.remedy}")
    counts = {verdict: sum(check.verdict is verdict for check in checks) for verdict in Verdict}
    conclusion = "Motion must not start" if counts[Verdict.FAIL] else "Ready"
    lines.append(
        f"{conclusion}: {counts[Verdict.OK]} ok, {counts[Verdict.WARN]} to look at, {counts[Verdict.FAIL]} failed."
    )
    return "\n".join(lines)


def json_report(checks: tuple[Check, ...], variant: str, contract_hash: str) -> str:
    """Return one JSON object: ``ready``, the contract, and every check."""
    data = {
        "ready": all(check.verdict is not Verdict.FAIL for check in checks),
        "contract": {"variant": variant, "hash": contract_hash},
        "checks": [{**asdict(check), "verdict": check.verdict.value} for check in checks],
    }
    return json.dumps(data, indent=2, ensure_ascii=False)
