"""What was brought over from elsewhere: each run of an import with its report, and what WordPress's parts became."""

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models
from wagtail.admin.panels import FieldPanel

from dscp_cms.models import Topic


def private_storage() -> FileSystemStorage:
    """Where uploaded exports wait: beside the pictures, where no address leads."""
    return FileSystemStorage(location=settings.MEDIA_ROOT / "imports", base_url=None)


class ImportRun(models.Model):
    """One run of an import. The row is the truth: a worker that dies leaves it for the next one to go on with."""

    wagtail_reference_index_ignore = True

    class Kind(models.TextChoices):
        WORDPRESS = "wordpress", "WordPress"
        NEWSLETTERS = "newsletters", "Newsletters"
        DOCUMENTS = "documents", "Documents"
        COURSES = "courses", "Courses"
        SESSIONS = "sessions", "Sessions"

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting to begin"
        RUNNING = "running", "Running"
        DONE = "done", "Finished"
        PARTLY = "partly", "Finished as far as it went"
        REFUSED = "refused", "Refused"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    dry_run = models.BooleanField("trial run", default=False)  # says what would happen and changes nothing
    source = models.CharField(max_length=250, blank=True)  # the name of what was read
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    options = models.JSONField(default=dict, blank=True)
    file = models.FileField(storage=private_storage, blank=True, max_length=200)  # only what was uploaded
    media = models.FileField(storage=private_storage, blank=True, max_length=200)  # a ZIP with its files
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Who works on it now; nobody, once that moment has passed.
    claimed_until = models.DateTimeField(null=True, blank=True)
    position = models.PositiveIntegerField(default=0)  # parts done, in the import's own order
    total = models.PositiveIntegerField(default=0)
    made = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    unsure = models.PositiveIntegerField(default=0)
    message = models.TextField(blank=True)  # why it was refused, or where it ended

    class Meta:
        ordering = ["-pk"]
        verbose_name = "import"

    def __str__(self):
        return f"{self.get_kind_display()}: {self.source}" if self.source else self.get_kind_display()

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in {self.Status.DONE, self.Status.PARTLY, self.Status.REFUSED}


class ImportRow(models.Model):
    """What became of one part of what was imported."""

    wagtail_reference_index_ignore = True

    class Outcome(models.TextChoices):
        MADE = "made", "Made"
        UPDATED = "updated", "Updated"
        UNCHANGED = "unchanged", "Unchanged"
        SKIPPED = "skipped", "Skipped"
        UNSURE = "unsure", "To check"

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    key = models.CharField(max_length=500, blank=True)  # what the source calls it: a GUID, a file's name, a line
    title = models.CharField(max_length=300, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome.choices)
    reason = models.TextField(blank=True)
    link = models.CharField(max_length=300, blank=True)  # where it is edited

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["run", "outcome"], name="import_rows_by_outcome")]
        verbose_name = "line of a report"
        verbose_name_plural = "lines of reports"

    def __str__(self):
        return f"{self.get_outcome_display()}: {self.title or self.key}"


class WordPressItem(models.Model):
    """What a part of the WordPress site became here, so that a second run finds it again.

    All three keys empty means that it was deleted here; it isn't made a second time.
    """

    wagtail_reference_index_ignore = True

    guid = models.CharField(max_length=500, unique=True)
    kind = models.CharField(max_length=10)  # post, page, image, document
    page = models.ForeignKey("wagtailcore.Page", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    image = models.ForeignKey("dscp_cms.SiteImage", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    document = models.ForeignKey(
        "dscp_cms.SiteDocument", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    digest = models.CharField(max_length=64, blank=True)  # of what the export said; empty until all of it is in
    written = models.CharField(max_length=64, blank=True)  # what stood here when it was last written
    imported_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "part of the WordPress site"
        verbose_name_plural = "parts of the WordPress site"

    def __str__(self):
        return self.guid


class WordPressTerm(models.Model):
    """A category or tag of the WordPress site, and the topic that stands for it here."""

    wagtail_reference_index_ignore = True

    class Taxonomy(models.TextChoices):
        CATEGORY = "category", "Category"
        TAG = "post_tag", "Tag"

    taxonomy = models.CharField(max_length=10, choices=Taxonomy.choices)
    slug = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    topic = models.ForeignKey(
        Topic,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The topic that its posts and pages get at the next import.",
    )
    left_out = models.BooleanField(
        default=False, help_text="Tick when no topic stands for it. The report then says nothing about it."
    )

    panels = [FieldPanel("topic"), FieldPanel("left_out")]

    class Meta:
        ordering = ["taxonomy", "name"]
        constraints = [models.UniqueConstraint(fields=["taxonomy", "slug"], name="each_wordpress_term_once")]
        verbose_name = "WordPress category or tag"
        verbose_name_plural = "WordPress categories and tags"
        permissions = [("export_wordpressterm", "Can export WordPress categories and tags")]

    def __str__(self):
        return f"{self.get_taxonomy_display()} “{self.name}”"


class OldNewsletter(models.Model):
    """A newsletter in MailPoet, and the issue here that its “view in browser” addresses lead to.

    Each subscriber was sent an address of their own, so it is known by the number that all of them hold.
    """

    wagtail_reference_index_ignore = True

    number = models.PositiveIntegerField(unique=True, help_text="MailPoet's number of the newsletter.")
    words = models.CharField(max_length=200, blank=True, help_text="What links on the old site called it.")
    page = models.ForeignKey(
        "news.NewsletterIssuePage",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The issue that its old addresses lead to.",
    )

    panels = [FieldPanel("number"), FieldPanel("words"), FieldPanel("page")]

    class Meta:
        ordering = ["number"]
        verbose_name = "MailPoet newsletter"

    def __str__(self):
        return f"MailPoet newsletter {self.number}"
