"""Who acts as staff: an account that may open the admin and has the second step that it needs."""

from allauth.mfa.models import Authenticator
from django.conf import settings

STAFF = "wagtailadmin.access_admin"
# They write drafts that others publish, and see nobody's data.
WITHOUT = ("Contributors",)
KINDS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def needs_second_step(user) -> bool:
    """Whether this account publishes, sends or sees personal data: all staff but plain contributors."""
    if user.is_superuser:
        return True
    app, _, codename = STAFF.partition(".")
    groups = user.groups.filter(permissions__content_type__app_label=app, permissions__codename=codename)
    return groups.exclude(name__in=WITHOUT).exists() or user.user_permissions.exists()


def has_second_step(user) -> bool:
    """Whether the account has an authenticator app or a passkey; recovery codes alone don't count."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=KINDS).exists()


def lacks_second_step(user) -> bool:
    """Whether the account may open the admin but not without a second step, which it doesn't have yet."""
    if not settings.SECOND_FACTOR_REQUIRED or not user.is_authenticated or not user.has_perm(STAFF):
        return False
    return not has_second_step(user) and needs_second_step(user)  # most have one, which one question tells


def acts_as_staff(user) -> bool:
    """Whether somebody reads, on every page of the site, what staff may read."""
    return user.is_active and user.has_perm(STAFF) and not lacks_second_step(user)
