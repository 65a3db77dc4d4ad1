"""Triggered by the Asset of `probe_success`; fails."""

from airflow.sdk import Asset, dag, task


@dag(schedule=[Asset("probe")])
def probe_failure() -> None:
    @task
    def fail() -> None:
        raise ValueError("this probe fails on purpose")

    fail()


probe_failure()
