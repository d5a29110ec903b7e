"""Finds an account by its name, which is its e-mail address in small letters."""

from django.contrib.auth.backends import ModelBackend


class AccountBackend(ModelBackend):
    """Django's own, which takes as long for an unknown name as for a wrong password."""

    def authenticate(self, request, username=None, password=None, email=None, **kwargs):
        name = (email or username or "").strip().lower()
        if not name or password is None:
            return None
        return super().authenticate(request, username=name, password=password)
