"""What our Superset needs beside its configuration: how it is served, prepared, coloured and translated."""
