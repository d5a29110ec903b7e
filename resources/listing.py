"""What a library lists: by type, topic, audience, reach and year, in one of four orders."""

from datetime import date

from django.apps import apps
from django.db.models import F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce, ExtractYear
from django.utils import timezone

from dscp_cms.listing import Facet, chosen, facet, numbered_page
from dscp_cms.models import Audience, Topic
from dscp_cms.visibility import Reader, has_session, visible
from resources import counting
from resources.models.downloads import DownloadCount
from resources.models.versions import FileVersion

ON_A_PAGE = 20
HIGHLIGHTS = 6
COLUMNS = {
    "type": "kind",
    "topic": "topics__slug",
    "audience": "audiences__slug",
    "reach": "reach",
    "year": "published_on__year",
}
ORDERS = [("updated", "Recently updated"), ("downloaded", "Most downloaded this year"), ("title", "A to Z")]


def reader_of(request) -> Reader:
    """Who reads; nobody's session is opened for a reader who brought none, so that the page can be cached."""
    return Reader.of(request) if has_session(request) else Reader()


def resources_below(request, page):
    """The resources at and below a page that this reader may open."""
    model = apps.get_model("resources.ResourcePage")  # the model's pages call this module
    return visible(model.objects.descendant_of(page), reader_of(request))


def listed(request, library) -> dict:
    """What the page of a library shows: facets, a page of resources, and the library's learning reviews."""
    resources, facets = narrowed(request, resources_below(request, library))
    wanted = chosen(facets)
    page_obj = numbered_page(request, resources.with_files(), size=ON_A_PAGE)
    reviews = []
    if not set(wanted) - {"order"} and page_obj.number == 1:
        model = apps.get_model("resources.LearningReviewPage")
        reviews = visible(model.objects.child_of(library), reader_of(request)).latest()
    return {"facets": facets, "filtered": bool(wanted), "page_obj": page_obj, "reviews": reviews}


def narrowed(request, resources) -> tuple:
    """The resources that the address asks for, in the order that it asks for; and the facets to choose from."""
    facets = _facets(request, resources)
    for name, value in chosen(facets).items():
        if name in COLUMNS:
            resources = resources.filter(**{COLUMNS[name]: value})
    # Each filter fits a resource once at most, so that none comes twice.
    return _ordered(resources, chosen(facets).get("order", "")), facets


def _facets(request, resources) -> list[Facet]:
    model = resources.model
    years = resources.exclude(published_on=None).annotate(year=ExtractYear("published_on")).order_by("-year")
    years = years.values_list("year", flat=True).distinct()
    return [
        facet(request, "type", "Type", model.Kind.choices),
        facet(request, "topic", "Topic", Topic.objects.values_list("slug", "name")),
        facet(request, "audience", "Audience", Audience.objects.values_list("slug", "name")),
        facet(request, "reach", "Local or national", model.Reach.choices),
        facet(request, "year", "Year", [(str(year), str(year)) for year in years]),
        facet(request, "order", "Order", ORDERS, any="Newest first"),
    ]


def _ordered(resources, order: str):
    newest = F("published_on").desc(nulls_last=True)
    if order == "updated":
        return recently_updated(resources)
    if order == "downloaded":
        counts = DownloadCount.objects.filter(version__resource=OuterRef("pk"), day__gte=new_year())
        total = counts.order_by().values("version__resource").annotate(total=Sum("count")).values("total")
        return resources.annotate(downloads=Coalesce(Subquery(total), 0)).order_by("-downloads", newest, "title")
    return resources.order_by("title") if order == "title" else resources.order_by(newest, "title")


def recently_updated(resources):
    """By the moment from which readers get the current version; what has no file, by when it came onto the site."""
    current = FileVersion.objects.published().public_since().filter(resource=OuterRef("pk")).values("public_at")[:1]
    return resources.annotate(updated_at=Coalesce(Subquery(current), "first_published_at")).order_by(
        F("updated_at").desc(nulls_last=True), "title"
    )


def new_year(today: date | None = None) -> date:
    """The first day of this year."""
    return (today or timezone.localdate()).replace(month=1, day=1)


def highlights(request, index) -> dict:
    """What the way into the libraries shows below them: what changed last, and what is used most."""
    resources = resources_below(request, index)
    return {
        "updated": recently_updated(resources.with_files())[:HIGHLIGHTS],
        "most_downloaded": counting.most_downloaded(resources.with_files(), new_year(), most=HIGHLIGHTS),
    }
