"""The outbox: names that stay inside it, files that only the service reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipc_etl.answers import outbox


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("reporte agosto.xlsx", "reporte agosto.xlsx"),
        ("..", "_"),
        ("", "_"),
        ("a/b\\c:d.xlsx", "a_b_c_d.xlsx"),
        ("línea\nnueva.csv", "línea_nueva.csv"),
    ],
)
def test_a_name_is_one_part_of_a_path_when_it_is_written(name: str, kept: str) -> None:
    assert outbox.safe_name(name) == kept


def test_a_name_keeps_its_ending_when_it_is_too_long() -> None:
    kept = outbox.safe_name("ñ" * 240 + " - revisado.xlsx")
    assert kept.endswith("ñ.xlsx")
    assert len(kept.encode()) <= 200
    assert len(outbox.safe_name("x." + "y" * 300).encode()) <= 200


def test_only_the_service_reads_it_when_an_answer_is_written(tmp_path: Path) -> None:
    folder = outbox.folder_of("secretaria-general", "OAP", "execution_report", "2021-M08", "42/revision-7")
    assert folder == "secretaria-general/OAP/execution_report/2021-M08/42/revision-7"
    outbox.write(tmp_path / "outbox", folder, {"acuse.txt": b"uno", "../fuera.txt": b"dos"})
    outbox.write(tmp_path / "outbox", folder, {"acuse.txt": b"otra vez"})
    written = {path: path.stat().st_mode & 0o777 for path in (tmp_path / "outbox").rglob("*")}
    assert {path.name: mode for path, mode in written.items() if path.is_file()} == {"acuse.txt": 0o600, ".._fuera.txt": 0o600}
    assert {mode for path, mode in written.items() if path.is_dir()} == {0o700}
    assert (tmp_path / "outbox").stat().st_mode & 0o777 == 0o700
    assert outbox.read(tmp_path / "outbox", folder, "acuse.txt") == b"otra vez"
