"""The feedback workbook of a file with 10,000 findings in 20,000 rows: seconds, memory, and the ratio to reading and judging the same file.

Run with `python benchmarks/feedback.py [--rows 20000] [--findings 10000]`. Fails where it takes longer than reading and judging.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import tempfile
from pathlib import Path

import xlsxwriter
from stage import timed

from pipc_etl.answers.preview import preview
from pipc_etl.answers.workbook import Feedback, feedback_workbook
from pipc_etl.contracts import Catalog, load_catalog
from pipc_etl.intake import Envelope, ReaderPool, read_batch
from pipc_etl.intake.batch import Batch
from pipc_etl.settings import Settings, load_settings
from pipc_etl.validation import EnvelopeFacts, Verdict, validate, warm_up

MOST_RATIO = 1.0


def write(path: Path, catalog: Catalog, rows: int, findings: int) -> Path:
    """An execution report with evidence in every row and a quantity in words in as many as there shall be findings."""
    contract = catalog.contracts["execution_report"]
    spoiled = max(1, rows // findings)
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet(contract.sheet_names[0])
        bold = book.add_format({"bold": True, "bg_color": "#003366", "font_color": "#FFFFFF"})
        page.merge_range(0, 0, 0, len(contract.columns) - 1, "Alcaldía Mayor de Bogotá", bold)
        page.write_row(2, 0, [column.title for column in contract.columns], bold)
        for number in range(rows):
            told = {
                "plan_code": "PIPC", "activity_code": f"ACT-{number}", "month": "2021-05", "programmed_qty": 1,
                "executed_qty": f"cerca de {number}" if number % spoiled == 0 else 1, "evidence": f"https://actas.example/{number}.pdf",
                "achievements": f"Se hizo el taller número {number} con la comunidad de la localidad.",
            }  # fmt: skip
            page.write_row(3 + number, 0, [told.get(column.name) for column in contract.columns])
    return path


def measure(settings: Settings, catalog: Catalog, source: Path, rounds: int) -> float:
    """Print what reading, judging and answering cost; returns the ratio of the answer to the rest."""
    contract = catalog.contracts["execution_report"]
    envelope = Envelope("secretaria-general", "OAP", contract.kind, "2021-M05", source.name)
    facts = EnvelopeFacts("secretaria-general", "OAP", contract.kind, "2021-M05")
    with ReaderPool(settings.read_timeout_seconds) as pool:

        def judged() -> tuple[Batch, Verdict]:
            batch = read_batch(source, contract, catalog, envelope, pool)
            return batch, validate(batch, catalog, None, facts)

        def answered() -> Feedback:
            return feedback_workbook(source, source.name, preview(batch, verdict), catalog, pool, settings.bulk_bytes)

        warm_up()
        batch, verdict = judged()
        judging = timed(judged, rounds)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        feedback = answered()
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        answering = timed(answered, rounds)
    print(f"{len(batch.frame)} rows, {len(verdict.findings)} findings, {source.stat().st_size / 1024**2:.1f} MB -> {feedback.form}")
    print(f"read and judged: {judging:.2f} s; answered: {answering:.2f} s, ratio {answering / judging:.2f} (at most {MOST_RATIO})")
    print(f"answer: {len(feedback.content) / 1024**2:.1f} MB, {feedback.commented} comments, peak memory grown by {grown:.0f} MB")
    return answering / judging


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--findings", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    settings = load_settings()
    catalog = load_catalog(settings.expectations)
    folder = Path(tempfile.mkdtemp(prefix="pipc-bench-"))
    try:
        source = write(folder / "reporte.xlsx", catalog, arguments.rows, arguments.findings)
        ratio = measure(settings, catalog, source, arguments.rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if ratio > MOST_RATIO:
        sys.exit(1)


if __name__ == "__main__":
    main()
