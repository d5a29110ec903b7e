"""People of partner agencies who sign in, and who did what."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models

from dscp_cms.models.taxonomy import Agency


class PartnerProfileQuerySet(models.QuerySet):
    """Queries over partners."""

    def current(self):
        """Those whose access stands: not ended, an account that may sign in, an agency that is still with us."""
        return self.filter(ended_at=None, user__is_active=True, agency__active=True)


class PartnerProfile(models.Model):
    """What makes an account a partner's: which agency it is of, and who invited the person."""

    wagtail_reference_index_ignore = True

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="partner")
    agency = models.ForeignKey(
        Agency,
        on_delete=models.PROTECT,
        related_name="partners",
        help_text="Whose pages and files the person may read.",
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    invited_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)  # the last invitation
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )

    objects = PartnerProfileQuerySet.as_manager()

    class Meta:
        ordering = ["agency__name", "user__last_name", "user__first_name", "pk"]
        verbose_name = "partner"

    def __str__(self):
        return self.user.get_full_name() or self.user.email


class PartnerGroup(models.Model):
    """The group of an agency's partners, so that Wagtail's own privacy setting can be for one agency only."""

    wagtail_reference_index_ignore = True

    agency = models.OneToOneField(Agency, on_delete=models.CASCADE, related_name="partner_group")
    group = models.OneToOneField(Group, on_delete=models.CASCADE, related_name="partner_group")

    def __str__(self):
        return self.group.name


class AuditEntry(models.Model):
    """Somebody did something that Wagtail's own history doesn't tell of. Only ever added."""

    wagtail_reference_index_ignore = True

    class Action(models.TextChoices):
        SIGNED_IN = "signed_in", "Signed in"
        SIGN_IN_FAILED = "sign_in_failed", "Sign-in failed"
        SIGN_IN_STOPPED = "sign_in_stopped", "Sign-in stopped: too many tries"
        PASSWORD_CHANGED = "password_changed", "Password changed"  # noqa: S105 - a name
        SECOND_FACTOR = "second_factor", "Second factor changed"
        INVITED = "invited", "Partner invited"
        ACCESS_ENDED = "access_ended", "Access ended"
        HANDED_OVER = "handed_over", "Work handed over"
        EXPORTED = "exported", "Exported"
        SENT = "sent", "Sent"
        ERASED = "erased", "Erased"
        APPROVED = "approved", "Approved"
        ALONE = "alone", "Published without a second person"

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    action = models.CharField(max_length=20, choices=Action.choices)
    what = models.CharField(max_length=250, blank=True)  # never an address

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "audit entries"
        default_permissions = ("view",)

    def __str__(self):
        return f"{self.get_action_display()}: {self.what}" if self.what else self.get_action_display()
