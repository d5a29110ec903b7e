"""Measures each page type: queries, bytes over the wire, processor time, against a bare answer of the same stack."""

import gzip
import re
import statistics
import time
from dataclasses import dataclass

from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page, get_page_models

from dscp_cms.pages import BasePage

BARE = "/robots.txt"  # passes every middleware and touches no page
LIMIT_QUERIES = 15
LIMITS_CPU = {"homepage": 20, "newsitempage": 12, "coursepage": 12, "prioritypage": 12}  # ms, database included
LIMIT_FIRST_VISIT = 40_000  # bytes of the front page with style and script, without pictures


@dataclass(frozen=True)
class Figure:
    """What one page costs."""

    name: str
    url: str
    queries: int
    raw: int  # bytes of HTML
    sent: int  # bytes of HTML as gzip
    milliseconds: float  # processor time, median of the warm requests
    ratio: float  # of the bare answer's, taken in turn with it


def measure(rounds: int = 20) -> list[Figure]:
    """Return a figure for one live page of every type, slowest last; ``rounds`` warm requests each."""
    client = Client(SERVER_NAME=settings.ALLOWED_HOSTS[0], HTTP_ACCEPT_ENCODING="gzip")
    figures = [_figure(client, name, url, rounds) for name, url in _pages()]
    return sorted(figures, key=lambda figure: figure.milliseconds)


def _pages() -> list[tuple[str, str]]:
    found = []
    for model in get_page_models():
        if issubclass(model, BasePage):
            page = model.objects.readable().order_by("pk").last()
            if isinstance(page, Page) and page.url:
                found.append((model._meta.model_name, page.get_url_parts()[2]))
    return [*found, ("search", "/search/?q=safeguarding"), ("404", "/no-such-page/")]


def _figure(client: Client, name: str, url: str, rounds: int) -> Figure:
    for _ in range(3):
        client.get(url)
        client.get(BARE)
    own, bare = [], []
    for _ in range(rounds):
        bare.append(_processor_time(client, BARE))
        own.append(_processor_time(client, url))
    with CaptureQueriesContext(connection) as queries:
        sent = client.get(url).content
    raw = gzip.decompress(sent) if sent[:2] == b"\x1f\x8b" else sent
    median = statistics.median(own)
    return Figure(name, url, len(queries), len(raw), len(sent), median, median / statistics.median(bare))


def _processor_time(client: Client, url: str) -> float:
    before = time.process_time()
    client.get(url)
    return (time.process_time() - before) * 1000


def first_visit() -> int:
    """Bytes that a first visit to the front page moves, pictures left out: HTML, style and script, compressed."""
    html = Client(SERVER_NAME=settings.ALLOWED_HOSTS[0]).get("/").content
    total = len(gzip.compress(html))
    for address in set(re.findall(rb'(?:href|src)="/static/((?:css|js)/[\w.-]+)"', html)):
        name = re.sub(r"\.[0-9a-f]{12}\.", ".", address.decode())
        path = finders.find(name)
        if path:
            with open(path, "rb") as file:
                total += len(gzip.compress(file.read()))
    return total
