"""Resources as an installed app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class ResourcesConfig(AppConfig):
    """Has the database keep the versions of files as they were added."""

    name = "resources"

    def ready(self):
        from resources import version_guard

        pre_migrate.connect(version_guard.before_migrating, sender=self)
        post_migrate.connect(version_guard.after_migrating, sender=self)
