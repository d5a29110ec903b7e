"""What news adds to the admin."""

from news import campaign_admin, issue_hooks, subscriber_admin

__all__ = ["campaign_admin", "issue_hooks", "subscriber_admin"]
