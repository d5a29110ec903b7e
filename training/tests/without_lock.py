"""Settings of a site whose bookings take no lock: the control of the races, which must oversell.

Nothing of the real code knows of it.
"""

from django.apps import AppConfig

from dscp_cms.settings import *  # noqa: F403
from dscp_cms.settings import INSTALLED_APPS


class WithoutLock(AppConfig):
    """Puts plain reading in the place of the lock."""

    name = "training.tests.without_lock"
    label = "without_lock"

    def ready(self):
        from training import locking
        from training.models import TrainingSession

        def read(*keys):
            return [TrainingSession.objects.get(pk=key) for key in keys]

        locking.lock_sessions = read


INSTALLED_APPS = [*INSTALLED_APPS, "training.tests.without_lock.WithoutLock"]
