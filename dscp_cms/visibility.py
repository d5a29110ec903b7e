"""Who may read what: one place that pages, files, pictures and lists ask.

Restrictions are Wagtail's own, on a page (and all below it) or on a collection of files:

- *any logged-in users*: staff, and partners of every agency;
- *specific groups*: staff, and members of these groups; each agency with partners has a group of its own;
- *shared password*: staff, and whoever typed it in this browser session.

Staff are those who may sign in to the admin, with the second step that they need (``dscp_cms.staff``). An account
that is neither staff nor a current partner's reads what everybody reads. Nothing here looks at the session or the
account unless a restriction stands in the way, so that public pages cost a reader no query and no cookie.
"""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from wagtail.models import CollectionViewRestriction, Page, PageViewRestriction, ReferenceIndex
from wagtail.models.view_restrictions import BaseViewRestriction

from dscp_cms.models import PartnerProfile
from dscp_cms.staff import acts_as_staff
from dscp_cms.tree import not_below, unrestricted

MOST_NAMED = 10  # restrictions that a query names one by one


@dataclass(frozen=True)
class Reader:
    """Somebody who wants to read: what opens a restriction to them."""

    staff: bool = False
    partner: bool = False
    groups: frozenset[int] = frozenset()
    page_passwords: frozenset[int] = frozenset()
    file_passwords: frozenset[int] = frozenset()

    @classmethod
    def of(cls, request) -> "Reader":
        """The reader behind a request, looked up once. Reads the session only where there is one."""
        known = getattr(request, "_reader", None)
        if known is not None and known[0] == getattr(request, "user", None):
            return known[1]
        reader = cls.named(getattr(request, "user", None), getattr(request, "session", None))
        request._reader = (getattr(request, "user", None), reader)
        return reader

    @classmethod
    def named(cls, user, session=None) -> "Reader":
        """What this account may read, with the passwords given in this session."""
        passed = {
            "page_passwords": _passed(session, PageViewRestriction),
            "file_passwords": _passed(session, CollectionViewRestriction),
        }
        if user is None or not user.is_authenticated or not user.is_active:
            return cls(**passed)
        if acts_as_staff(user):
            return cls(staff=True, **passed)
        if PartnerProfile.objects.current().filter(user_id=user.pk).exists():
            groups = frozenset(user.groups.values_list("pk", flat=True))
            return cls(partner=True, groups=groups, **passed)
        return cls(**passed)

    def passes(self, restriction: BaseViewRestriction) -> bool:
        """Whether one restriction lets this reader through."""
        if self.staff:
            return True
        if restriction.restriction_type == BaseViewRestriction.PASSWORD:
            of_files = isinstance(restriction, CollectionViewRestriction)
            return restriction.pk in (self.file_passwords if of_files else self.page_passwords)
        if restriction.restriction_type == BaseViewRestriction.LOGIN:
            return self.partner
        if restriction.restriction_type == BaseViewRestriction.GROUPS:
            return self.partner and any(group.pk in self.groups for group in restriction.groups.all())
        return restriction.restriction_type == BaseViewRestriction.NONE

    @property
    def page_restrictions_passed(self) -> models.Q | None:
        """Which restrictions of pages let this reader through; None for all."""
        if self.staff:
            return None
        passed = models.Q(pk__in=self.page_passwords, restriction_type=BaseViewRestriction.PASSWORD)
        if self.partner:
            passed |= models.Q(restriction_type=BaseViewRestriction.LOGIN)
            of_groups = PageViewRestriction.groups.through.objects.filter(group_id__in=self.groups)
            passed |= models.Q(
                restriction_type=BaseViewRestriction.GROUPS, pk__in=of_groups.values("pageviewrestriction_id")
            )
        return passed


def _passed(session, model: type[BaseViewRestriction]) -> frozenset[int]:
    keys = session.get(model.passed_view_restrictions_session_key, []) if session is not None else []
    return frozenset(key for key in keys if isinstance(key, int))


def may_read_page(user, page: Page, session=None) -> bool:
    """Whether somebody may read a page at its address: it is live, and every restriction above lets them through."""
    if not page.live:
        return False
    restrictions = list(page.get_view_restrictions())
    return not restrictions or _all_pass(Reader.named(user, session), restrictions)


