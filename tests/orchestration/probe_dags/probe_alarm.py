"""A DAG of the house that fails, or not, as it is asked to."""

from airflow.sdk import Param, dag, task

from pipc_etl.orchestration.defaults import dag_defaults


@dag(
    **dag_defaults("probe", runbook="### Prueba\n\n* **Falló**: a propósito."),
    schedule=None,
    params={"fails": Param(True, type="boolean")},
)
def probe_alarm() -> None:
    @task(retries=0)
    def load_the_file(params: dict[str, bool] | None = None) -> None:
        from pipc_etl.errors import WarehouseError

        if params and params["fails"]:
            raise WarehouseError("submission 42 could not be loaded: the disk is full")

    load_the_file()


probe_alarm()
