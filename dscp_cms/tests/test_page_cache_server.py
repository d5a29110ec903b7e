"""Kept pages with real servers: gunicorn's processes, nginx with the shipped configuration, publishing meanwhile."""

import gzip
import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time

import brotli
import pytest

from dscp_cms.testing import scale
from dscp_cms.testing.nginx import HTTPS, brotli_module, nginx_before
from dscp_cms.testing.programs import need
from dscp_cms.testing.server import ROOT, running_server

pytestmark = pytest.mark.once
ADDRESS = "/about/"
PUBLISH = """
import sys
from home.models import StandardPage
page = StandardPage.objects.get(slug="about")
for line in sys.stdin:
    page.title = line.strip()
    {publish}
    print(line.strip(), flush=True)
"""
SENT = {"Host": "www.example.org", "X-Forwarded-Proto": "https"}
PROPERLY = "page.save_revision().publish()"
UNNOTICED = "StandardPage.objects.filter(pk=page.pk).update(title=page.title)"


@pytest.fixture(scope="module")
def site(example_site_data, tmp_path_factory):
    """The example site on https, as its nginx sees it."""
    folder = tmp_path_factory.mktemp("kept")
    folder.chmod(0o755)
    with running_server(folder / "data", copy_of=example_site_data, workers=2, **HTTPS) as running:
        yield running


@pytest.fixture(scope="module")
def front(site, tmp_path_factory):
    """The port of nginx before it."""
    with nginx_before(site, site.data_dir.parent / "nginx") as port:
        yield port


def ask(port, path, *, method="GET", timeout=10, **headers):
    """Status, headers and body, as nginx asks the site or a browser asks nginx."""
    web = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        web.request(method, path, headers=SENT | {name.replace("_", "-"): value for name, value in headers.items()})
        answer = web.getresponse()
        own = ("date", "server", "connection", "accept-ranges")
        found = {name.lower(): value for name, value in answer.getheaders() if name.lower() not in own}
        return answer.status, found, answer.read()
    finally:
        web.close()


def in_order(headers):
    return {name: sorted(value.replace(";", "; ").split()) for name, value in headers.items()}


def test_nginx_answers_as_django_does(site, front):
    ask(site.port, ADDRESS)
    for accepted in ("gzip", "identity"):
        status, headers, body = ask(site.port, ADDRESS, Accept_Encoding=accepted)
        through = ask(front, ADDRESS, Accept_Encoding=accepted)
        assert (through[0], through[2]) == (status, body) == (200, body)
        assert in_order({name: value.replace(";", " ;") for name, value in through[1].items()}) == in_order(
            {name: value.replace(";", " ;") for name, value in headers.items()}
        )
        assert ask(front, ADDRESS, If_None_Match=headers["etag"], Accept_Encoding=accepted)[0] == 304
        assert ask(front, ADDRESS, method="HEAD", Accept_Encoding=accepted)[1] == through[1]


@pytest.mark.scale  # whose machine may lack the module
def test_nginx_sends_what_is_compressed_with_brotli(site):
    module = need(brotli_module(), "nginx's module for static Brotli")
    ask(site.port, ADDRESS)
    stylesheet, tags = next((site.data_dir / "static/css").glob("site.*.css")), {}
    with nginx_before(site, site.data_dir.parent / "brotli", module) as port:
        os.killpg(site.process.pid, signal.SIGSTOP)  # nginx needs nobody for these
        try:
            for path in (ADDRESS, f"/static/css/{stylesheet.name}"):
                plain = ask(port, path)
                assert plain[0] == 200 and "content-encoding" not in plain[1], path
                for accepted, encoding, read in (
                    ("gzip, deflate, br, zstd", "br", brotli.decompress),
                    ("gzip, deflate", "gzip", gzip.decompress),
                ):
                    status, headers, body = ask(port, path, Accept_Encoding=accepted)
                    assert (status, headers["content-encoding"], read(body)) == (200, encoding, plain[2]), path
                    assert headers["content-type"] == plain[1]["content-type"]
                    assert headers["vary"] == plain[1]["vary"] == "Accept-Encoding", path
                    tag = tags[path, encoding] = headers["etag"]
                    assert ask(port, path, Accept_Encoding=accepted, If_None_Match=tag)[0] == 304
        finally:
            os.killpg(site.process.pid, signal.SIGCONT)
    for encoding in ("br", "gzip"):
        said = ask(site.port, ADDRESS, Accept_Encoding=encoding)[1]
        assert (said["content-encoding"], said["etag"]) == (encoding, tags[ADDRESS, encoding])