def may_read_document(user, document, session=None) -> bool:
    """Whether somebody may read a document or a picture, as far as its collection says.

    What a file belongs to (a resource that is live, a version that wasn't withdrawn) is for its app to ask.
    """
    restrictions = list(document.collection.get_view_restrictions())
    return not restrictions or _all_pass(Reader.named(user, session), restrictions)


def _all_pass(reader: Reader, restrictions) -> bool:
    return all(reader.passes(restriction) for restriction in restrictions)


def visible(pages, reader: Reader):
    """Live pages that this reader may open, in the same query."""
    pages = pages.live()
    passed = reader.page_restrictions_passed
    return pages if passed is None else not_below(pages, PageViewRestriction.objects.exclude(passed))


def open_pages(pages: list[Page], request=None) -> list[Page]:
    """Of pages that an editor chose to show elsewhere, those that this reader may open; of nobody's, those open to all.

    One query a request, or in ``restrictions_looked_up``, whatever the number of places that ask.
    """
    closed = _closed_paths(request)
    found = []
    for page in pages:
        paths = (page.path, page.alias_of.path) if page.alias_of_id else (page.path,)
        if not any(path.startswith(closed) for path in paths):
            found.append(page)
        elif request is not None and _all_pass(Reader.of(request), page.specific.get_view_restrictions()):
            found.append(page)
    return found


def outside_closed(pages, request):
    """Leave out pages at or below a view restriction: the same as ``unrestricted``, but quicker where few are."""
    closed = _closed_paths(request)
    if len(closed) > MOST_NAMED:
        return unrestricted(pages)
    for path in closed:
        pages = pages.exclude(models.Q(path__startswith=path) | models.Q(alias_of__path__startswith=path))
    return pages


_looked_up: ContextVar[list[tuple[str, ...]] | None] = ContextVar("_looked_up", default=None)


@contextlib.contextmanager
def restrictions_looked_up() -> Iterator[None]:
    """For the time of a block, look only once for what is restricted: where a face is made without a request."""
    token = _looked_up.set(_looked_up.get() or [])
    try:
        yield
    finally:
        _looked_up.reset(token)


def _closed_paths(request) -> tuple[str, ...]:
    kept = _looked_up.get() if request is None else request.__dict__.setdefault("_closed_paths", [])
    if kept:
        return kept[0]
    closed = tuple(PageViewRestriction.objects.values_list("page__path", flat=True))
    if kept is not None:
        kept.append(closed)
    return closed


def closed_pages_with(image):
    """The pages that a picture stands on, when all of them are restricted; None when it may be seen by anybody.

    A picture that nothing uses yet, or that stands elsewhere than on a page, goes by its collection alone.
    """
    if not PageViewRestriction.objects.exists():
        return None
    kind = ContentType.objects.get_for_model(image)
    uses = ReferenceIndex.objects.filter(to_content_type=kind, to_object_id=str(image.pk))
    uses = set(uses.values_list("base_content_type_id", "object_id"))
    page_kind = ContentType.objects.get_for_model(Page).pk
    if not uses or any(base != page_kind for base, _key in uses):
        return None
    pages = Page.objects.filter(pk__in=[int(key) for _base, key in uses])
    return None if unrestricted(pages).exists() else pages


def adopt() -> None:
    """Let Wagtail's two kinds of restriction answer by these rules, wherever Wagtail or a package asks them.

    Stock lets any account through “any logged-in users”, and keeps editors out of what is for a group.
    """

    def accept_request(self, request) -> bool:
        return Reader.of(request).passes(self)

    PageViewRestriction.accept_request = CollectionViewRestriction.accept_request = accept_request


PRIVATE = "private, no-store"


def keep_private(response):
    """Mark an answer that not everybody may read: kept by nobody, not even the reader's own browser."""
    response["Cache-Control"] = PRIVATE
    response.headers.pop("Expires", None)
    return response


def has_session(request) -> bool:
    """Whether the reader brought a session along; asking more would open one."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES


class PrivateAnswersMiddleware:
    """Lets nobody keep a page made for somebody with a session: lists and cards show them more than others.

    Told by the cookie alone, so that it costs no query; whoever has none is answered as ever. Other answers,
    such as files, say for themselves how long they may be kept; where they don't, the same holds.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        kept = response.get("Cache-Control", "")
        is_page = response.get("Content-Type", "").startswith("text/html")
        if has_session(request) and (is_page or not kept) and not ("no-store" in kept and "private" in kept):
            keep_private(response)
        return response
