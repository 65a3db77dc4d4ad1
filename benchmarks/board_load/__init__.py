"""What `benchmarks/dashboards.py` consists of."""
