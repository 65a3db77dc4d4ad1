"""Airflow: its services, its REST interface, and the wiring that the DAG files use."""
