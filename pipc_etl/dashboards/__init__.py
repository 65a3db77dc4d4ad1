"""The dashboards: Superset's server, and the assets that are pushed to it. Imports no Superset: that has an environment of its own."""
