"""Makes the PDFs of pages, keeps them, and serves the one that says what the page says now.

A PDF is known by the fingerprint of what it prints. Whoever asks is given the file with the fingerprint
of the page as it is at that moment, so that an old one is never served, whatever changed: the page's
words, a picture's consent, a page printed inside another. Nothing here can keep a page from being
published: a PDF that fails is written down for staff.

None is made while a reader waits: they are told that it is being made, by a background task, and how to get
it then. Usually the clock has made it within a minute of the page's publication.
"""

import contextlib
import logging
from datetime import timedelta
from time import monotonic

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from wagtail.models import Page, get_page_models

from dscp_cms import pdf, rich_text
from dscp_cms.file_answers import send_file
from dscp_cms.models import PagePdf
from dscp_cms.templatetags.dscp import uk_date
from dscp_cms.visibility import keep_private

logger = logging.getLogger(__name__)

TEMPLATES = {PagePdf.Kind.WHOLE: "typst/page.typ", PagePdf.Kind.BRIEFING: "typst/briefing.typ"}
LEASE = timedelta(minutes=2)  # for one that makes a PDF and dies
AGAIN = timedelta(hours=6)  # after a failure
ASK_AGAIN = timedelta(minutes=1)  # after which a task that wasn't heard of is taken for lost
LOOK_AGAIN = timedelta(hours=1)  # at one whose page wasn't published since, but may print another that was
SLICE = 20  # seconds that one sweep takes at most
FOLDER = "pdfs"

GENERAL_QUESTIONS = (
    "What in this is new to us, and what did we know already?",
    "Where does it touch the children and families we work with?",
    "What will each of us do differently from tomorrow?",
    "Whom do we need to talk to, and who does it by when?",
)


class BeingMade(Exception):
    """Somebody else makes this PDF at the moment."""


def printed(page: Page, kind: PagePdf.Kind) -> pdf.Source:
    """What a PDF of the page would print now."""
    date = uk_date(page.lead_date) if page.lead_date else ""
    context = {
        "page": page,
        "printed_page": page,
        "kind": getattr(page, "printed_kind", page.kind_label),
        "meta": " · ".join(part for part in (page.meta_line, date) if part),
    }
    with rich_text.links_looked_up(page):
        return pdf.render(TEMPLATES[kind], context, title=page.title)


def make(page: Page, kind: PagePdf.Kind, source: pdf.Source | None = None) -> PagePdf:
    """Return the row whose file says what the page says now, made if there is none.

    Raises ``pdf.PdfError`` where it can't be made (the row keeps the reason), ``BeingMade`` where
    another process is at it.
    """
    source = source or printed(page, kind)
    row, _ = PagePdf.objects.get_or_create(page_id=page.pk, kind=kind)
    mine = PagePdf.objects.filter(pk=row.pk)
    if row.fingerprint == source.fingerprint and row.file and default_storage.exists(row.file.name):
        mine.update(revision=page.live_revision_id or 0)
        return row
    now = timezone.now()
    if not mine.filter(Q(claimed_until=None) | Q(claimed_until__lt=now)).update(claimed_until=now + LEASE):
        raise BeingMade
    known = {"revision": page.live_revision_id or 0, "fingerprint": source.fingerprint, "tried_at": now}
    try:
        content = pdf.compile_source(source)
        name = default_storage.save(f"{FOLDER}/{page.pk}-{kind}-{source.fingerprint[:16]}.pdf", ContentFile(content))
    except Exception as error:
        said = str(error) if isinstance(error, pdf.PdfError) else "The PDF couldn't be made; the log has the reason."
        mine.update(**known, file="", error=said[:250], claimed_until=None)
        logger.exception("the %s of page %s couldn't be made", kind, page.pk)
        raise pdf.PdfError(said) from error
    mine.update(**known, file=name, made_at=timezone.now(), error="", claimed_until=None)
    if row.file and row.file.name != name:
        default_storage.delete(row.file.name)
    row.refresh_from_db()
    return row


def offering() -> list[tuple[type[Page], PagePdf.Kind]]:
    """Every page type that offers PDFs, with each kind that it offers."""
    return [(model, kind) for model in get_page_models() for kind in getattr(model, "pdf_kinds", ())]


def make_due() -> int:
    """Make what live pages offer and nobody has asked for since their last publication; return how many.

    Looks for the live revision, not for its words: cheap, and whoever asks is compared by content anyhow.
    """
    made, began = 0, monotonic()
    for model, kind in offering():
        for page in _due(model, kind).iterator():
            if monotonic() - began > SLICE:
                return made
            if not getattr(page, f"offers_{kind.name.lower()}", True):
                continue
            try:
                make(page, kind)
                made += 1
            except (BeingMade, pdf.PdfError):
                continue  # another is at it, or it is written down
    return made


def _due(model: type[Page], kind: PagePdf.Kind):
    rows = PagePdf.objects.filter(
        page=OuterRef("pk"), kind=kind, revision=Coalesce(OuterRef("live_revision"), Value(0))
    )
    again = timezone.now() - AGAIN
    return model.objects.live().filter(~Exists(rows.filter(Q(error="") | Q(tried_at__gte=again))))


