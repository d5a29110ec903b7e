"""Who gets the newsletter, on which lists, and by what consent."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.text import slugify

from dscp_cms.models import Agency, Topic
from dscp_cms.suppression import digest

SAMPLE = "Sample activity"  # how the source of a made-up consent begins; only such records may be deleted


class MailingList(models.Model):
    """A list that people join, such as the newsletter or training updates."""

    wagtail_reference_index_ignore = True

    name = models.CharField(max_length=80, unique=True, help_text="As readers see it when they sign up.")
    slug = models.SlugField(
        max_length=80,
        unique=True,
        blank=True,
        help_text="Used in commands and imports. Leave it empty to have it made.",
    )
    description = models.CharField(max_length=250, help_text="What people get, and about how often.")
    public = models.BooleanField(
        default=True, help_text="Offered on the sign-up form. Untick for lists that staff fill."
    )
    order = models.PositiveSmallIntegerField(default=100, help_text="Lower numbers come first.")

    class Meta:
        ordering = ["order", "name"]
        verbose_name = "mailing list"

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.slug = self.slug or slugify(self.name)
        super().save(*args, **kwargs)


class SubscriberQuerySet(models.QuerySet):
    """Queries over subscribers, and writes that keep ``digest`` in step with ``email``."""

    def with_address(self, email: str):
        """Whoever has the address, whatever its case."""
        return self.filter(digest=digest(email))

    def subscribed(self):
        """Those who confirmed and haven't left."""
        return self.filter(status=Subscriber.Status.SUBSCRIBED)

    def bulk_create(self, objs, *args, **kwargs):
        """As Django's."""
        objs = list(objs)
        for subscriber in objs:
            subscriber.digest = digest(subscriber.email)
        return super().bulk_create(objs, *args, **kwargs)

    def update(self, **kwargs):
        """As Django's."""
        if isinstance(kwargs.get("email"), str):
            kwargs["digest"] = digest(kwargs["email"])
        return super().update(**kwargs)


class Subscriber(models.Model):
    """A reader of the newsletter. Links in mail carry signed forms of ``key``, never the id."""

    wagtail_reference_index_ignore = True

    class Status(models.TextChoices):
        PENDING = "pending", "Not confirmed yet"
        SUBSCRIBED = "subscribed", "Subscribed"
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
        BOUNCED = "bounced", "Address refused"
        COMPLAINED = "complained", "Marked as unwanted"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(help_text="The address that mail goes to.")
    digest = models.CharField(
        max_length=64, unique=True, editable=False, help_text="Stands for the address; suppressions are found by it."
    )
    name = models.CharField(max_length=120, blank=True, help_text="Used in the greeting, if given.")
    agency = models.ForeignKey(
        Agency,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="subscribers",
        help_text="Where they work.",
    )
    agency_name = models.CharField(max_length=200, blank=True, help_text="As they typed it, if it isn't in the list.")
    topics = models.ManyToManyField(
        Topic, blank=True, related_name="subscribers", help_text="What they said they are interested in."
    )
    lists = models.ManyToManyField(MailingList, through="news.Membership", related_name="subscribers")
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PENDING)
    created_at = models.DateTimeField(auto_now_add=True)
    confirmation_sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    asked = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text="What somebody asked for on the form and nobody confirmed yet.",
    )
    new_email = models.EmailField(
        blank=True, editable=False, help_text="The address they want to change to, until they confirm it there."
    )
    new_email_sent_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        permissions = [("export_subscriber", "Can export subscribers"), ("import_subscriber", "Can import subscribers")]
        constraints = [models.UniqueConstraint(Lower("email"), name="subscriber_one_per_address")]
        indexes = [models.Index(fields=["status", "id"], name="subscriber_status")]

    def __str__(self):
        return f"Subscriber {self.pk}"  # no address: Wagtail keeps this text in its log

    def save(self, *args, **kwargs):
        self.digest = digest(self.email)
        if (fields := kwargs.get("update_fields")) is not None and "email" in fields:
            kwargs["update_fields"] = {*fields, "digest"}
        super().save(*args, **kwargs)


class Membership(models.Model):
    """That a subscriber is on a list. Leaving deletes the row; the consent record keeps the history."""

    wagtail_reference_index_ignore = True

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="memberships")
    mailing_list = models.ForeignKey(MailingList, on_delete=models.PROTECT, related_name="memberships")
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscriber", "mailing_list"], name="once_on_a_list")]
        verbose_name = "list membership"

    def __str__(self):
        return f"{self.mailing_list}"


class ConsentQuerySet(models.QuerySet):
    """Reading only; only records of the sample activity may be deleted."""

    def update(self, **kwargs):
        raise TypeError("a consent record is never changed")

    def delete(self):
        if self.exclude(source__startswith=SAMPLE).exists():
            raise TypeError("a consent record is never deleted")
        return super().delete()


class Consent(models.Model):
    """One event in the history of somebody's consent. Rows are added, never changed or deleted.

    Triggers in the database see to that, whoever writes (migration ``subscriber_jobs``; on SQLite an
    operation that rebuilds the table takes them away, so such a migration must end with
    ``news.consent_guard.put_up``). Only ``subscriber`` and ``by`` may become empty, when the person
    is erased or the account deleted. ``digest`` stands for the address
    (``dscp_cms.suppression.digest``), so that the record can
    outlive an erasure without holding the address.
    """

    wagtail_reference_index_ignore = True

    class Kind(models.TextChoices):
        ASKED = "asked", "Asked to confirm"
        CONFIRMED = "confirmed", "Confirmed by the person"
        CHANGED = "changed", "Changed lists or details"
        ADDRESS = "address", "Changed address"
        STAFF = "staff", "Added by staff"
        IMPORTED = "imported", "Imported"
        WITHDRAWN = "withdrawn", "Withdrawn"
        ERASED = "erased", "Erased at the person's request"

    subscriber = models.ForeignKey(Subscriber, null=True, on_delete=models.SET_NULL, related_name="consents")
    digest = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    wording = models.TextField(blank=True)
    wording_version = models.CharField(max_length=40, blank=True)
    lists = models.CharField(
        max_length=500, blank=True, help_text="The slugs of the lists it was for, one space between."
    )
    source = models.CharField(max_length=200, help_text="Where it was given: the form, a file, a conversation.")
    given_at = models.DateTimeField(
        null=True, blank=True, help_text="For an import: when the old system says it was given."
    )
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.at:%d/%m/%Y}"

    def save(self, *args, **kwargs):
        if self.pk is not None:
            raise TypeError("a consent record is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("a consent record is never deleted")
