"""Looking at addresses on other sites, with real servers on this machine."""

import socket
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone

from dscp_cms import links, tasks
from dscp_cms.models import LinkCheck
from dscp_cms.testing.postgres import free_port

Outcome = LinkCheck.Outcome


def anywhere(address: str) -> bool:
    """The tests' own servers stand in our own network."""
    return True


class Handler(BaseHTTPRequestHandler):
    """A site whose paths say how it answers."""

    def do_GET(self):
        self.server.asked.append((time.monotonic(), self.path, self.headers["Host"]))
        kind, _, rest = self.path.strip("/").partition("/")
        if kind == "to":
            self.send_response(302)
            self.send_header("Location", "/" + rest if not rest.startswith("http") else rest.replace(":!", "://"))
            self.end_headers()
        elif kind == "endless":
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(100_000):
                    self.wfile.write(b"x" * 65_536)
                    self.server.sent += 65_536
            except OSError:
                pass
        elif kind == "drip":
            try:
                for letter in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1000:
                    self.wfile.write(bytes([letter]))
                    time.sleep(0.05)
            except OSError:
                pass
        else:
            self.send_response(int(kind) if kind.isdigit() else 200)
            self.end_headers()

    def log_message(self, *args):
        pass


@contextmanager
def site(host: str = "127.0.0.1"):
    server = ThreadingHTTPServer((host, 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    server.asked, server.sent = [], 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        server.url = f"http://{host}:{server.server_port}"
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("path", "outcome", "status"),
    [
        ("/200", Outcome.OK, 200),
        ("/404", Outcome.DEAD, 404),
        ("/410", Outcome.DEAD, 410),
        ("/403", Outcome.UNSURE, 403),
        ("/500", Outcome.UNSURE, 500),
        ("/to/200", Outcome.OK, 200),
        ("/to/404", Outcome.DEAD, 404),
        ("/page with spaces/café?q=a b", Outcome.OK, 200),
    ],
)
def test_what_an_answer_means(path, outcome, status):
    with site() as server:
        answer = links.look(server.url + path, anywhere)
    assert (answer.outcome, answer.status_code) == (outcome, status)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
        ),
        *("255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1"),
    ],
)
def test_our_own_network_is_never_visited(address):
    assert not links.is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"])
def test_the_public_internet_is(address):
    assert links.is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "127.1", "0x7f.1"])
def test_no_spelling_of_this_machine_is_asked(host):
    with site() as server:
        answer = links.look(f"http://{host}:{server.server_port}/200")
        assert answer.outcome == Outcome.UNSURE
        assert server.asked == []


def test_a_redirect_into_our_network_is_not_followed():
    with site() as outside, site("127.0.0.2") as inside:
        answer = links.look(
            f"{outside.url}/to/{inside.url}/200".replace("to/http://", "to/http:!"), lambda ip: ip == "127.0.0.1"
        )
        assert answer.outcome == Outcome.UNSURE and "private network" in answer.detail
        assert len(outside.asked) == 1 and inside.asked == []


def test_a_name_is_looked_up_once_and_its_address_is_the_one_asked(monkeypatch):
    """A name server that answers otherwise the second time gains nothing."""
    with site() as server:
        real, asked = socket.getaddrinfo, []

        def changing(host, port, *args, **kwargs):
            asked.append(host)
            return real("127.0.0.1" if len(asked) == 1 else "127.0.0.9", port, *args, **kwargs)

        monkeypatch.setattr(socket, "getaddrinfo", changing)
        answer = links.look(f"http://site.example:{server.server_port}/200", lambda ip: ip == "127.0.0.1")
    assert answer.outcome == Outcome.OK
    assert asked == ["site.example"]
    assert server.asked[0][2] == f"site.example:{server.server_port}"


def test_redirects_come_to_an_end():
    with site() as server:
        assert links.look(f"{server.url}{'/to' * links.REDIRECTS}/200", anywhere).outcome == Outcome.OK
        answer = links.look(f"{server.url}{'/to' * 50}/200", anywhere)
    assert answer.outcome == Outcome.UNSURE and "again and again" in answer.detail
    assert len(server.asked) == (links.REDIRECTS + 1) * 2


def test_a_body_is_not_read():
    with site() as server:
        assert links.look(f"{server.url}/endless", anywhere).outcome == Outcome.OK
        time.sleep(0.2)
        assert server.sent < 20 * 1024 * 1024  # what the system's buffers took


def test_a_site_that_drips_is_left(monkeypatch):
    monkeypatch.setattr(links, "DEADLINE", 0.5)
    with site() as server:
        began = time.monotonic()
        assert links.look(f"{server.url}/drip", anywhere).outcome == Outcome.UNSURE
    assert time.monotonic() - began < 20  # the whole of it takes fifty


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "http://",
        "http://user:secret@127.0.0.1/",
        "http://[::1",
        "http://a..b/",
        "http://x:99999/",
    ],
)
def test_what_is_no_web_address_is_not_visited(url):
    assert links.look(url, anywhere).outcome in {Outcome.UNSURE, Outcome.DEAD}


def test_nobody_listens():
    answer = links.look(f"http://127.0.0.1:{free_port()}/", anywhere)
    assert answer.outcome == Outcome.UNSURE and "ConnectionRefusedError" in answer.detail


@pytest.mark.django_db
def test_answers_are_written_down_and_a_site_is_asked_politely(monkeypatch):
    monkeypatch.setattr(links, "PAUSE", 0.2)
    with site() as one, site() as other:
        urls = [f"{one.url}/200", f"{one.url}/404", f"{one.url}/500", f"{other.url}/410"]
        links.check_links(urls, anywhere)
        moments = [moment for moment, *_ in one.asked]
    assert dict(LinkCheck.objects.values_list("url", "outcome")) == dict(
        zip(urls, [Outcome.OK, Outcome.DEAD, Outcome.UNSURE, Outcome.DEAD], strict=True)
    )
    assert all(later - before >= 0.2 for before, later in zip(moments, moments[1:], strict=False))
    assert not links.due().exists()


@pytest.mark.django_db
def test_a_fresh_answer_is_believed_and_an_old_one_asked_for_again():
    url = "http://127.0.0.1:1/"
    links.ask([url, "mailto:a@example.org", "http://x/" + "y" * 3000])
    assert [check.url for check in links.due()] == [url]
    LinkCheck.objects.update(outcome=Outcome.OK, checked_at=timezone.now())
    links.ask([url])
    assert not links.due().exists()
    LinkCheck.objects.update(checked_at=timezone.now() - timedelta(days=8))
    links.ask([url])
    assert links.due().exists()


@pytest.mark.django_db
def test_the_task_looks_at_what_is_due_until_nothing_is_left(monkeypatch):
    """These lead to this machine, so that none is visited and each is written down at once."""
    monkeypatch.setattr(links, "BATCH", 2)
    links.ask([f"http://127.0.0.{number}/" for number in range(1, 6)])
    tasks.check_due_links.enqueue()
    assert not links.due().exists()
    assert set(LinkCheck.objects.values_list("outcome", "detail")) == {("unsure", "It leads into a private network.")}
