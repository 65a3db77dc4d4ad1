"""The queries that Superset's frontend builds from a chart's form data, built here the same way, letter by letter.

Superset keeps an answer under a hash of its query, so only an equal query finds what was computed beforehand. The
functions follow the frontend of 6.1 (buildQueryObject and the buildQuery of each chart type), in its own order of steps.
"""

from pipc_etl.dashboards.queries.charts import KNOWN_TYPES, chart_queries, filter_query, form_data_of, query_context

__all__ = ["KNOWN_TYPES", "chart_queries", "filter_query", "form_data_of", "query_context"]