def test_nginx_answers_by_itself_only_whom_it_may(site, front):
    ask(front, ADDRESS)
    os.killpg(site.process.pid, signal.SIGSTOP)
    try:
        for path in (ADDRESS, f"{ADDRESS}?utm_source=letter"):
            assert ask(front, path, timeout=5)[0] == 200
        for path, headers in (
            (f"{ADDRESS}?page=2", {}),
            (ADDRESS, {"Cookie": "a=b; __Host-sessionid=x"}),
            (ADDRESS, {"Cookie": "messages=said"}),
            ("/contact/", {}),
        ):
            with pytest.raises(TimeoutError):
                ask(front, path, timeout=0.3, **headers)
        for hidden in ("/site/www.example.org/about/", "/about/index.html", "/editions/", "/lock"):
            with pytest.raises(TimeoutError):
                ask(front, hidden, timeout=0.3)
    finally:
        os.killpg(site.process.pid, signal.SIGCONT)
    assert ask(front, ADDRESS, method="POST")[0] in (403, 405)


def test_nginx_sends_a_document_that_the_site_lets_go(site, front):
    address = "/resources/toolkits-and-briefings/sample-conversation-toolkit/download/"
    status, headers, told = ask(site.port, address)
    assert status == 200 and told == b"" and headers["x-accel-redirect"].startswith("/protected/documents/")
    file = (site.data_dir / "media" / headers["x-accel-redirect"].removeprefix("/protected/")).read_bytes()
    status, sent, body = ask(front, address)
    assert (status, body) == (200, file) and "x-accel-redirect" not in sent
    for name in headers.keys() - {"x-accel-redirect", "content-length"}:
        assert sent[name] == headers[name], name
    status, sent, body = ask(front, address, Range="bytes=5-14")
    assert (status, body) == (206, file[5:15])


@pytest.mark.parametrize("publish", [PROPERLY, UNNOTICED], ids=["published", "control"])
def test_nobody_reads_what_was_before_once_publishing_is_done(site, front, publish):
    """Readers ask gunicorn and nginx all the time; another process publishes number after number."""
    rounds, first = scale.size(150, 12), int(time.time())  # higher than whatever was published before
    published, stale, reads, done = [0], [], [0], threading.Event()

    def read(port):
        web = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        while not done.is_set():
            at_least = published[0]
            web.request("GET", ADDRESS, headers=SENT)
            answer = web.getresponse()
            found = re.search(rb"<h1[^>]*>\s*Number (\d+)", answer.read())
            reads[0] += 1
            if at_least and (answer.status != 200 or found is None or int(found[1]) < at_least):
                stale.append((at_least, answer.status, found and found[1]))
            time.sleep(0.001)
        web.close()

    readers = [threading.Thread(target=read, args=[port], daemon=True) for port in (site.port, front) * 3]
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", PUBLISH.format(publish=publish)]
    with subprocess.Popen(
        command, cwd=ROOT, env=site.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as publisher:
        try:
            for number in range(first, first + rounds):
                publisher.stdin.write(f"Number {number}\n")
                publisher.stdin.flush()
                assert publisher.stdout.readline() == f"Number {number}\n"
                published[0] = number
                if number == first:
                    for reader in readers:
                        reader.start()
                time.sleep(0.03)
        finally:
            done.set()
            publisher.stdin.close()
            for reader in readers:
                reader.join()
    assert reads[0] > rounds
    assert bool(stale) is (publish == UNNOTICED), stale[:5]
