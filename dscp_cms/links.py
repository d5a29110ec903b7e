"""Looks whether addresses on other sites still lead somewhere, without becoming a way into our own network.

A name is resolved first, and the connection goes to the resolved address, so that no second answer of a
name server can lead it elsewhere; the same at each redirect. Nothing but an answer's head is read.
"""

import http.client
import ipaddress
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from django.conf import settings
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Least
from django.utils import timezone

from dscp_cms.models import LinkCheck

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT = 5.0  # seconds, for each wait on the network
DEADLINE = 12.0  # seconds, for one address on one site, however slowly it drips
PAUSE = 1.0  # seconds between two questions to the same site
REDIRECTS = 5
HOSTS_AT_ONCE = 6
BATCH, BUDGET = 24, 10.0  # addresses and seconds a task, so that the worker is soon free for other work
LONGEST = 2000
SAFE = "/%:@!$&'()*+,;=~-._?[]"  # stand in an address as they are
# How long an answer is believed.
FRESH = {
    LinkCheck.Outcome.OK: timedelta(days=7),
    LinkCheck.Outcome.DEAD: timedelta(hours=6),
    LinkCheck.Outcome.UNSURE: timedelta(hours=6),
}
DEAD_STATUSES = {404, 410}
# Prefixes through which IPv6 reaches IPv4 addresses, private ones too.
TRANSLATED = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2002::/16"))


@dataclass(frozen=True)
class Answer:
    """What came of a look at an address."""

    outcome: LinkCheck.Outcome
    status_code: int | None = None
    detail: str = ""


class RefusedError(Exception):
    """An address that we don't visit."""


def ask(urls: Iterable[str]) -> QuerySet[LinkCheck]:
    """Note the addresses for the next check, unless a fresh answer is known; return what is known of all."""
    wanted = {url for url in urls if len(url) <= LONGEST and urlsplit(url).scheme in {"http", "https"}}
    LinkCheck.objects.bulk_create([LinkCheck(url=url) for url in wanted], ignore_conflicts=True)
    known = LinkCheck.objects.filter(url__in=wanted)
    now = timezone.now()
    stale = Q(pk__in=[])
    for outcome, age in FRESH.items():
        stale |= Q(outcome=outcome, checked_at__lt=now - age)
    # Later than checked_at: somebody wants to know anew.
    known.filter(stale).update(asked_at=now)
    return known


def due() -> QuerySet[LinkCheck]:
    """Addresses that somebody asked about after the last look."""
    return LinkCheck.objects.filter(Q(checked_at=None) | Q(asked_at__gt=F("checked_at"))).order_by("asked_at", "pk")


def check_due() -> int:
    """Look at some of the addresses that are due, for about BUDGET seconds; return how many wait still."""
    check_links(list(due().values_list("url", flat=True)[:BATCH]), budget=BUDGET)
    return due().count()


def check_links(
    urls: list[str], may_visit: Callable[[str], bool] | None = None, budget: float | None = None
) -> dict[str, Answer]:
    """Look at the addresses and write down what came of it; return the answers by address.

    Several sites at a time, each of them asked one question after the other with a pause between.
    ``may_visit`` says of an IP address whether we connect to it; by default only to public ones.
    After ``budget`` seconds no further question is asked, and what is left has no answer.
    """
    give_up = time.monotonic() + budget if budget else None
    by_host = sorted(set(urls), key=_host)
    groups = [list(group) for _host_name, group in groupby(by_host, key=_host)]
    answers: dict[str, Answer] = {}
    with ThreadPoolExecutor(HOSTS_AT_ONCE) as pool:
        for found in pool.map(lambda group: _check_host(group, may_visit or is_public, give_up), groups):
            answers |= found
    LinkCheck.objects.bulk_create([LinkCheck(url=url) for url in answers], ignore_conflicts=True)
    now = timezone.now()
    for url, answer in answers.items():
        _write_down(url, answer, now)
    return answers


