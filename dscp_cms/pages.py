"""BasePage: what every page of the site has, and what every other part may ask of any page."""

from datetime import date, datetime
from functools import cache

from django.conf import settings
from django.db import models
from django.forms import CheckboxSelectMultiple
from django.template import Context
from django.template.loader import select_template
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.text import slugify
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page, PageManager, PageViewRestriction
from wagtail.query import PageQuerySet
from wagtail.search import index

from dscp_cms import approvals, protection, rich_text, visibility
from dscp_cms.asking import AGAIN, asks_first
from dscp_cms.checking.run import what_blocks
from dscp_cms.models import Audience, SiteImage, Topic
from dscp_cms.tree import unrestricted

SLUG_LENGTH = 255
PUBLISHING_ACTIONS = ("action-publish", "action-submit", "action-restart-workflow")


class BasePageForm(WagtailAdminPageForm):
    """Checks that hold for every page before an editor's work is taken."""

    def clean_slug(self):
        """An address made of a title that another page has is numbered, not refused: nobody typed it."""
        slug = self.cleaned_data["slug"]
        base = slugify(self.data.get("title", ""))[: SLUG_LENGTH - 4]
        given = self.instance.slug if self.instance.pk else ""
        if not base or slug[: SLUG_LENGTH - 4] != base or self._is_free(slug):
            return slug
        numbered = (f"{base}-{number}" for number in range(2, 1000))
        return given if given.startswith(f"{base}-") else next(filter(self._is_free, numbered), slug)

    def _is_free(self, slug: str) -> bool:
        return Page._slug_is_available(slug, self.parent_page, self.instance if self.instance.pk else None)

    def clean(self):
        cleaned = super().clean()
        slug = cleaned.get("slug")
        parent = self.parent_page.specific if self.parent_page else None
        if slug and slug in getattr(parent, "reserved_slugs", ()):
            self.add_error("slug", f"“{slug}” is the address of a part of the site here. Choose another.")
        if cleaned.get("expire_at") and self.instance.pk:
            if reason := protection.complaint([self.instance], "unpublished"):
                self.add_error("expire_at", f"It can't be given an end date. {reason}")
        return cleaned

    def _post_clean(self):
        # After super(), the instance holds what was typed.
        super()._post_clean()
        if not self.errors and self._puts_before_readers() and (sentence := approvals.form_complaint(self)):
            self.add_error(None, sentence)
        if not self.errors and self._publishes():
            for finding in what_blocks(self.instance):
                self.add_error(None, f"{finding.where}: {finding.sentence}")
        if not self.errors and self._puts_before_readers() and (asked := asks_first(self.instance, self.for_user)):
            for finding in asked:
                self.add_error(None, f"{finding.where}: {finding.sentence}")
            self.add_error(None, AGAIN)

    def _publishes(self) -> bool:
        """Whether the button pressed puts the page before readers, or before a Moderator who will."""
        return self._puts_before_readers() or any(action in self.data for action in PUBLISHING_ACTIONS)

    def _puts_before_readers(self) -> bool:
        approves = self.data.get("workflow-action-name") == "approve" and "action-workflow-action" in self.data
        return approves or "action-publish" in self.data


class BasePageQuerySet(PageQuerySet):
    """Queries over any kind of page, as sentences."""

    def readable(self, request=None):
        """Pages that everybody may read; what is restricted is looked up once for all the lists of a request."""
        return unrestricted(self.live()) if request is None else visibility.outside_closed(self.live(), request)

    def visible_to(self, user, session=None):
        """Live pages that this account may read; for nobody the same as ``readable``."""
        return visibility.visible(self, visibility.Reader.named(user, session))

    def about(self, topics):
        """Pages on any of the topics, each once."""
        of_topics = self.model.topics.through.objects.filter(topic__in=topics)
        return self.filter(pk__in=of_topics.values(self.model._meta.model_name))

    def newest(self):
        """Latest first published on top."""
        return self.order_by("-first_published_at", "-pk")

    def listed(self):
        """Without long texts and what only editors read, for lists that print each page by a face.

        A face that reads one of these all the same costs a query a page.
        """
        return self.defer(*OF_EDITORS, *_long_texts(self.model))


