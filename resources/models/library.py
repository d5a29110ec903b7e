"""Libraries and the resources in them."""

from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpResponseRedirect
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.contrib.routable_page.models import RoutablePageMixin, path
from wagtail.models import PageManager
from wagtail.search import index

from dscp_cms.blocks import StoryBlock
from dscp_cms.fields import StreamField
from dscp_cms.files import serve_document, serve_preview
from dscp_cms.pages import BasePage, BasePageQuerySet
from dscp_cms.visibility import visible
from resources import counting, feeds, library_views, listing
from resources.models.inside import FileSearch
from resources.models.versions import FileVersion
from resources.panels import VersionsPanel


class ResourceQuerySet(BasePageQuerySet):
    """Queries over resources."""

    def with_files(self):
        """Resources with their published versions and files, in two more queries whatever their number."""
        versions = FileVersion.objects.published().select_related("document")
        return self.prefetch_related(models.Prefetch("versions", queryset=versions, to_attr="published_versions"))


class Watched:
    """A page that people may ask to be told about when its files change."""

    @path("tell-me/", name="tell_me")
    def tell_me(self, request):
        """The form, on a page of its own since it posts."""
        from resources import watch_views  # it needs the models

        return watch_views.ask(request, self)


class ResourceIndexPage(RoutablePageMixin, BasePage):
    """The way into the libraries."""

    kind_label = "Resources"
    reserved_slugs = ("feed", "tell-me")  # the second is used by addresses that aren't pages
    max_count = 1
    parent_page_types = ["home.HomePage"]
    subpage_types = ["resources.ResourceLibraryPage"]

    body = StreamField(StoryBlock(), blank=True, help_text="A few words above the libraries.")

    content_panels = [*BasePage.content_panels, FieldPanel("body")]
    search_fields = [*BasePage.search_fields, index.SearchField("body")]

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        libraries = visible(ResourceLibraryPage.objects.child_of(self), listing.reader_of(request)).order_by("path")
        return {**context, "libraries": libraries, **listing.highlights(request, self)}

    @path("")
    def libraries(self, request):
        """The libraries, and what is new or often used in them."""
        return self.render(request)

    @path("feed/", name="feed")
    def feed(self, request):
        """What is new in all libraries, for feed readers."""
        return feeds.LibraryFeed(self)(request)


class ResourceLibraryPage(Watched, RoutablePageMixin, BasePage):
    """Resources that belong together, found by type, topic, audience, local or national."""

    kind_label = "Library"
    reserved_slugs = ("download", "feed", "tell-me")
    parent_page_types = ["resources.ResourceIndexPage"]
    subpage_types = ["resources.ResourcePage", "resources.LearningReviewPage"]

    body = StreamField(StoryBlock(), blank=True, help_text="A few words above the resources.")

    content_panels = [*BasePage.content_panels, FieldPanel("body")]
    search_fields = [*BasePage.search_fields, index.SearchField("body")]

    class Meta:
        verbose_name = "resource library"

    def get_context(self, request, *args, **kwargs):
        return {**super().get_context(request, *args, **kwargs), **listing.listed(request, self)}

    @path("")
    def resources(self, request):
        """The resources, by facet."""
        return self.render(request)

    @path("download/", name="choose")
    def choose(self, request):
        """Files to choose from, to be downloaded together."""
        return library_views.choose(request, self)

    @path("download/zip/", name="bundle")
    def bundle(self, request):
        """The chosen files, or all, as one zip."""
        return library_views.send_bundle(request, self)

    @path("feed/", name="feed")
    def feed(self, request):
        """What is new in this library, for feed readers."""
        return feeds.LibraryFeed(self)(request)


