"""Training as an installed app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class TrainingConfig(AppConfig):
    """Has the database keep its count of places, the rules by which they are given, and charges as they were made."""

    name = "training"

    def ready(self):
        from training import charge_database, database_rules, place_database

        for module in (database_rules, place_database, charge_database):
            pre_migrate.connect(module.before_migrating, sender=self)
            post_migrate.connect(module.after_migrating, sender=self)