def make_stale() -> int:
    """Make anew what something beside the page has changed, such as a page printed inside; return how many.

    Looks at each PDF about once an hour, as far as ``SLICE`` seconds go, at the longest unseen first.
    """
    made, began, now = 0, monotonic(), timezone.now()
    old = PagePdf.objects.filter(page__live=True, error="", tried_at__lt=now - LOOK_AGAIN).exclude(file="")
    for row in old.select_related("page").order_by("tried_at").iterator():
        if monotonic() - began > SLICE:
            break
        PagePdf.objects.filter(pk=row.pk).update(tried_at=now)
        page, kind = row.page.specific, PagePdf.Kind(row.kind)
        if not getattr(page, f"offers_{kind.name.lower()}", True):
            continue
        source = printed(page, kind)
        if source.fingerprint != row.fingerprint:
            with contextlib.suppress(BeingMade, pdf.PdfError):
                make(page, kind, source)
                made += 1
    return made


def tidy() -> int:
    """Delete files that no row knows, such as those of deleted pages; return how many."""
    if not default_storage.exists(FOLDER):
        return 0
    known = set(PagePdf.objects.exclude(file="").values_list("file", flat=True))
    names = [f"{FOLDER}/{name}" for name in default_storage.listdir(FOLDER)[1]]
    before = timezone.now() - timedelta(hours=1)  # a file may be there a moment before its row
    stray = [name for name in names if name not in known and default_storage.get_modified_time(name) < before]
    for name in stray:
        default_storage.delete(name)
    return len(stray)


def answer(request, page: Page, kind: PagePdf.Kind) -> HttpResponse:
    """Serve the PDF; 202 and a page that says so while it is being made.

    Wagtail has asked for the page's restrictions already: they are the PDF's too.
    """
    if request.method not in {"GET", "HEAD"}:
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    if not getattr(page, f"offers_{kind.name.lower()}", True):
        raise Http404("This page has no such PDF.")
    source = printed(page, kind)
    row = PagePdf.objects.filter(page_id=page.pk, kind=kind).first()
    if row is not None and row.fingerprint == source.fingerprint:
        if row.file:
            return _file(request, page, kind, row)
        if row.error and row.tried_at > timezone.now() - AGAIN:
            return _not_now(request, page, failed=True)
    if request.method == "GET":  # whoever only asks whether there is one has none made
        _ask_for(page, kind)
    return _not_now(request, page)


def _ask_for(page: Page, kind: PagePdf.Kind) -> None:
    """Have a PDF made in the background, unless somebody asked for it a moment ago; the clock knows of it too."""
    from dscp_cms.tasks import make_pdf  # the task calls back into this module

    now = timezone.now()
    row, new = PagePdf.objects.get_or_create(page_id=page.pk, kind=kind)
    unasked = PagePdf.objects.filter(pk=row.pk).filter(Q(revision__isnull=False) | Q(tried_at__lt=now - ASK_AGAIN))
    if unasked.update(revision=None, tried_at=now) or new:
        transaction.on_commit(lambda: make_pdf.enqueue(page.pk, str(kind)))


def make_asked(page_id: int, kind: str) -> bool:
    """Make a PDF that a reader asked for; say if it is there now."""
    page = Page.objects.live().filter(pk=page_id).first()
    if page is None:
        return False
    try:
        make(page.specific, PagePdf.Kind(kind))
    except (BeingMade, pdf.PdfError):
        return False  # another is at it, or it is written down
    return True


def _file(request, page: Page, kind: PagePdf.Kind, row: PagePdf) -> HttpResponse:
    name = page.slug if kind == PagePdf.Kind.WHOLE else f"{page.slug}-{kind}"
    try:
        answer = send_file(request, row.file, name=f"{name}.pdf", cache_control="no-cache")
    except Http404:  # replaced in this very moment, or lost
        PagePdf.objects.filter(pk=row.pk, fingerprint=row.fingerprint).update(file="", revision=0)
        if request.method == "GET":
            _ask_for(page, kind)
        return _not_now(request, page)
    return _described(page, answer)


def _described(page: Page, answer: HttpResponse) -> HttpResponse:
    """Say which page it is of, and let nobody keep that of a restricted one."""
    answer["Link"] = f'<{page.full_url}>; rel="canonical"'
    if page.get_view_restrictions():
        keep_private(answer)
        answer["X-Robots-Tag"] = "noindex"
    return answer


def _not_now(request, page: Page, failed: bool = False) -> HttpResponse:
    """A page that says what to do instead."""
    context = {"page": page, "self": page, "below_page": True, "noindex": True}
    context |= {"failed": failed, "address": request.path}
    response = render(request, "dscp_cms/pdf_later.html", context, status=503 if failed else 202)
    response["Retry-After"] = "3600" if failed else "5"
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return keep_private(response) if page.get_view_restrictions() else response