class ResourcePage(Watched, FileSearch, RoutablePageMixin, BasePage):
    """A document, toolkit, briefing or guide, ours or somebody else's. Its address never changes."""

    class Kind(models.TextChoices):
        BRIEFING = "briefing", "Briefing"
        GUIDANCE = "guidance", "Practice guidance"
        PROCEDURE = "procedure", "Procedure"
        REPORT = "report", "Report"
        REVIEW = "review", "Learning review"
        TOOLKIT = "toolkit", "Toolkit"
        FORM = "form", "Form"
        LEAFLET = "leaflet", "Leaflet or poster"
        WEBSITE = "website", "Website"

    class Reach(models.TextChoices):
        LOCAL = "local", "Local"
        NATIONAL = "national", "National"

    kind_label = "Resource"
    updated_at = None  # a list that orders by it says it of each
    parent_page_types = ["resources.ResourceLibraryPage"]
    subpage_types = []
    reserved_slugs = ("download", "versions")

    kind = models.CharField(
        max_length=12, choices=Kind.choices, verbose_name="type", help_text="What sort of resource it is."
    )
    reach = models.CharField(
        max_length=10,
        choices=Reach.choices,
        default=Reach.LOCAL,
        verbose_name="local or national",
        help_text="Whether it is about County Durham or the whole country.",
    )
    publisher = models.CharField(max_length=160, blank=True, help_text="Who wrote it.")
    published_on = models.DateField(null=True, blank=True, help_text="When its publisher first published it.")
    external_url = models.URLField(
        blank=True, verbose_name="external address", help_text="If it is on another site. Files are added as versions."
    )
    body = StreamField(StoryBlock(), blank=True, help_text="What it is for and how to use it.")

    objects = PageManager.from_queryset(ResourceQuerySet)()

    content_panels = [
        *BasePage.content_panels,
        FieldRowPanel([FieldPanel("kind"), FieldPanel("reach")]),
        FieldRowPanel([FieldPanel("publisher"), FieldPanel("published_on")]),
        VersionsPanel(heading="Files"),
        MultiFieldPanel([FieldPanel("external_url")], heading="On another site"),
        FieldPanel("body"),
    ]
    search_fields = [
        *BasePage.search_fields,
        index.SearchField("body"),
        index.SearchField("publisher"),
        index.FilterField("kind"),
        index.FilterField("reach"),
    ]

    class Meta:
        verbose_name = "resource"

    @property
    def newsletter_section(self) -> str:
        """Local resources and national guidance have sections of their own."""
        return "local_resources" if self.reach == self.Reach.LOCAL else "national_guidance"

    @classmethod
    def newsletter_candidates(cls, since, until):
        """Resources published on the site in the time."""
        return cls.objects.readable().filter(first_published_at__gte=since, first_published_at__lt=until).newest()

    def newsletter_notes(self, on) -> list[str]:
        notes = super().newsletter_notes(on)
        if not self.current_version and not self.external_url:
            notes.append(f"“{self.title}” has neither a file nor a link yet.")
        return notes

    @property
    def versions_shown(self) -> list[FileVersion]:
        """The published versions, the current one first; from ``with_files`` where the list was made with it."""
        if not hasattr(self, "published_versions"):
            self.published_versions = list(
                FileVersion.objects.published().filter(resource_id=self.pk).select_related("document__facts")
            )
        return self.published_versions

    @property
    def current_version(self) -> FileVersion | None:
        """The version that readers get today."""
        return self.versions_shown[0] if self.versions_shown else None

    @property
    def meta_line(self) -> str:
        return " · ".join(part for part in (self.get_kind_display(), self.publisher) if part)

    @property
    def lead_date(self):
        return self.published_on

    def clean(self):
        """What is nowhere can't be opened; said at publication by the checks, not here, since files come after."""
        super().clean()
        if self.external_url and not self.external_url.startswith(("http://", "https://")):
            raise ValidationError({"external_url": "Enter a full address, starting with https://"})

    @path("")
    def detail(self, request):
        """The resource's page."""
        return self.render(request)

    @path("download/", name="download")
    def download(self, request):
        """The file of the current version, at an address that never changes."""
        return self._serve(request, self.current_version)

    @path("versions/<int:pk>/", name="version")
    def version(self, request, pk: int):
        """What one published version is, and which one came after it."""
        version = self._version(pk)
        if version.pk != pk:
            return HttpResponseRedirect(f"{self.get_url(request)}versions/{version.pk}/")
        context = {"version": version, "superseded": version != self.current_version}
        return self.render(request, template="resources/version_page.html", context_overrides=context)

    @path("versions/<int:pk>/download/", name="version_download")
    def version_download(self, request, pk: int):
        """The file of one published version."""
        version = self._version(pk)
        if version.pk != pk:
            return HttpResponseRedirect(f"{self.get_url(request)}versions/{version.pk}/download/")
        return self._serve(request, version)

    @path("preview/", name="preview")
    def first_page(self, request):
        """A picture of the first page of the current version, for whoever may have the file."""
        version = self.current_version
        if version is None:
            raise Http404("This resource has no file.")
        return serve_preview(request, version.document)

    def _version(self, pk: int) -> FileVersion:
        """The published version of that number, or the one that puts it right."""
        found = next((version for version in self.versions_shown if version.pk == pk), None)
        if found is None:
            wrong = FileVersion.objects.filter(pk=pk, resource_id=self.pk).with_corrections().first()
            first = (wrong.corrects_id or wrong.pk) if wrong and wrong.put_right else None
            found = next((version for version in self.versions_shown if first and version.corrects_id == first), None)
        if found is None:
            raise Http404("This resource has no such version.")
        return found

    def _serve(self, request, version: FileVersion | None):
        if version is None:
            raise Http404("This resource has no such file.")
        response = serve_document(request, version.document)
        counting.count_answer(request, response, version)
        current = self.current_version
        if version != current:  # RFC 5829
            response["Link"] = f'<{self.get_full_url(request)}versions/{current.pk}/download/>; rel="latest-version"'
        return response
