"""A run that succeeds, says where it ran, and emits an Asset."""

from airflow.sdk import Asset, dag, task


@dag(schedule=None)
def probe_success() -> None:
    @task(outlets=[Asset("probe")])
    def say_home() -> str:
        from pipc_etl.settings import load_settings

        return str(load_settings().home)

    say_home()


probe_success()
