"""Files in bulk, made into draft resources from a table that somebody has corrected."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from wagtail.models import Collection

from dscp_cms.models import SiteDocument
from home.imports import report
from home.imports.documents_plan import Known, Row, RowError, Wanted, checked
from resources import bulk
from resources.forms import DocumentForm
from resources.guessing import Guess
from resources.models import ResourcePage

logger = logging.getLogger(__name__)
FAILED = (
    "It couldn’t be read or saved, and nothing was made of it. Try it again by hand; if it fails too, tell support."
)


def import_rows(told: report.Report, rows: Iterable[Row], base: Path, *, user=None, dry_run: bool = False) -> None:
    """Make a draft resource from each row, with its file as the first version, which somebody has to look into.

    Files are held to the rules of every upload. A file that its library has already makes nothing, so a second
    run goes on where the first ended. Each row is told of, and one that is wrong stops no other.
    """
    known = Known()
    for row in rows:
        key = f"row {row.line}: {row.file}" if row.line else row.file
        try:
            wanted = checked(row, base, known)
            page = _check(wanted, user) if dry_run else _make(wanted, user)
        except RowError as error:
            told.skipped(key, row.title or row.file, str(error))
        except ValidationError as error:
            sentence = " ".join(error.messages)
            here = "is here already" in sentence
            (told.unchanged if here else told.skipped)(key, row.title, reason=sentence)
        except Exception:  # whatever a strange file is stumbled over
            logger.exception("importing a document failed")
            told.skipped(key, row.title or row.file, FAILED)
        else:
            told.made(key, wanted.title, page, f"A draft in “{wanted.library.title}”.")
            for doubt in wanted.doubts:
                told.unsure(key, wanted.title, doubt, page)


def _check(wanted: Wanted, user) -> None:
    """Say what ``_make`` would refuse, and leave nothing behind, not even a copy of the file."""
    with _document(wanted, user) as document:
        if there := bulk.twin(wanted.library, document):
            raise ValidationError(f"This very file is here already, with “{there.title}”.")


@transaction.atomic
def _make(wanted: Wanted, user) -> ResourcePage:
    """The draft. Raises ValidationError for a file that isn't taken, or is here already."""
    guessed = Guess(wanted.title, wanted.kind, wanted.published_on, wanted.topics)
    with _document(wanted, user) as document:
        page = bulk.add_draft(wanted.library, document, wanted.path.name, user, guessed=guessed)
    if wanted.summary or wanted.publisher or wanted.audiences or wanted.reach != page.reach:
        page.summary, page.publisher, page.reach = wanted.summary, wanted.publisher, wanted.reach
        page.audiences.set(wanted.audiences)
        page.save_revision(user=user, changed=True)
    return page


@contextmanager
def _document(wanted: Wanted, user) -> Iterator[SiteDocument]:
    """The file as a document that isn't saved yet, checked as an upload is."""
    fields = {"title": wanted.title, "language": "en-GB", "collection": Collection.get_first_root_node().pk}
    with wanted.path.open("rb") as source:
        upload = UploadedFile(source, wanted.path.name, size=wanted.path.stat().st_size)
        form = DocumentForm(fields, {"file": upload}, user=user)
        if not form.is_valid():
            raise ValidationError([str(errors[0]) for errors in form.errors.values()])
        document = form.save(commit=False)
        document.uploaded_by_user = user
        document._set_document_file_metadata()
        yield document
