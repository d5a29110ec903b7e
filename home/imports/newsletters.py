"""Past issues of the newsletter, brought into the archive as drafts to check."""

import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path

from django.db import transaction
from django.utils.text import slugify
from wagtail.log_actions import log

from home.imports import newsletter_files, report
from home.imports.newsletter_cutting import Issue, cut
from home.imports.newsletter_parts import Newsletter, NotANewsletterError
from home.models import ImportRun
from news.models import NewsletterIndexPage, NewsletterIssuePage

logger = logging.getLogger(__name__)
NO_DATE = "No date was found in it. Put the month and the year into the file’s name, such as “2019-04.html”."
FAILED = "It couldn’t be read or saved, and nothing was made of it. Tell support, with the file."
NO_ARCHIVE = "The site has no newsletter archive. Add one under the front page."


def import_files(run: ImportRun, told: report.Report, paths: Sequence[Path], *, user=None) -> None:
    """Make a draft issue from each file, and say of each what became of it and what to check.

    Nothing is published. A file whose draft is still here isn't imported a second time, whatever it is called.
    A dry run reads everything and makes nothing. Raises LookupError where the site has no newsletter archive.
    """
    archive = NewsletterIndexPage.objects.first()
    if archive is None:
        raise LookupError(NO_ARCHIVE)
    for path in paths:
        import_one(run, told, path, archive, user=user)


def import_one(run: ImportRun, told: report.Report, path: Path, archive: NewsletterIndexPage, *, user=None) -> None:
    """Make a draft issue from one file; whatever is wrong with it is told and stops no other."""
    try:
        _import_file(run, told, path, archive, user)
    except NotANewsletterError as refused:
        told.skipped(path.name, path.name, str(refused))
    except Exception:  # whatever a strange file is stumbled over
        logger.exception("importing a newsletter failed")
        told.skipped(path.name, path.name, FAILED)


def _import_file(run: ImportRun, told: report.Report, path: Path, archive: NewsletterIndexPage, user) -> None:
    newsletter = newsletter_files.read(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if before := imported_before(digest):
        told.unchanged(path.name, before.title, before, "This very file was imported before.")
        return
    issue = cut(newsletter, path.stem)
    if issue is None:
        told.skipped(path.name, path.name, NO_DATE)
        return
    _import_one(run, told, path, digest, newsletter, issue, archive, user)


def imported_before(digest: str) -> NewsletterIssuePage | None:
    """The issue that was made from a file with these bytes, if it is still here."""
    runs = ImportRun.objects.filter(kind=ImportRun.Kind.NEWSLETTERS, dry_run=False, options__issues__has_key=digest)
    keys = [options["issues"][digest] for options in runs.values_list("options", flat=True)]
    return NewsletterIssuePage.objects.filter(pk__in=keys).first()


def _import_one(run, told, path: Path, digest: str, newsletter: Newsletter, issue: Issue, archive, user) -> None:
    same = NewsletterIssuePage.objects.child_of(archive).filter(
        date__year=issue.date.year, date__month=issue.date.month, kind=NewsletterIssuePage.Kind.ISSUE
    )
    beside = same.first()
    page = None
    if not run.dry_run:
        with transaction.atomic():
            page = _make(archive, newsletter, issue, user)
            run.options.setdefault("issues", {})[digest] = page.pk
            run.save(update_fields=["options"])
    sections = f"{len(issue.kinds)} section{'s' if len(issue.kinds) != 1 else ''}: {', '.join(issue.kinds)}."
    told.made(path.name, issue.title, page, f"A draft dated {issue.date.day} {issue.date:%B %Y}, {sections}")
    if beside:
        words = f"“{beside.title}” is of the same month and here already. Keep one of the two."
        told.unsure(path.name, issue.title, words, page)
    for note in issue.notes:
        told.unsure(path.name, issue.title, note, page)


def _make(archive: NewsletterIndexPage, newsletter: Newsletter, issue: Issue, user) -> NewsletterIssuePage:
    page = NewsletterIssuePage(
        title=issue.title,
        slug=free_slug(archive, slugify(f"{issue.date:%B %Y}")),
        subject=(newsletter.subject or issue.title)[:150],
        preview_text=newsletter.preview[:200],
        date=issue.date,
        introduction=issue.introduction,
        sections=json.dumps(issue.sections),
        live=False,
        owner=user,
    )
    archive.add_child(instance=page)
    page.save_revision(user=user, log_action=False)
    log(instance=page, action="wagtail.create", user=user, content_changed=True)
    return page


def free_slug(archive: NewsletterIndexPage, stem: str) -> str:
    """An address below the archive that no issue has: april-2025, april-2025-2 and so on."""
    taken = set(archive.get_children().filter(slug__startswith=stem).values_list("slug", flat=True))
    taken |= set(archive.reserved_slugs)
    number, slug = 1, stem
    while slug in taken:
        number += 1
        slug = f"{stem}-{number}"
    return slug
