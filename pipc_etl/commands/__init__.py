"""What the subcommands of `pipc` do, a module per concern; `pipc_etl.cli` names them."""
