"""The PostgreSQL warehouse: server, engines, ledger, loads, roles, dbt."""
