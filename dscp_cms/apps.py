"""The foundations as an installed app."""

from django.apps import AppConfig


class FoundationsConfig(AppConfig):
    """Keeps the passage table in step with what is published, and restrictions by this site's rules."""

    name = "dscp_cms"
    verbose_name = "Foundations"

    def ready(self):
        from dscp_cms import (
            logs_tasks,  # noqa: F401 - connects
            signals,  # noqa: F401 - connects
            page_cache_editions,
            visibility,
        )

        visibility.adopt()
        page_cache_editions.watch()
        admin_policy.adopt()
