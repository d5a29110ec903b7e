"""“Tell me when this changes”: asking, confirming, telling, stopping.

An address is written to only after its reader confirmed there, at most once a day with everything that
changed, never while it is suppressed for any reason. Ending a wish deletes it.
"""

import logging
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.template.loader import render_to_string
from django.utils import timezone
from wagtail.models import Page

from dscp_cms import limits, mail, suppression
from dscp_cms.models import SiteSettings, Suppression
from resources.models import Change, FileVersion, ResourcePage, Watch
from resources.watch_links import url

logger = logging.getLogger(__name__)

CONFIRMATION, NOTICE = "change notice confirmation", "change notice"
MAILS_A_DAY = 3  # that ask an address to confirm, whoever types it
SETTLE = timedelta(minutes=30)  # so that what an editor does in one go is told in one message
PAUSE = timedelta(hours=24)  # between two messages to an address
UNCONFIRMED_FOR = timedelta(days=7)


def may_be_watched(page: Page) -> bool:
    """Whether wishes about a page make sense: everybody may read it, so that a message gives nothing away."""
    return page.live and not page.get_view_restrictions()


@transaction.atomic
def ask(email: str, page: Page) -> Watch:
    """Note that somebody wants to be told about a page, and write to the address to have it confirmed.

    Does the same for every address. One that gets notices of the page already is sent the link to its own
    list. At most MAILS_A_DAY messages a day go to an address.
    """
    email = email.strip()
    digest = suppression.digest(email)
    known = Watch.objects.filter(digest=digest).values_list("key", flat=True).first()
    watch, _made = Watch.objects.get_or_create(
        digest=digest,
        page_id=page.pk,
        defaults={"email": email, "key": known or uuid.uuid4(), "asked_at": timezone.now()},
    )
    most = 1 if suppression.stops_all_mail(email) else MAILS_A_DAY
    if limits.within(CONFIRMATION, digest, most=most, seconds=limits.DAY):
        wishes = list(Watch.objects.filter(digest=digest).select_related("page").order_by("page__title"))
        context = {
            "waiting": [wish for wish in wishes if not wish.confirmed_at],
            "confirm_url": url("confirm", watch.key),
            "mine_url": url("mine", watch.key),
        }
        _send(CONFIRMATION, watch.email, "Tell me when this changes: please confirm", "confirm", context)
    return watch


@transaction.atomic
def confirm(key: uuid.UUID, *, complaint_too: bool = False) -> bool:
    """Take up every wish of an address that waits, now that its reader confirmed; doing it twice changes nothing.

    Lifts a suppression; one by complaint only with ``complaint_too``. Return False if that stands in the way.
    """
    waiting = list(Watch.objects.select_for_update().filter(key=key, confirmed_at=None))
    if waiting and not suppression.lift(waiting[0].email, complaint_too=complaint_too):
        return False
    latest = Change.objects.aggregate(latest=Max("pk"))["latest"] or 0
    Watch.objects.filter(pk__in=[watch.pk for watch in waiting]).update(confirmed_at=timezone.now(), told_up_to=latest)
    return True


def stop(key: uuid.UUID, pk: int | None = None) -> int:
    """End one wish of an address, or all; return how many. Nothing is kept of them."""
    wishes = Watch.objects.filter(key=key)
    return (wishes if pk is None else wishes.filter(pk=pk)).delete()[0]


def stop_all(email: str) -> int:
    """End every wish of an address, whoever asks; return how many."""
    return Watch.objects.filter(digest=suppression.digest(email)).delete()[0]


def forget(now: datetime | None = None) -> int:
    """Delete wishes that nobody confirmed in a week, and those of addresses suppressed since; return how many."""
    now = now or timezone.now()
    old = Watch.objects.filter(confirmed_at=None, asked_at__lt=now - UNCONFIRMED_FOR).delete()[0]
    since = Suppression.objects.filter(digest=OuterRef("digest"), created_at__gte=OuterRef("asked_at"))
    return old + Watch.objects.filter(Exists(since)).delete()[0]


def tell_due(now: datetime | None = None) -> int:
    """Write one message to each address that something changed for; return how many were written.

    A change is told half an hour after it was noticed, or a day after the last message to that address,
    whichever is later, with everything that changed by then. What is found due too late is held like all mail.
    """
    now = now or timezone.now()
    latest = Change.objects.aggregate(latest=Max("pk"))["latest"] or 0
    suppressed = Suppression.objects.filter(digest=OuterRef("digest"))
    behind = Watch.objects.confirmed().filter(~Exists(suppressed), told_up_to__lt=latest)
    news = _News(behind)
    told = 0
    for digest in list(behind.order_by().values_list("digest", flat=True).distinct()):
        try:
            told += _tell(digest, news, latest, now)
        except Exception:
            logger.exception("an address wasn't told of changes and is tried again")
    return told


class _News:
    """The changes since the first that anybody hasn't heard of; only of current versions on pages for everybody."""

    def __init__(self, behind):
        first = behind.order_by("told_up_to").values_list("told_up_to", flat=True).first()
        self.changes = []
        if first is None:
            return
        found = Change.objects.filter(pk__gt=first).select_related("version").order_by("pk")
        changes = list(found)
        keys = {change.version.resource_id for change in changes}
        pages = ResourcePage.objects.filter(pk__in=keys).readable().with_files()
        self.pages = {page.pk: page for page in pages}
        for change in changes:
            page = self.pages.get(change.version.resource_id)
            if page and page.current_version and page.current_version.pk == change.version_id:
                self.changes.append(change)

    def for_wish(self, watch: Watch) -> list[Change]:
        """What changed on the watched page, or below it."""
        return [
            change
            for change in self.changes
            if change.pk > watch.told_up_to and self._page(change).path.startswith(watch.page.path)
        ]

    def _page(self, change: Change) -> ResourcePage:
        return self.pages[change.version.resource_id]

    def lines(self, changes: list[Change]) -> list[tuple[ResourcePage, FileVersion]]:
        """The pages and their versions, by title."""
        pages = sorted((self._page(change) for change in changes), key=lambda page: page.title.lower())
        return [(page, page.current_version) for page in pages]


@transaction.atomic
def _tell(digest: str, news: _News, latest: int, now: datetime) -> bool:
    wishes = list(
        Watch.objects.confirmed().select_for_update(of=("self",)).filter(digest=digest).select_related("page")
    )
    changes = {change.pk: change for watch in wishes for change in news.for_wish(watch)}
    rows = Watch.objects.filter(pk__in=[watch.pk for watch in wishes])
    if not changes:
        rows.update(told_up_to=latest)
        return False
    due = min(change.noticed_at for change in changes.values()) + SETTLE
    heard = [watch.told_at for watch in wishes if watch.told_at]
    due = max([due, *(moment + PAUSE for moment in heard)])
    if due > now:
        return False
    lines = news.lines(list(changes.values()))
    key = wishes[0].key
    context = {"lines": lines, "mine_url": url("mine", key), "stop_url": url("stop", key)}
    subject = f"Changed: {lines[0][0].title}" if len(lines) == 1 else f"{len(lines)} resources have changed"
    _send(NOTICE, wishes[0].email, subject, "changed", context, due=due, unsubscribe_url=url("stop", key))
    rows.update(told_up_to=latest, told_at=now)
    return True


def _send(kind: str, to: str, subject: str, template: str, context: dict, **options) -> None:
    conf = SiteSettings.objects.filter(site__is_default_site=True).first() or SiteSettings()
    text = render_to_string(f"resources/watching/{template}.txt", {**context, "conf": conf})
    mail.send(kind=kind, to=to, subject=subject, text=text, **options)
