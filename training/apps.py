"""Training as an installed app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class TrainingConfig(AppConfig):
    """Has the database keep its count of places."""

    name = "training"

    def ready(self):
        from training import database_rules

        pre_migrate.connect(database_rules.before_migrating, sender=self)
        post_migrate.connect(database_rules.after_migrating, sender=self)
