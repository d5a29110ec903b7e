"""Sessions that end: after a time without use, and in any case after a working day.

The times are the settings ``SIGNED_IN_IDLE`` and ``SIGNED_IN_LONGEST``, in seconds. They hold wherever the
session is read, so no page needs to ask, and pages that don't read it stay without cookies.
"""

import time

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

BEGAN, SEEN = "_began", "_seen"
NOTED_EVERY = 300  # seconds; a write for each request would be too much


def end_all(user, *, but: str | None = None) -> int:
    """End every session of an account, on every device, but the one with this key; return how many there were."""
    ended = 0
    for session in SessionStore.get_model_class().objects.iterator():
        if session.session_key != but and session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()
            ended += 1
    return ended


class SessionStore(DatabaseStore):
    """A session in the database that knows when somebody signed in, and when they were last here."""

    def load(self):
        """The session's data; nothing when it has ended, which is for good."""
        data = super().load()
        if SESSION_KEY not in data:
            return data
        now = time.time()
        seen = data.get(SEEN, now)
        if now - seen > settings.SIGNED_IN_IDLE or now - data.get(BEGAN, now) > settings.SIGNED_IN_LONGEST:
            self.delete(self.session_key)
            self._session_key = None
            return {}
        if now - seen > NOTED_EVERY:
            data[SEEN] = now
            self.modified = True
        return data

    def save(self, must_create=False):
        data = self._get_session(no_load=must_create)
        if SESSION_KEY in data:
            now = time.time()
            data.setdefault(BEGAN, now)
            data.setdefault(SEEN, now)
        return super().save(must_create)

    def cycle_key(self):
        """Whoever signs in begins anew."""
        super().cycle_key()
        for name in (BEGAN, SEEN):
            self.pop(name, None)
