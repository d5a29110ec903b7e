"""Pages that somebody should check: who is asked, when, and that it was done."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from wagtail.log_actions import log
from wagtail.models import Page, get_page_models

from dscp_cms import mail
from dscp_cms.pages import BasePage
from home.models import ReviewDigest

AHEAD = timedelta(days=14)  # an owner is told this long before a page's day
MONTHS_BETWEEN = 12  # until the next review, unless an editor sets another day
HOUR = time(8)  # of Monday, when the mail goes out


@dataclass(frozen=True)
class Due:
    """A page that is due for review, or soon will be, and whose matter it is."""

    page: Page
    owner: AbstractBaseUser | None
    day: date
    overdue: bool

    @property
    def kind(self) -> str:
        """What kind of page it is."""
        return getattr(self.page.specific_class, "kind_label", "")


def due(by: date | None = None, owner=None, today: date | None = None) -> list[Due]:
    """Live pages whose review date has come, or comes by that day; the longest due first. Three queries."""
    today = today or timezone.localdate()
    first, *others = (
        (pages.filter(review_owner=owner) if owner else pages)
        .order_by()
        .values_list("pk", "review_date", "review_owner")
        for pages in querysets(by or today + AHEAD)
    )
    rows = sorted(first.union(*others, all=True), key=lambda row: (row[1], row[0]))
    pages = Page.objects.in_bulk([key for key, _day, _owner in rows])
    owners = get_user_model().objects.in_bulk({owner for _key, _day, owner in rows if owner})
    return [Due(pages[key], owners.get(owner), day, day < today) for key, day, owner in rows]


def querysets(by: date) -> list:
    """The live pages whose review date comes by that day, a queryset for each type of page."""
    models = [model for model in get_page_models() if issubclass(model, BasePage) and not model._meta.abstract]
    return [model.objects.live().filter(review_date__lte=by) for model in models]


def may_mark(user, page: Page, owner: AbstractBaseUser | None) -> bool:
    """Whether somebody may say that a page was reviewed: its owner in the admin, and whoever may edit it."""
    if not user.has_perm("wagtailadmin.access_admin"):
        return False
    return owner == user or page.permissions_for_user(user).can_edit()


def mark_reviewed(page: BasePage, by, today: date | None = None) -> date:
    """Note that a page was found right, and return the day of its next review, MONTHS_BETWEEN from today.

    The words of the page stay as they are, published and drafted alike; only the date moves in both, so that
    a draft which is published later doesn't bring the old one back.
    """
    today = today or timezone.localdate()
    year, month = divmod(today.month - 1 + MONTHS_BETWEEN, 12)
    following = date(today.year + year, month + 1, min(today.day, 28))
    with transaction.atomic():
        type(page).objects.filter(pk=page.pk).update(review_date=following)
        for revision in page.revisions.filter(pk__in=[page.latest_revision_id, page.live_revision_id]):
            revision.content["review_date"] = following.isoformat()
            revision.save(update_fields=["content"])
        for revision in page.revisions.filter(approved_go_live_at__isnull=False).exclude(pk=page.latest_revision_id):
            revision.content["review_date"] = following.isoformat()
            revision.save(update_fields=["content"])
        log(page, "home.reviewed", user=by, data={"next": f"{following:%d/%m/%Y}"})
    return following


def write_to_owners(now: datetime | None = None) -> int:
    """Write to each owner of pages that are due or soon will be, once a week from Monday morning; return how many.

    Level-triggered: whoever wasn't written to this week is, whenever this runs. Of two runs at once, one writes.
    """
    now = timezone.localtime(now)
    monday = now.date() - timedelta(days=now.weekday())
    begins = timezone.make_aware(datetime.combine(monday, HOUR))
    if now < begins:
        return 0
    by_owner = defaultdict(list)
    for one in due(today=now.date()):
        if one.owner:
            by_owner[one.owner.pk].append(one)
    done = set(ReviewDigest.objects.filter(week__gte=monday).values_list("user_id", flat=True))
    users = get_user_model().objects.filter(pk__in=by_owner.keys() - done, is_active=True).exclude(email="")
    return sum(_write(user, by_owner[user.pk], monday, begins) for user in users)


def _write(user, pages: list[Due], monday: date, begins: datetime) -> bool:
    if not user.has_perm("wagtailadmin.access_admin"):
        return False
    address = f"{settings.WAGTAILADMIN_BASE_URL}{reverse('reviews')}?mine=1"
    text = render_to_string("home/email/review_digest.txt", {"pages": pages, "address": address, "user": user})
    overdue = sum(one.overdue for one in pages)
    subject = f"{len(pages)} page{'s' if len(pages) > 1 else ''} to review" + (
        f", {overdue} overdue" if overdue else ""
    )
    try:
        with transaction.atomic():
            if not ReviewDigest.objects.filter(user=user, week__lt=monday).update(week=monday):
                ReviewDigest.objects.create(user=user, week=monday)  # the key refuses a second one
            mail.send(kind="review digest", to=user.email, subject=subject, text=text, due=begins)
    except IntegrityError:
        return False
    return True
