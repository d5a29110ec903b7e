"""What agencies send in: taken as drafts, put before the Moderators, accepted or declined.

Nothing sent in is readable by the public before somebody publishes it: the page is a draft, and its file lies in a
collection for staff until it is accepted and its page is published.
"""

from datetime import datetime, time
from functools import partial

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.text import slugify
from wagtail.log_actions import log
from wagtail.models import Collection, CollectionViewRestriction, Page

from dscp_cms import limits, mail
from dscp_cms.models import SiteDocument
from home.models import Contribution
from news.models import EventIndexPage, EventPage, NewsIndexPage, NewsItemPage
from resources.models import ResourceLibraryPage, ResourcePage
from resources.versions import add_version

Kind, Status = Contribution.Kind, Contribution.Status
PARENTS = {Kind.NEWS: NewsIndexPage, Kind.EVENT: EventIndexPage, Kind.RESOURCE: ResourceLibraryPage}
COLLECTION = "Sent in, not accepted yet"
STAFF = ("Editors", "Moderators")
MAILS_A_DAY = 5  # to one address, whoever types it


def parents() -> dict[Kind, Page]:
    """Where each kind is drafted; a kind without a section isn't taken."""
    found = {kind: model.objects.live().order_by("path").first() for kind, model in PARENTS.items()}
    return {kind: parent for kind, parent in found.items() if parent is not None}


@transaction.atomic
def receive(answers: dict) -> Contribution:
    """Keep what was sent in, and confirm it to the sender without its words."""
    contribution = keep(answers)
    _confirm(contribution)
    return contribution


@transaction.atomic
def keep(answers: dict) -> Contribution:
    """Make a draft of the right type of what was sent in, and note where it came from.

    ``answers`` are those of ``ContributionForm``. Raises LookupError when the site has no section for the kind.
    """
    kind = Kind(answers["kind"])
    if kind not in (sections := parents()):
        raise LookupError(f"The site has no section for {kind.label.lower()}.")
    page = _draft(kind, sections[kind], answers)
    contribution = Contribution.objects.create(
        kind=kind,
        title=answers["title"],
        name=answers["name"],
        email=answers["email"],
        telephone=answers["telephone"],
        agency=answers["agency"],
        page=page,
        document=_keep(answers["file"], answers["title"]) if answers["file"] else None,
    )
    log(instance=page, action="home.contributed", data={"agency": contribution.agency, "contribution": contribution.pk})
    return contribution


def _draft(kind: Kind, parent: Page, answers: dict) -> Page:
    until = answers["expires"]
    known = {
        "title": answers["title"],
        "slug": _free_slug(parent, answers["title"]),
        "summary": answers["summary"],
        "body": [("text", _paragraphs(answers["text"]))],
        "expire_at": timezone.make_aware(datetime.combine(until, time(23, 59))) if until else None,
        "live": False,
    }
    if kind == Kind.NEWS:
        page = NewsItemPage(date=timezone.localdate(), **known)
    elif kind == Kind.EVENT:
        page = EventPage(
            start_date=answers["start_date"],
            end_date=answers["end_date"],
            place=answers["place"],
            website=answers["link"],
            organiser=answers["agency"],
            **known,
        )
    else:
        page = ResourcePage(
            kind=ResourcePage.Kind.GUIDANCE, publisher=answers["agency"], external_url=answers["link"], **known
        )
    if kind == Kind.NEWS and answers["link"]:
        page.body.append(("text", _paragraphs(f"More: {answers['link']}")))
    parent.add_child(instance=page)
    page.save_revision()
    return page


def _free_slug(parent: Page, title: str) -> str:
    """An address below the parent that no page and no route of it has."""
    wanted = slugify(title)[:60].strip("-") or "sent-in"
    taken = {*parent.get_children().values_list("slug", flat=True), *getattr(parent.specific, "reserved_slugs", ())}
    return next(name for name in (wanted, *(f"{wanted}-{n}" for n in range(2, len(taken) + 3))) if name not in taken)


def _paragraphs(text: str) -> str:
    parts = (" ".join(part.split()) for part in text.replace("\r", "").split("\n\n"))
    return format_html_join("", "<p>{}</p>", ((part,) for part in parts if part))


def _keep(file, title: str) -> SiteDocument:
    document = SiteDocument(title=title[:255], file=file, collection=_collection())
    document._set_document_file_metadata()
    document.save()
    return document


