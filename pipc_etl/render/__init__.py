"""Contract to artifact: pure functions, a module per target."""
