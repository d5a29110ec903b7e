"""What news adds to the admin."""

from news import issue_hooks, subscriber_admin

__all__ = ["issue_hooks", "subscriber_admin"]