def _collection() -> Collection:
    """Where files lie that nobody has accepted: staff alone may open them."""
    root = Collection.get_first_root_node()
    found = root.get_children().filter(name=COLLECTION).first()
    if found is None:
        found = root.add_child(instance=Collection(name=COLLECTION))
        restriction = CollectionViewRestriction.objects.create(
            collection=found, restriction_type=CollectionViewRestriction.GROUPS
        )
        restriction.groups.set(Group.objects.filter(name__in=STAFF))
    return found


def _confirm(contribution: Contribution) -> None:
    """Tell the sender, with none of what was typed: anybody may type anybody's address."""
    if not limits.within("contribution", contribution.email, most=MAILS_A_DAY, seconds=limits.DAY):
        return
    text = (
        "Hello,\n\nThank you. We have what you sent in for the partnership’s website. Somebody reads it before it "
        "is published, and may shorten or reword it. If we can’t use it, we write to you.\n\n"
        "If you didn’t send anything, somebody typed your address by mistake. You needn’t do anything.\n"
    )
    mail.send(kind="contribution received", to=contribution.email, subject="We have what you sent in", text=text)


# The queue


def queue() -> int:
    """Put drafts that were sent in before the Moderators, and close those that were published; return how many.

    Found by what is in the tables, so that it may run at any time and any number of times.
    """
    waiting = Contribution.objects.waiting().filter(page__isnull=False).select_related("page")
    for contribution in waiting.filter(page__live=True):
        accept(contribution, None)
    _release_files()
    fresh = waiting.filter(page__live=False, page___workflow_states=None)
    return sum(_submit(contribution.page.specific) for contribution in fresh)


@transaction.atomic
def _submit(page: Page) -> bool:
    workflow = page.get_workflow()
    if workflow is None or page.workflow_states.exists():
        return False
    workflow.start(page, None)
    return True


def accept(contribution: Contribution, by) -> bool:
    """Take it on: its draft is for editors to finish; say if that was new.

    The file of a resource becomes its first version, which somebody has to look into before readers get it. Any
    other file stays with staff until the page is published.
    """
    with transaction.atomic():
        if not _decide(contribution, Status.ACCEPTED, by):
            return False
        page = contribution.page.specific if contribution.page else None
        if page is not None and not page.live and page.workflow_in_progress:
            page.current_workflow_state.cancel(user=by)  # else only Moderators could change it
        if contribution.document:
            _adopt(contribution.document, page, by)
    return True


def _adopt(document: SiteDocument, page: Page | None, by) -> None:
    if isinstance(page, ResourcePage):
        if page.versions.exists():
            return  # somebody looks into it, and adds it as a version where it is one
        _release(document)
        add_version(page, document, label="1", added_by=by)
    elif page is not None and page.live:
        _release(document)


def _release(document: SiteDocument) -> None:
    document.collection = Collection.get_first_root_node()
    document.save()


def _release_files() -> None:
    """Let readers have what belongs to pages that were published since."""
    published = Contribution.objects.filter(
        status=Status.ACCEPTED, page__live=True, document__collection__name=COLLECTION
    )
    for contribution in published.exclude(kind=Kind.RESOURCE).select_related("document"):
        _release(contribution.document)


def decline(contribution: Contribution, by, words: str) -> bool:
    """Delete the draft and its file, and tell the sender why; say if that was new.

    Raises ValidationError where the page is published already.
    """
    with transaction.atomic():
        page = contribution.page
        if page is not None and page.live:
            raise ValidationError("It is published already. Unpublish the page first, or accept it.")
        if not _decide(contribution, Status.DECLINED, by, words):
            return False
        text = f"Hello,\n\nThank you for what you sent in for the partnership’s website. We can’t use it.\n\n{words}\n"
        if contribution.email:
            subject = "What you sent in"
            mail.send(kind="contribution declined", to=contribution.email, subject=subject, text=text)
        document = contribution.document
        if page is not None:
            page.specific.delete(user=by)
        if document is not None:
            transaction.on_commit(partial(_delete, document.pk))
    return True


def _delete(key: int) -> None:
    for document in SiteDocument.objects.filter(pk=key, collection__name=COLLECTION):
        document.delete()


def _decide(contribution: Contribution, status: Status, by, words: str = "") -> bool:
    mine = Contribution.objects.filter(pk=contribution.pk, status=Status.WAITING)
    known = {"status": status, "decided_at": timezone.now(), "decided_by": by, "answer": words}
    changed = mine.update(**known)
    contribution.refresh_from_db()
    return bool(changed)


def forget(before: datetime) -> int:
    """Blank the people behind what was decided before then; what was sent in, by which agency, stays."""
    old = Contribution.objects.filter(decided_at__lt=before).exclude(name="", email="", telephone="", answer="")
    return old.update(name="", email="", telephone="", answer="")
