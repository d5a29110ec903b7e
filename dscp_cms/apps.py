"""The foundations as an installed app."""

from django.apps import AppConfig


class FoundationsConfig(AppConfig):
    """Keeps the passage table in step with what is published, and restrictions by this site's rules."""

    name = "dscp_cms"
    verbose_name = "Foundations"

    def ready(self):
        from dscp_cms import (
            admin_policy,
            frame,
            logs_tasks,  # noqa: F401 - connects
            page_cache_editions,
            signals,  # noqa: F401 - connects
            visibility,
        )

        visibility.adopt()
        admin_policy.adopt()
        frame.adopt()
        page_cache_editions.watch()
