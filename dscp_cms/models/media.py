"""Pictures and documents, with what must be known before a child's picture may be shown."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from wagtail.documents.models import AbstractDocument, Document
from wagtail.images.models import AbstractImage, AbstractRendition, ImageQuerySet
from wagtail.search import index


class SiteImageQuerySet(ImageQuerySet):
    """Queries over pictures."""

    def with_lapsed_consent(self, today):
        """Pictures of people whose consent has run out and that still hold the picture."""
        return self.exclude(people=SiteImage.People.NONE).filter(consent_until__lt=today, consent_ended_at=None)


class SiteImage(AbstractImage):
    """A picture with its alternative text, its source, and the consent of the people in it."""

    class People(models.TextChoices):
        NONE = "none", "No people"
        ADULTS = "adults", "Adults only"
        CHILDREN = "children", "Children or young people"
        UNKNOWN = "unknown", "Not looked at yet"  # brought over in bulk; not shown until somebody has looked

    is_decorative = models.BooleanField(
        default=False,
        help_text="Tick when the picture adds nothing that a reader who can't see it would miss.",
    )
    source = models.CharField(
        max_length=200, blank=True, help_text="Who made the picture, such as a photographer or a picture library."
    )
    licence = models.CharField(
        max_length=200, blank=True, help_text="The terms we use it under, such as “our own” or “CC BY 4.0”."
    )
    people = models.CharField(
        max_length=10,
        choices=People.choices,
        default=People.NONE,
        verbose_name="people shown",
        help_text="Who can be recognised in the picture. People need to have agreed before it can be published.",
    )
    consent_given = models.BooleanField(
        default=False,
        help_text="Tick when everyone shown (for a child, also a parent or carer) has agreed in writing.",
    )
    consent_until = models.DateField(
        null=True, blank=True, help_text="The last day the agreement covers. The picture is taken down after it."
    )
    consent_ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SiteImageQuerySet.as_manager()

    admin_form_fields = (
        "title",
        "file",
        "collection",
        "description",
        "is_decorative",
        "people",
        "consent_given",
        "consent_until",
        "source",
        "licence",
        "tags",
        "focal_point_x",
        "focal_point_y",
        "focal_point_width",
        "focal_point_height",
    )
    search_fields = [*AbstractImage.search_fields, index.FilterField("people")]

    class Meta(AbstractImage.Meta):
        verbose_name = "picture"
        verbose_name_plural = "pictures"
        permissions = [("choose_image", "Can choose a picture"), ("end_consent", "Can end consent to a picture")]

    @property
    def default_alt_text(self):
        """The alternative text; empty for a decorative picture."""
        return "" if self.is_decorative else self.description

    @property
    def consent_stands(self) -> bool:
        """Whether the picture may be shown: nobody is in it, or everybody in it has agreed and still does."""
        if self.people == self.People.NONE:
            return True
        lapsed = self.consent_until is not None and self.consent_until < timezone.localdate()
        return self.consent_given and not lapsed and self.consent_ended_at is None


class SiteRendition(AbstractRendition):
    """One size and format of a picture."""

    image = models.ForeignKey(SiteImage, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["image", "filter_spec", "focal_point_key"], name="one_rendition_a_filter")
        ]


class SiteDocument(AbstractDocument):
    """A file; what it is about and which version it is stands with the resource that it belongs to."""

    pages = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(20_000)],
        help_text="How many pages the file has, if it has pages. Shown beside the link.",
    )
    language = models.CharField(
        max_length=10, default="en-GB", help_text="The language of the file, such as en-GB or pl."
    )

    admin_form_fields = (*Document.admin_form_fields, "pages", "language")

    class Meta(AbstractDocument.Meta):
        verbose_name = "document"
        permissions = [("choose_document", "Can choose a document")]
