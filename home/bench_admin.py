"""Measures the screens that the project adds to the admin: queries and processor time of each, on real rows.

The walk over the admin's addresses is also that of the test which opens each of them as every role.
"""

import inspect
import logging
import re
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver, get_resolver, reverse
from wagtail.contrib.settings.models import BaseSiteSetting
from wagtail.models import Site

LIMIT_QUERIES = 25
LIMIT_MILLISECONDS = 150
OURS = frozenset({"dscp_cms", "home", "news", "training", "resources"})
# Screens of Wagtail's for what is ours.
ALSO_OURS = re.compile(r"|snippets/(dscp_cms|news|training|resources)/\w+/(add/|edit/<int:pk>/)?")
SETTINGS = ("dscp_cms.sitesettings", "home.retentionsettings", "training.trainingsettings")

# Which row stands in an address that asks for one; where the address names its model, it need not stand here.
ROWS = {
    "training-booking": "training.booking",
    "training-charge": "training.charge",
    "training-charging-rule": "training.chargerule",
    "training-certificate": "training.certificate",
    "training-day": "training.sessionday",
    "training-session": "training.trainingsession",
    "training-reports": "training.coursepage",
    "newsletter/sendings": "news.campaign",
    "newsletter": "news.newsletterissuepage",
    "file-versions": "resources.fileversion",
    "resources/upload": "resources.resourcelibrarypage",
    "messages": "home.contactmessage",
    "contributions": "home.contribution",
    "partners": "dscp_cms.partnerprofile",
    "approval": "news.newsletterissuepage",
    "pages": "wagtailcore.page",
    "reviews": "wagtailcore.page",
    "imports": "home.importrun",
    "programme/courses/runs": "home.importrun",
    "programme/sessions/runs": "home.importrun",
    "pictures": "dscp_cms.siteimage",
    "images": "dscp_cms.siteimage",
    "documents": "dscp_cms.sitedocument",
    "accounts": "auth.user",
    "users": "auth.user",
    "groups": "auth.group",
    "sites": "wagtailcore.site",
    "collections": "wagtailcore.collection",
    "workflows": "wagtailcore.workflow",
}
ARGUMENT = re.compile(r"<[^>]*>|\(\?P<[^>]*>[^)]*\)")


def addresses() -> dict[str, Callable]:
    """Each address below /admin/, with its arguments as patterns, and what answers it."""
    found: dict[str, Callable] = {}
    for route, callback in _below(get_resolver().url_patterns, ""):
        found.setdefault(route, callback)
    return dict(sorted(found.items()))


def _below(patterns, before: str) -> Iterator[tuple[str, Callable]]:
    for pattern in patterns:
        route = before + str(pattern.pattern).replace("^", "").replace("$", "")
        if isinstance(pattern, URLResolver):
            yield from _below(pattern.url_patterns, route)
        elif route.startswith("admin/"):
            yield route.removeprefix("admin/"), pattern.callback


def opened(route: str) -> list[str]:
    """The addresses of real rows, the first and the last; none where it takes more than one, or there is no row."""
    wanted = ARGUMENT.findall(route)
    if not wanted:
        return [] if "(" in route or "*" in route else [route]
    label = next((label for start, label in ROWS.items() if route.startswith(f"{start}/")), None)
    found = re.match(r"(?:snippets/)?(\w+)/(\w+)/", route)
    models = {f"{m._meta.app_label}.{m._meta.model_name}" for m in apps.get_models()}
    if label is None and found and f"{found[1]}.{found[2]}" in models:
        label = f"{found[1]}.{found[2]}"
    if label is None or len(wanted) > 1:
        return []
    keys = apps.get_model(label).objects.order_by("pk").values_list("pk", flat=True)
    ends = dict.fromkeys([keys.first(), keys.last()])
    return [ARGUMENT.sub(str(key), route) for key in ends if key is not None]


def is_ours(route: str, callback: Callable) -> bool:
    """Whether the project added the screen."""
    view = inspect.unwrap(callback)
    owner = getattr(view, "__self__", None)  # a ModelAdmin, whose own module counts
    module = type(owner).__module__ if owner is not None else getattr(view, "view_class", view).__module__
    return module.split(".")[0] in OURS or ALSO_OURS.fullmatch(route) is not None


def screens() -> Iterator[str]:
    """The project's own screens with something on them, from /admin/ on."""
    for route, callback in addresses().items():
        if is_ours(route, callback):
            yield from (f"/admin/{address}" for address in opened(route))
    for label in SETTINGS:
        model = apps.get_model(label)
        row = Site.objects.get(is_default_site=True) if issubclass(model, BaseSiteSetting) else model.load()
        yield reverse("wagtailsettings:edit", args=[*label.split("."), row.pk])


@dataclass(frozen=True)
class Figure:
    """What one screen costs."""

    url: str
    queries: int
    milliseconds: float  # processor time, median of the warm requests

    @property
    def is_over(self) -> bool:
        """Whether it takes more than it may."""
        return self.queries > LIMIT_QUERIES or self.milliseconds > LIMIT_MILLISECONDS


def measure(rounds: int = 5, user=None, urls: Iterable[str] | None = None) -> list[Figure]:
    """Return a figure for each screen, or each of these, that answers the user with a page, the dearest last.

    The user is by default the first administrator. Without rounds only queries are counted: when it is cold, unless
    that is more than it may take.
    """
    client = Client(SERVER_NAME=settings.ALLOWED_HOSTS[0])
    client.force_login(user or get_user_model().objects.filter(is_superuser=True).order_by("pk").first())
    logging.disable(logging.WARNING)  # some addresses take a POST only, and say so
    try:
        found = [figure for url in (urls or screens()) if (figure := _figure(client, url, rounds))]
    finally:
        logging.disable(logging.NOTSET)
    return sorted(found, key=lambda figure: figure.milliseconds)


def _figure(client: Client, url: str, rounds: int) -> Figure | None:
    with CaptureQueriesContext(connection) as first:
        answer = client.get(url)
    if answer.status_code != 200 or not answer.get("Content-Type", "").startswith("text/html"):
        return None
    if not rounds and len(first) <= LIMIT_QUERIES:
        return Figure(url, len(first), 0)
    spent = []
    for _ in range(rounds):
        before = time.process_time()
        client.get(url)
        spent.append((time.process_time() - before) * 1000)
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    return Figure(url, len(queries), statistics.median(spent or [0]))
