"""Makes the PDFs of pages, keeps them, and serves the one that says what the page says now.

A PDF is known by the fingerprint of what it prints. Whoever asks is given the file with the fingerprint
of the page as it is at that moment, so that an old one is never served, whatever changed: the page's
words, a picture's consent, a page printed inside another. Nothing here can keep a page from being
published: a PDF that fails is written down for staff.
"""

import logging
from datetime import timedelta
from time import monotonic

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
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
AT_ONCE = 500_000  # letters of source up to which a request makes it; more is left to the clock
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
    rich_text.look_up_links(page)
    date = uk_date(page.lead_date) if page.lead_date else ""
    context = {
        "page": page,
        "printed_page": page,
        "kind": getattr(page, "printed_kind", page.kind_label),
        "meta": " · ".join(part for part in (page.meta_line, date) if part),
    }
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
    """Serve the PDF. Wagtail has asked for the page's restrictions already: they are the PDF's too."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    if not getattr(page, f"offers_{kind.name.lower()}", True):
        raise Http404("This page has no such PDF.")
    source = printed(page, kind)
    row = PagePdf.objects.filter(page_id=page.pk, kind=kind).first()
    if row is None or row.fingerprint != source.fingerprint or not row.file:
        lately = row and row.fingerprint == source.fingerprint and row.error and row.tried_at > timezone.now() - AGAIN
        if lately:
            return _not_now(request, page, failed=True)
        if request.method == "HEAD":  # whoever only asks whether there is one has none made
            return _described(page, HttpResponse(content_type="application/pdf"))
        if len(source.text) > AT_ONCE:  # the clock makes it within a minute or two
            PagePdf.objects.filter(page_id=page.pk, kind=kind).update(revision=None)
            return _not_now(request, page)
        try:
            row = make(page, kind, source)
        except BeingMade:
            return _not_now(request, page)
        except pdf.PdfError:
            return _not_now(request, page, failed=True)
    return _file(request, page, kind, row)


def _file(request, page: Page, kind: PagePdf.Kind, row: PagePdf) -> HttpResponse:
    name = page.slug if kind == PagePdf.Kind.WHOLE else f"{page.slug}-{kind}"
    try:
        answer = send_file(request, row.file, name=f"{name}.pdf", cache_control="no-cache")
    except Http404:  # replaced in this very moment, or lost
        PagePdf.objects.filter(pk=row.pk, fingerprint=row.fingerprint).update(file="", revision=None)
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
    context = {"page": page, "self": page, "failed": failed, "noindex": True}
    response = render(request, "dscp_cms/pdf_later.html", context, status=503)
    response["Retry-After"] = "3600" if failed else "60"
    response["Cache-Control"] = "no-store"
    return response
