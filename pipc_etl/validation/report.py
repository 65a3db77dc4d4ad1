"""A verdict as its sender reads it: a table in Spanish, or JSON for another program."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipc_etl.contracts import Finding, Severity
from pipc_etl.validation.verdict import State, Verdict

STATES: dict[State, str] = {
    "accepted": "Aceptado",
    "accepted_with_observations": "Aceptado con observaciones",
    "returned": "Devuelto",
    "unreadable": "Ilegible",
}
SEVERITIES: dict[Severity, str] = {"error": "Error", "warning": "Advertencia", "info": "Nota"}
_STYLES: dict[Severity, str] = {"error": "bold red", "warning": "yellow", "info": "cyan"}
_LINES_SHOWN = 200


def exit_code(verdict: Verdict) -> int:
    """0 without errors (warnings alone are 0), 1 with errors, 3 where the file cannot be read."""
    if verdict.state == "unreadable":
        return 3
    return int(any(finding.severity == "error" for finding in verdict.findings))


def as_json(verdict: Verdict, file_name: str) -> str:
    """The verdict without its rows."""
    return json.dumps(as_values(verdict, file_name), ensure_ascii=False, indent=2)


def as_values(verdict: Verdict, file_name: str) -> dict[str, object]:
    """The same, for a list of several files."""
    return {
        "file": file_name,
        "state": verdict.state,
        "rows_read": verdict.rows_read,
        "rows_accepted": verdict.rows_accepted,
        "rows_quarantined": verdict.rows_quarantined,
        "not_evaluated": list(verdict.not_evaluated),
        "findings": [asdict(finding) for finding in verdict.findings],
    }


def print_report(verdict: Verdict, file_name: str, console: Console) -> None:
    """State, counts and findings; of a long list its beginning and how much is left out."""
    console.print(Text(f"{file_name}: {STATES[verdict.state]}", style="bold"))
    console.print(Text(_counts(verdict)))
    if verdict.findings:
        console.print(_table(verdict.findings[:_LINES_SHOWN]))
    if len(verdict.findings) > _LINES_SHOWN:
        console.print(Text(f"… y {len(verdict.findings) - _LINES_SHOWN} hallazgos más (use --feedback o --json para verlos todos)."))
    if verdict.not_evaluated:
        rules = _count(len(verdict.not_evaluated), "regla que depende", "reglas que dependen")
        console.print(Text(f"Al entregar el archivo se revisan además {rules} de otras entregas.", style="dim"))


def _counts(verdict: Verdict) -> str:
    found = Counter(finding.severity for finding in verdict.findings)
    parts = [_count(verdict.rows_read, "fila leída", "filas leídas")]
    if verdict.state in ("accepted", "accepted_with_observations"):
        parts += [_count(verdict.rows_accepted, "aceptada", "aceptadas"), _count(verdict.rows_quarantined, "apartada", "apartadas")]
    parts += [_count(found["error"], "error", "errores"), _count(found["warning"], "advertencia", "advertencias")]
    return ", ".join([*parts, _count(found["info"], "nota", "notas")])


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _table(findings: tuple[Finding, ...]) -> Table:
    table = Table("Gravedad", "Dónde", "Qué pasa", "Cómo se corrige", show_lines=False, expand=True)
    for finding in findings:
        severity = Text(SEVERITIES[finding.severity], style=_STYLES[finding.severity])
        table.add_row(severity, Text(place(finding)), Text(finding.message), Text(finding.remedy))
    return table


def place(finding: Finding) -> str:
    """Where it is, as a spreadsheet names it: `Ejecución!F12`."""
    spot = finding.cell or (f"fila {finding.row}" if finding.row else "")
    return "!".join(part for part in (finding.sheet, spot) if part) or "archivo"
