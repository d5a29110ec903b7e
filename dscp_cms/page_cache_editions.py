"""When kept pages are no longer true: editions of the site, what ends them, and how each machine follows.

A page that is kept (dscp_cms/page_cache.py) belongs to the edition that was current *before* it was rendered. An
edition ends when its section's number is raised, in the transaction of whatever was changed; at the commit this
machine turns to an empty folder for the next one, before the person who published gets their answer. Other machines
look at the numbers each second (``POLL``).

There are two sections (dscp_cms/page_cache_marks.py). A publication ends the editions of both, a booking only those of
pages that tell how many places are left.

An app says in its module ``shown.py`` which of its facts readers see, and when the mere passing of time changes a
page. Pages needn't be named there.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS, connection, models, transaction
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules
from wagtail.models import Page

from dscp_cms import page_cache_files as files
from dscp_cms.models import Edition
from dscp_cms.page_cache_marks import PLACES, SITE

POLL = 1  # seconds after which another machine's publication is seen here, at most
CLOCKS_APART = timedelta(seconds=5)  # by which two machines' clocks may differ

# What is written to a page while its draft is worked on, which readers don't see.
OF_DRAFTS = {"draft_title", "latest_revision", "latest_revision_created_at", "has_unpublished_changes"}
OF_DRAFTS |= {"go_live_at", "expire_at", "approved_schedule", "locked", "locked_at", "locked_by", "owner"}

WRITES = re.compile(r'\s*(INSERT|UPDATE|DELETE|REPLACE)(?: OR \w+)?(?: INTO| FROM)? "(\w+)"')

_tables: dict[str, tuple[str, bool]] = {}  # the section, and whether a new row is seen before anything refers to it
_boundaries: list[Callable[[datetime, datetime], bool]] = []
_migrating = False


# What apps say


def shown(*kinds: type[models.Model], section: str = SITE, new: bool = True) -> None:
    """Say that readers see these facts: whatever writes to their tables ends the section's edition.

    ``new=False`` is for what nobody sees until something else refers to it, such as a picture just uploaded.
    """
    for kind in kinds:
        _tables[kind._meta.db_table] = (section, new)


def boundary(passed: Callable[[datetime, datetime], bool]):
    """Register a function that says whether anything began or ended, for readers, after one moment and by another."""
    _boundaries.append(passed)
    return passed


def tables() -> dict[str, str]:
    """The tables that readers see, with their sections."""
    return {table: section for table, (section, _new) in _tables.items()}


# Ending an edition


def end(section: str = SITE) -> None:
    """End the current edition, with the transaction under way, or at once where there is none."""
    Edition.objects.create(section=section)
    if files.is_used():
        transaction.on_commit(follow)


def follow() -> None:
    """Turn to new folders where the numbers in the database aren't those of this machine's.

    The numbers are read while no other process of this machine turns, so that none can turn back.
    """
    if not files.is_used():
        return
    with files.turning() as turn:
        numbers = Edition.objects.numbers()
        site, places = (str(numbers.get(section, "")) for section in (SITE, PLACES))
        ended = [*turn.to(SITE, site), *turn.to(PLACES, f"{site}-{places}")]
    if ended:
        from dscp_cms.page_cache_cdn import purge

        purge(ended)


def end_by_time() -> bool:
    """End the edition if anything that readers see began or ended since it was last raised; say whether.

    By the clock. What was raised after that moment was rendered after it too.
    """
    number = Edition.objects.numbers().get(SITE)
    until = timezone.now()
    after = min(number.raised_at, until) - CLOCKS_APART if number else until
    if number and not any(passed(after, until) for passed in _boundaries):
        return False
    end()
    return True


@boundary
def a_day_began(after: datetime, until: datetime) -> bool:
    """Whether it is another day: most of what readers see by date begins or ends with one."""
    return timezone.localtime(after).date() != timezone.localtime(until).date()


def began(queryset: models.QuerySet, after: datetime, until: datetime, *fields: str) -> bool:
    """Whether any of the fields, which are moments, lies between the two in any row."""
    within = models.Q()
    for field in fields:
        within |= models.Q(**{f"{field}__gt": after, f"{field}__lte": until})
    return queryset.filter(within).exists()


# What is watched


def watch() -> None:
    """Begin to watch what is written, in every process of the site; called once when it has loaded."""
    from django.db.backends.signals import connection_created

    autodiscover_modules("shown")
    connection_created.connect(_watch_connection, dispatch_uid="editions")
    models.signals.post_save.connect(_page_saved, dispatch_uid="editions")
    models.signals.post_delete.connect(_page_deleted, dispatch_uid="editions")
    models.signals.pre_migrate.connect(_before_migrating, dispatch_uid="editions")
    models.signals.post_migrate.connect(_after_migrating, dispatch_uid="editions")


def _watch_connection(connection, **kwargs):
    if connection.alias == DEFAULT_DB_ALIAS and _notice not in connection.execute_wrappers:
        connection.execute_wrappers.append(_notice)


def _notice(execute, sql, params, many, context):
    """Let a statement pass, and see whether it wrote what readers see, be it by ``save``, ``update`` or SQL."""
    result = execute(sql, params, many, context)
    if not _migrating and isinstance(sql, str) and (match := WRITES.match(sql)):
        section, new = _tables.get(match[2], (None, True))
        if section and (new or match[1] != "INSERT"):
            end(section)
    return result


def _page_saved(sender, instance, update_fields=None, raw=False, **kwargs):
    """A page that readers see, or saw until now, was saved; drafts that are worked on change nothing."""
    if _migrating or not isinstance(instance, Page) or not (instance.live or instance.first_published_at):
        return
    if update_fields is None or not set(update_fields) <= OF_DRAFTS:
        end()


def _page_deleted(sender, instance, **kwargs):
    if not _migrating and isinstance(instance, Page) and sender is not Page:
        end()


def _before_migrating(**kwargs):
    """Migrations write before the table of editions is there; whatever they did, a new edition follows."""
    global _migrating
    _migrating = True


def _after_migrating(**kwargs):
    global _migrating
    if _migrating:  # told once for each app, when all is migrated
        _migrating = Edition._meta.db_table not in connection.introspection.table_names()
        if not _migrating:
            end()