def _write_down(url: str, answer: Answer, now: datetime) -> None:
    """Keep an answer, and since when there was none that worked."""
    found = {
        "outcome": answer.outcome,
        "status_code": answer.status_code,
        "detail": answer.detail[:300],
        "checked_at": now,
    }
    if answer.outcome == LinkCheck.Outcome.OK:
        found |= {"failures": 0, "failing_since": None, "ignored_at": None}
    else:
        found |= {"failures": Least(F("failures") + 1, 1000), "failing_since": Coalesce("failing_since", Value(now))}
    LinkCheck.objects.filter(url=url).update(**found)


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _check_host(urls: list[str], may_visit: Callable[[str], bool], give_up: float | None) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    for url in urls:
        if answers:
            if give_up and time.monotonic() > give_up:
                break
            time.sleep(PAUSE)
        answers[url] = look(url, may_visit)
    return answers


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also behind IPv6's ways to write IPv4."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if ip.version == 6:
        if ip.ipv4_mapped:
            return is_public(str(ip.ipv4_mapped))
        if any(ip in network for network in TRANSLATED):
            return False
    return ip.is_global and not ip.is_multicast


def look(url: str, may_visit: Callable[[str], bool] = is_public) -> Answer:
    """Ask an address for its page and follow its redirects; never raises for what the other side does."""
    outcome = LinkCheck.Outcome
    try:
        for _hop in range(REDIRECTS + 1):
            status, location = _ask(url, may_visit)
            if status in {301, 302, 303, 307, 308} and location:
                url = urljoin(url, location)
                continue
            if 200 <= status < 300:
                return Answer(outcome.OK, status)
            if status in DEAD_STATUSES:
                return Answer(outcome.DEAD, status, "The page isn't there any more.")
            return Answer(outcome.UNSURE, status, f"The site answered {status}.")
        return Answer(outcome.UNSURE, detail="It redirects again and again.")
    except RefusedError as refused:
        return Answer(outcome.UNSURE, detail=str(refused))
    except socket.gaierror as error:
        if error.errno in {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None)}:
            return Answer(outcome.DEAD, detail="There is no site of that name.")
        return Answer(outcome.UNSURE, detail="The site's name couldn't be looked up.")
    except ssl.SSLError:
        return Answer(outcome.UNSURE, detail="The site's certificate isn't right, or it speaks no TLS.")
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(outcome.UNSURE, detail=f"The site didn't answer ({type(error).__name__}).")


def _ask(url: str, may_visit: Callable[[str], bool]) -> tuple[int, str]:
    """Ask one address; return the status and where it redirects to. The body is never read.

    A HEAD costs the other site least; where it isn't answered well a GET follows, since many sites know
    no HEAD. The name is looked up once for both.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
        raise RefusedError("It leads to an address that we don't visit.")
    host = parts.hostname.encode("idna").decode() if not parts.hostname.isascii() else parts.hostname
    port = parts.port or (443 if parts.scheme == "https" else 80)
    where = resolve(host, port, may_visit)
    try:
        status, location = _ask_once(parts, host, port, where, "HEAD")
        if 200 <= status < 400:
            return status, location
    except ssl.SSLError:
        raise
    except (OSError, http.client.HTTPException):
        pass  # a GET may fare better
    return _ask_once(parts, host, port, where, "GET")


def _ask_once(parts: SplitResult, host: str, port: int, where: tuple[int, tuple], method: str) -> tuple[int, str]:
    family, address = where
    with socket.socket(family, socket.SOCK_STREAM) as raw:
        stop = threading.Timer(DEADLINE, shut, [raw])
        stop.daemon = True
        stop.start()
        try:
            raw.settimeout(CONNECT_TIMEOUT)
            raw.connect(address)
            channel = (
                ssl.create_default_context().wrap_socket(raw, server_hostname=host) if parts.scheme == "https" else raw
            )
            with channel:
                return _head(channel, parts, host, port, method)
        finally:
            stop.cancel()


def _head(channel: socket.socket, parts: SplitResult, host: str, port: int, method: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(host, port)
    connection.sock = channel
    path = quote(parts.path or "/", safe=SAFE)
    if parts.query:
        path += f"?{quote(parts.query, safe=SAFE)}"
    headers = {"User-Agent": f"Mozilla/5.0 (compatible; link check; +{settings.PUBLIC_URL})", "Accept": "*/*"}
    connection.request(method, path, headers={**headers, "Connection": "close"})
    answer = connection.getresponse()
    return answer.status, answer.headers.get("Location", "")


def resolve(host: str, port: int, may_visit: Callable[[str], bool]) -> tuple[int, tuple]:
    """The first address of the name that may be visited; raise RefusedError where there is none."""
    for family, _kind, _protocol, _name, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if may_visit(address[0]):
            return family, address
    raise RefusedError("It leads into a private network.")


def shut(channel: socket.socket) -> None:
    """End a connection that has taken too long; whoever reads from it gets an error."""
    try:
        channel.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it has ended by itself
