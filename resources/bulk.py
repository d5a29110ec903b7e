"""Many files at once: each becomes a draft resource with a first version; then titles and topics in one table."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify

from dscp_cms.models import SiteDocument, Topic
from resources.guessing import Guess, guess, title_from
from resources.models import FileVersion, ResourceLibraryPage, ResourcePage
from resources.versions import add_version

MOST_AT_ONCE = 60  # files in one form; more in a second
DRAFTS_SHOWN = 60
__all__ = ["add_draft", "describe", "drafts", "title_from", "twin"]


def twin(library: ResourceLibraryPage, document: SiteDocument) -> ResourcePage | None:
    """The resource of the library that has this very file, as a draft or not."""
    same = FileVersion.objects.filter(resource__in=ResourcePage.objects.child_of(library), withdrawn_at=None)
    found = same.filter(document__file_hash=document.file_hash).select_related("resource").first()
    return found.resource if document.file_hash and found else None


@transaction.atomic
def add_draft(
    library: ResourceLibraryPage, document: SiteDocument, name: str, by, *, guessed: Guess | None = None
) -> ResourcePage:
    """Make a draft resource with the document as its first version, to be looked into like any other.

    Title, type, date and topics are guessed from the file's name unless they are given. Raises ValidationError
    with a sentence when the library has the same file already, as a draft or not.
    """
    if there := twin(library, document):
        raise ValidationError(f"This very file is here already, with “{there.title}”.")
    if guessed is None:
        guessed = guess(name, library.title, topics=list(Topic.objects.all()))
    page = ResourcePage(
        title=guessed.title,
        slug=_free_slug(library, guessed.title),
        kind=guessed.kind,
        published_on=guessed.published_on,
        live=False,
        owner=by,
    )
    page.topics = guessed.topics
    library.add_child(instance=page)
    page.save_revision(user=by, log_action=True)
    document.title = guessed.title
    add_version(page, document, label="1", published_on=guessed.published_on, added_by=by)
    return page


def _free_slug(library: ResourceLibraryPage, title: str) -> str:
    stem = slugify(title)[:200] or "resource"
    taken = set(library.get_children().filter(slug__startswith=stem).values_list("slug", flat=True))
    taken |= set(library.reserved_slugs)
    return next(
        slug
        for number in range(1, len(taken) + 3)
        if (slug := stem if number == 1 else f"{stem}-{number}") not in taken
    )


def drafts(library: ResourceLibraryPage, by) -> list[ResourcePage]:
    """The library's resources that this person made and that were never published, the newest first."""
    pages = ResourcePage.objects.child_of(library).filter(owner=by, live=False, first_published_at=None)
    found = pages.prefetch_related("versions__document__facts").order_by("-pk")[:DRAFTS_SHOWN]
    return [page.get_latest_revision_as_object() if page.has_unpublished_changes else page for page in found]


def describe(page: ResourcePage, by, *, title: str, kind: str, reach: str, summary: str, topics: list[Topic]) -> bool:
    """Give a draft its title, type, reach, summary and topics; say if that changed anything."""
    before = (page.title, page.kind, page.reach, page.summary, sorted(topic.pk for topic in page.topics.all()))
    after = (title, kind, reach, summary, sorted(topic.pk for topic in topics))
    if before == after:
        return False
    page.title, page.kind, page.reach, page.summary = title, kind, reach, summary
    page.draft_title = title
    page.topics.set(topics)
    page.save_revision(user=by, log_action=True, changed=True)
    return True