# What of every page only its editors read, or only the page itself shows.
OF_EDITORS = (
    *("draft_title", "has_unpublished_changes", "latest_revision", "latest_revision_created_at", "live_revision"),
    *("go_live_at", "expire_at", "expired", "locked", "locked_at", "locked_by", "owner", "review_date", "review_owner"),
    *("translation_key", "locale", "numchild", "seo_title", "search_description", "social_image", "show_in_menus"),
)


@cache
def _long_texts(model: type[Page]) -> tuple[str, ...]:
    """The fields of a type of page with texts that lists don't show."""
    fields = model._meta.concrete_fields
    return tuple(field.name for field in fields if isinstance(field, StreamField | RichTextField))


class BasePage(Page):
    """A page of this site.

    It promises its *faces* (ways to be printed elsewhere), its section in the newsletter, and what
    it would offer to an issue. Callers ask any page for these and need not know its type.
    """

    FACES = ("card", "row", "web", "email", "text", "typst")

    # Whether somebody other than its author has to approve it before it is published.
    needs_second_person = False

    # What the newsletter asks of a page type; None keeps a type out of drafted issues.
    newsletter_section: str | None = None
    # Whether it is offered again when an issue had it lately, since something else is new of it each time.
    newsletter_repeats = False
    # Whether it gathers whatever has its topics, so that reports count by it.
    gathers_topics = False
    # Slugs that the routes of this page use, so that no child may take them.
    reserved_slugs: tuple[str, ...] = ()
    # What readers see the page called in lists and search results.
    kind_label = "Page"
    # Whether the reader is offered a quick way out.
    exit_this_page = False
    # Fields with an editor's words that aren't for readers of the page as PDF.
    unprinted_fields: tuple[str, ...] = ()
    # Names of the routes that are kept for readers, as the page itself is (dscp_cms/page_cache.py).
    kept_routes: tuple[str, ...] = ()
    # What schema.org calls it; a template `structured_data` property fills it.
    social_kind = "website"

    summary = models.TextField(
        max_length=300,
        blank=True,
        help_text="One or two sentences on what readers get from this page. "
        "Shown in lists, search results and e-mails.",
    )
    topics = ParentalManyToManyField(
        Topic,
        blank=True,
        related_name="%(app_label)s_%(class)s_pages",
        help_text="What it is about. A priority gathers whatever has its topics.",
    )
    audiences = ParentalManyToManyField(
        Audience,
        blank=True,
        related_name="%(app_label)s_%(class)s_pages",
        help_text="Who it is for. Leave empty if it is for everybody.",
    )
    review_date = models.DateField(
        null=True, blank=True, help_text="When somebody should check that it is still right."
    )
    review_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who is asked to check it.",
    )
    social_image = models.ForeignKey(
        SiteImage,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="picture when shared",
        help_text="Shown where people share the page. The partnership's own picture is used when empty.",
    )
    hide_from_search = models.BooleanField(
        default=False,
        verbose_name="leave out of search",
        help_text="Tick to keep the page out of this site's search and out of search engines.",
    )

    objects = PageManager.from_queryset(BasePageQuerySet)()
    base_form_class = BasePageForm

    about_panel = MultiFieldPanel(
        [FieldPanel(name, widget=CheckboxSelectMultiple) for name in ("topics", "audiences")], heading="About and for"
    )
    review_panel = MultiFieldPanel(
        [FieldRowPanel([FieldPanel("review_date"), FieldPanel("review_owner")])],
        heading="Review",
        classname="collapsed",
    )
    content_panels = [*Page.content_panels, FieldPanel("summary")]
    promote_panels = [
        about_panel,
        review_panel,
        MultiFieldPanel(
            [
                FieldPanel("slug"),
                FieldPanel("seo_title"),
                FieldPanel("search_description"),
                FieldPanel("social_image"),
                FieldPanel("hide_from_search"),
                FieldPanel("show_in_menus"),
            ],
            heading="Address, search and sharing",
        ),
    ]

    search_fields = [
        *Page.search_fields,
        index.SearchField("summary"),
        index.FilterField("review_date"),
    ]

    class Meta:
        abstract = True

    def get_context(self, request, *args, **kwargs):
        rich_text.look_up_links(self)
        return super().get_context(request, *args, **kwargs)

    def get_view_restrictions(self):
        """The restrictions on this page and those above it, in one query; Wagtail takes two.

        A copy that follows its original (an alias) has all that the original has too; Wagtail forgets those
        above the original.
        """
        ends = [self.path] + ([self.alias_of.path] if self.alias_of_id else [])
        paths = [path[:end] for path in ends for end in range(self.steplen, len(path) + 1, self.steplen)]
        above = models.Q(page__path__in=paths) | models.Q(page__aliases__path__in=paths)
        return PageViewRestriction.objects.filter(above).distinct()

    def serve_password_required_response(self, request, form, action_url):
        """Ask for the shared password on a page that tells nothing of this one, not even its title."""
        context = {"form": form, "action_url": action_url}
        template = "account/page_password.html"
        return visibility.keep_private(TemplateResponse(request, template, context, status=403))

    # Faces

    @classmethod
    def face_templates(cls, face: str) -> list[str]:
        """The templates tried for a face, the page type's own first."""
        model = cls._meta.model_name.removesuffix("page") + "_page"
        ending = "typ" if face == "typst" else "html"
        return [f"{cls._meta.app_label}/faces/{model}_{face}.{ending}", f"components/{face}.{ending}"]

    def render_face(self, face: str, context: dict | None = None) -> SafeString:
        """Print this page's face; raise ValueError for a face that isn't promised."""
        if face not in self.FACES:
            raise ValueError(f"a page has no face called {face!r}")
        if context and "request" in context:
            self._wagtail_cached_site_root_paths = self._get_site_root_paths(context["request"])
        template = select_template(self.face_templates(face)).template
        return template.render(Context({**(context or {}), "page": self}, autoescape=face != "typst"))

    @classmethod
    def prepare_faces(cls, pages: list["BasePage"]) -> None:
        """Fetch what the faces of several pages of this type need, in a fixed number of queries; often nothing."""

    @property
    def meta_line(self) -> str:
        """The few facts that stand with the title in lists, such as a date; plain text."""
        return ""

    @property
    def card_image(self) -> SiteImage | None:
        """The picture for a card, where this type has one."""
        return None

    @property
    def lead_date(self) -> date | None:
        """The date that readers care about, for types that have one."""
        return None

    # What search asks

    def search_facets(self) -> dict[str, list[str]]:
        """What results are narrowed by, as slugs and the like without spaces."""
        published = self.lead_date or self.first_published_at
        return {
            "type": [self._meta.model_name],
            "topic": [topic.slug for topic in self.topics.all()],
            "audience": [audience.slug for audience in self.audiences.all()],
            "year": [str(published.year)] if published else [],
        }

    def file_passages(self):
        """The text of the page's file, as pairs of page number (from 1) and text; most pages have no file."""
        return ()

    def place_in_file(self, number: int) -> tuple[str, str] | None:
        """How a page of the file is called and where it opens."""
        return None

    # What other apps ask

    @classmethod
    def newsletter_candidates(cls, since: datetime, until: datetime):
        """Pages of this type that an issue covering ``since`` to ``until`` should offer, newest first."""
        if cls.newsletter_section is None:
            return cls.objects.none()
        return cls.objects.readable().filter(first_published_at__gte=since, first_published_at__lt=until).newest()

    def newsletter_notes(self, on: date) -> list[str]:
        """What an editor should know before this page goes into an issue sent on that day."""
        notes = []
        if not self.live:
            notes.append(f"“{self.title}” is not published, so its link would lead nowhere.")
        if self.review_date and self.review_date < on:
            notes.append(f"“{self.title}” was due for review on {self.review_date:%d/%m/%Y}.")
        return notes

    def structured_data(self, request) -> dict | None:
        """What schema.org knows of this page, or None."""
        return None
