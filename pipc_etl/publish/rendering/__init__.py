"""The published document as a page for any browser and as a tagged PDF: both from one view, both the same bytes every time."""
