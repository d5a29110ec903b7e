"""Public views of news that aren't pages."""
