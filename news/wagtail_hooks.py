"""What news adds to the admin."""

from news import issue_hooks

__all__ = ["issue_hooks"]
