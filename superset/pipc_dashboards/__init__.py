"""Runs in Superset's own Python: `python -m pipc_dashboards push|pull|warm|picture`, one JSON document in and one out."""
