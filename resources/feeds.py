"""Feeds of what changed in the libraries: each version that readers got, the newest first."""

from django.apps import apps
from django.contrib.syndication.views import Feed
from django.utils.feedgenerator import Atom1Feed
from wagtail.models import Collection, CollectionViewRestriction

from dscp_cms.faces import absolute
from resources.models.versions import FileVersion

FEED_LENGTH = 40


class LibraryFeed(Feed):
    """The latest versions at and below a page, as Atom; only of what everybody may read."""

    feed_type = Atom1Feed
    item_guid_is_permalink = False

    def __init__(self, page):
        self.page = page

    def title(self):
        return f"{self.page.title}: what changed"

    def link(self):
        return self.page.url

    def subtitle(self):
        return self.page.summary

    def items(self):
        resources = apps.get_model("resources.ResourcePage")  # the model's pages call this feed
        public = resources.objects.descendant_of(self.page).readable().values("pk")
        versions = FileVersion.objects.published().filter(resource__in=public, document__collection__in=_open_to_all())
        found = versions.public_since().select_related("resource").order_by("-public_at", "-pk")[:FEED_LENGTH]
        return sorted(found, key=lambda version: version.public_moment, reverse=True)

    def item_title(self, item):
        return f"{item.resource.title}, version {item.label}"

    def item_description(self, item):
        return " ".join(part for part in (item.what_changed, item.resource.summary) if part)

    def item_link(self, item):
        return item.resource.url

    def item_guid(self, item):
        """The same for a version that was put right, so that nobody is told of it twice."""
        return absolute(f"{item.resource.url}versions/{item.corrects_id or item.pk}/")

    def item_pubdate(self, item):
        return item.public_moment

    def item_updateddate(self, item):
        return item.public_moment


def _open_to_all():
    """The collections whose files everybody may read, as a query."""
    kept = [
        key
        for restriction in CollectionViewRestriction.objects.select_related("collection")
        for key in restriction.collection.get_descendants(inclusive=True).values_list("pk", flat=True)
    ]
    return Collection.objects.exclude(pk__in=kept).values("pk")
