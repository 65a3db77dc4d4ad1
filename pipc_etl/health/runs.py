"""The check of a run of Airflow that failed, as the run itself and whoever looks from outside tell it."""

from __future__ import annotations

from urllib.parse import quote

from pipc_etl.health.check import Check


def run_check(
    airflow: str, dag_id: str, run_id: str, task: tuple[str, int] | None, *, reason: str = "", log: str = "", submissions: str = ""
) -> Check:
    """The check of a DAG whose last run failed, in `task` (id, and number where it is mapped); `airflow` is where people open its pages."""
    address = f"{airflow}/dags/{dag_id}/runs/{quote(run_id)}"
    if task is not None:
        address += f"/tasks/{task[0]}" + (f"/mapped/{task[1]}" if task[1] >= 0 else "")
    where = f", en la tarea {task[0]}" if task else ""
    return Check(
        "run",
        "problem",
        f"{dag_id} failed{f' in {task[0]}' if task else ''}: {log or address}",
        "its log says why; the DAG's Docs say what to do",
        f"Falló la corrida de {dag_id}{where}. El registro dice por qué; el manual del DAG (Docs) dice qué hacer.",
        subject=dag_id,
        details={
            "dag": dag_id,
            "task": task[0] if task else "",
            "run": run_id,
            "log": log or address,
            "reason": reason,
            "submissions": submissions,
        },
    )
