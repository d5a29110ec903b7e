"""Makes libraries, resources, file versions and publications for tests."""

from datetime import date

from django.core.files.base import ContentFile
from django.utils import timezone

from dscp_cms.models import SiteDocument
from dscp_cms.testing.pages import STORY, TEXT, front_page, make
from resources.models import (
    FileVersion,
    LearningReviewPage,
    PublicationIndexPage,
    PublicationPage,
    ResourceIndexPage,
    ResourceLibraryPage,
    ResourcePage,
)
from resources.tests.made_files import line, pdf

PDF = pdf(line("Neglect: what to look for"))


def resource_index() -> ResourceIndexPage:
    """The way into the libraries, once."""
    return ResourceIndexPage.objects.first() or make(
        ResourceIndexPage, front_page(), "Resources", slug="resources", show_in_menus=True
    )


def library(title: str = "Toolkits") -> ResourceLibraryPage:
    """A library by its title."""
    return ResourceLibraryPage.objects.filter(title=title).first() or make(ResourceLibraryPage, resource_index(), title)


def resource(title: str = "Neglect toolkit", **fields) -> ResourcePage:
    """A local toolkit without a file."""
    parent = fields.pop("parent", None) or library()
    return make(
        ResourcePage, parent, title, **{"kind": "toolkit", "published_on": date(2025, 3, 1), "body": STORY, **fields}
    )


def document(title: str = "A file", content: bytes = PDF, name: str = "file.pdf") -> SiteDocument:
    """A document with real bytes."""
    made = SiteDocument(title=title, pages=3)
    made.file.save(name, ContentFile(content), save=False)
    made.file_size = len(content)
    made.save()
    return made


def version(of: ResourcePage, label: str = "1", **fields) -> FileVersion:
    """A published version of a resource's file."""
    defaults = {"document": fields.pop("document", None) or document(), "published_on": date(2025, 3, 1)}
    defaults["checked_at"] = timezone.now()
    return FileVersion.objects.create(resource=of, label=label, **{**defaults, **fields})


def review(title: str = "Review of a case", points=(("Ask where the baby sleeps", None, None),), **fields):
    """A rapid review with learning points: (words, briefing, course)."""
    blocks = [
        ("point", {"point": words, "text": TEXT, "briefing": briefing, "course": course})
        for words, briefing, course in points
    ]
    return make(
        LearningReviewPage, library(), title, **{"kind": "rapid", "learning_points": blocks, "body": STORY, **fields}
    )


def publication_index() -> PublicationIndexPage:
    """Plans and publications, once."""
    return PublicationIndexPage.objects.first() or make(PublicationIndexPage, front_page(), "Plans", slug="plans")


def publication(title: str = "A plan", pages=(), **fields) -> PublicationPage:
    """A publication in three chapters, the second with other pages in full."""
    inner = [("pages_in_full", {"pages": list(pages)})] if pages else []
    chapters = [
        ("chapter", {"title": "Our vision", "body": [("text", TEXT)]}),
        ("chapter", {"title": "Our priorities", "body": [("text", TEXT), *inner]}),
        ("chapter", {"title": "How we will know", "body": [("text", TEXT)]}),
    ]
    return make(
        PublicationPage,
        publication_index(),
        title,
        **{"published_on": date(2025, 4, 1), "chapters": chapters, **fields},
    )
