"""Reads what is inside the files of resources, in the background.

The row (FileFacts) is the truth and the task a nudge: a worker that is killed leaves its row *being read*, and
the clock gives it to another. Reading that fails never keeps a version from readers; staff are told.
"""

import contextlib
import logging
import tempfile
from collections.abc import Iterator
from time import monotonic

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from dscp_cms.models import SiteDocument
from dscp_cms.reading import Reading, Unreadable, read
from resources import current
from resources.models import FileFacts, FileText, FileVersion
from resources.models.facts import MAX_ATTEMPTS

logger = logging.getLogger(__name__)

STATES = FileFacts.State
SLICE = 20  # seconds after which one sweep of the clock begins no further file


def ask(document: SiteDocument) -> FileFacts:
    """Have a document read, once the transaction is committed; return what is known of it, perhaps already."""
    facts, made = FileFacts.objects.get_or_create(document=document)
    if made:
        transaction.on_commit(lambda: _nudge(document.pk))
    return facts


def ask_again(document: SiteDocument) -> None:
    """Have a document read anew, whatever came of it before."""
    FileFacts.objects.update_or_create(
        document=document, defaults={"state": STATES.WAITING, "attempts": 0, "claimed_at": None, "failure": ""}
    )
    transaction.on_commit(lambda: _nudge(document.pk))


def _nudge(pk: int) -> None:
    from resources.tasks import read_file  # the task calls back into this module

    read_file.enqueue(pk)


def read_document(pk: int) -> FileFacts.State | None:
    """Read one document if that is due; return how it went, or None if it isn't due or another worker has it."""
    now = timezone.now()
    claimed = (
        FileFacts.objects.due().filter(pk=pk).update(state=STATES.READING, claimed_at=now, attempts=F("attempts") + 1)
    )
    if not claimed:
        return None
    facts = FileFacts.objects.select_related("document").get(pk=pk)
    if facts.attempts > MAX_ATTEMPTS:
        return _failed(facts, "Reading the file was broken off several times.")
    try:
        with _path_of(facts.document) as path:
            reading, picture = read(path, facts.document.file_extension.lower())
    except Unreadable as error:
        return _failed(facts, str(error))
    except OSError:
        return _failed(facts, "The file is missing from the store.")
    _keep(facts, reading, picture)
    return STATES.DONE


def read_due(most: int = 20) -> int:
    """Read files whose task was lost or whose worker was killed, for ``SLICE`` seconds; return how many were tried.

    One that can't be read for a reason that nobody thought of is logged, and hinders no other; it is tried
    again when its claim has run out.
    """
    tried, began = 0, monotonic()
    for pk in list(FileFacts.objects.due().values_list("pk", flat=True)[:most]):
        try:
            read_document(pk)
        except Exception:
            logger.exception("document %s could not be read", pk)
        tried += 1
        if monotonic() - began > SLICE:
            break  # the clock has other things to do; the rest waits a minute
    return tried


def ask_for_missing(most: int = 100) -> int:
    """Have the files of versions read that nobody has asked for, such as those from before; return how many."""
    documents = SiteDocument.objects.filter(versions__withdrawn_at=None, versions__isnull=False, facts=None)
    found = list(documents.distinct()[:most])
    for document in found:
        ask(document)
    return len(found)


@contextlib.contextmanager
def _path_of(document: SiteDocument) -> Iterator[str]:
    """A path of the file; a copy of it where the store is on another machine."""
    try:
        yield document.file.path
        return
    except NotImplementedError:
        pass
    with tempfile.NamedTemporaryFile() as copy:
        with document.file.open("rb") as file:
            for chunk in file.chunks():
                copy.write(chunk)
        copy.flush()
        yield copy.name


def _failed(facts: FileFacts, sentence: str) -> FileFacts.State:
    logger.warning("document %s could not be read", facts.pk)
    FileFacts.objects.filter(pk=facts.pk, claimed_at=facts.claimed_at).update(
        state=STATES.FAILED, failure=sentence[:300], read_at=timezone.now(), encrypted="password" in sentence
    )
    return STATES.FAILED


def _keep(facts: FileFacts, reading: Reading, picture: bytes) -> None:
    """Save what was found, unless another worker has taken the file over meanwhile."""
    with transaction.atomic():
        if not FileFacts.objects.select_for_update().filter(pk=facts.pk, claimed_at=facts.claimed_at).exists():
            return
        for name in ("pages", "title", "author", "language", "properties", "tagged", "scanned", "encrypted", "cut"):
            setattr(facts, name, getattr(reading, name))
        facts.hidden = [vars(one) for one in reading.hidden]
        if reading.more_hidden:
            facts.hidden.append(
                {"kind": "more", "where": "", "text": f"and {reading.more_hidden} more of such findings"}
            )
        facts.state, facts.failure, facts.read_at = STATES.DONE, "", timezone.now()
        if picture:
            facts.picture.save(f"{facts.pk}.webp", ContentFile(picture), save=False)
        facts.save()
        facts.texts.all().delete()
        FileText.objects.bulk_create(
            (FileText(facts=facts, number=number, text=text) for number, text in enumerate(reading.texts, 1) if text),
            batch_size=500,
        )
        if reading.pages:
            SiteDocument.objects.filter(pk=facts.pk, pages=None).update(pages=reading.pages)
    for resource_id in set(FileVersion.objects.filter(document_id=facts.pk).values_list("resource_id", flat=True)):
        current.refresh(resource_id)
