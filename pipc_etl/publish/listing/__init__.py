"""The page that lists what is published: every report with its cut-off, its editions and its files."""
