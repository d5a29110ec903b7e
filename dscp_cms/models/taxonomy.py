"""What pages are about, whom they are for, and who our partners are."""

from django.db import models
from django.utils.text import slugify
from wagtail.admin.panels import FieldPanel
from wagtail.search import index


class _Term(models.Model):
    """A word that editors tag pages with; its slug is what addresses and filters use."""

    name = models.CharField(max_length=80, unique=True, help_text="As readers see it, such as “Neglect”.")
    slug = models.SlugField(
        max_length=80,
        unique=True,
        blank=True,
        help_text="The word in web addresses. Leave it empty to have it made from the name.",
    )

    class Meta:
        abstract = True
        ordering = ["name"]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.slug = self.slug or slugify(self.name)
        super().save(*args, **kwargs)


class Topic(index.Indexed, _Term):
    """A subject such as neglect or exploitation; a priority gathers whatever has its topics."""

    description = models.CharField(
        max_length=250, blank=True, help_text="One sentence for editors on when to use this topic."
    )

    panels = [FieldPanel("name"), FieldPanel("slug"), FieldPanel("description")]
    search_fields = [index.SearchField("name"), index.AutocompleteField("name")]


class Audience(index.Indexed, _Term):
    """A group of readers such as schools, health staff or parents and carers."""

    order = models.PositiveSmallIntegerField(default=100, help_text="Lower numbers come first in lists.")

    panels = [FieldPanel("name"), FieldPanel("slug"), FieldPanel("order")]
    search_fields = [index.SearchField("name"), index.AutocompleteField("name")]

    class Meta(_Term.Meta):
        ordering = ["order", "name"]


class Agency(index.Indexed, models.Model):
    """An organisation of the partnership: a school, a trust, a charity."""

    class Kind(models.TextChoices):
        COUNCIL = "council", "Council"
        POLICE = "police", "Police"
        HEALTH = "health", "Health"
        SCHOOL = "school", "School or college"
        EARLY_YEARS = "early_years", "Early years"
        VOLUNTARY = "voluntary", "Voluntary or community"
        OTHER = "other", "Other"

    name = models.CharField(max_length=200, unique=True, help_text="The organisation's full name.")
    kind = models.CharField(
        max_length=20, choices=Kind.choices, help_text="Used in reports and, later, for charging rules."
    )
    email_domain = models.CharField(
        max_length=200,
        blank=True,
        help_text="What follows the @ in its staff's addresses, such as example.org. Leave empty if shared.",
    )
    contact_email = models.EmailField(blank=True, help_text="Where calls for newsletter items are sent.")
    active = models.BooleanField(default=True, help_text="Untick when the organisation has closed or left.")

    panels = [
        FieldPanel("name"),
        FieldPanel("kind"),
        FieldPanel("email_domain"),
        FieldPanel("contact_email"),
        FieldPanel("active"),
    ]
    search_fields = [index.SearchField("name"), index.AutocompleteField("name")]

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "agencies"

    def __str__(self):
        return self.name


class GlossaryTerm(index.Indexed, models.Model):
    """An abbreviation or word of the field, explained for readers who don't know it."""

    term = models.CharField(max_length=80, unique=True, help_text="Such as “LADO” or “section 47”.")
    stands_for = models.CharField(max_length=200, blank=True, help_text="For an abbreviation: the words it stands for.")
    meaning = models.TextField(max_length=500, help_text="One or two plain sentences.")

    panels = [FieldPanel("term"), FieldPanel("stands_for"), FieldPanel("meaning")]
    search_fields = [index.SearchField("term"), index.AutocompleteField("term"), index.SearchField("meaning")]

    class Meta:
        ordering = ["term"]
        verbose_name = "glossary term"

    def __str__(self):
        return self.term
