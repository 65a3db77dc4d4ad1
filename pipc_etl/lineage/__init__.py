"""OpenLineage events of what Airflow cannot see by itself: files -> `raw`, and dbt's models up to the marts, as one graph."""
