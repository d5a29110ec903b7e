"""How files are sent: in parts, with headers that let nothing run, in half of the threads at most."""

import os
import socket
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from dscp_cms import file_answers, page_pdfs
from dscp_cms.models import PagePdf
from dscp_cms.storage import stored
from dscp_cms.testing import server
from resources.tests import factories

pytestmark = pytest.mark.django_db
TOOLKIT = "/resources/toolkits-and-briefings/sample-conversation-toolkit/download/"
CONTENT = b"%PDF-1.7 " + bytes(range(256)) * 400


@pytest.fixture
def address():
    resource_page = factories.resource()
    factories.version(resource_page, document=factories.document(content=CONTENT, name="plan ü.pdf"))
    return f"{resource_page.url}download/"


def body(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, len(CONTENT) - 1),
        ("bytes=-50", len(CONTENT) - 50, len(CONTENT) - 1),
        ("bytes=7-7", 7, 7),
        ("bytes=10-999999999", 10, len(CONTENT) - 1),
    ],
)
def test_a_part_is_sent(client, address, asked, first, last):
    answer = client.get(address, headers={"range": asked, "accept-encoding": "gzip"})
    assert answer.status_code == 206 and body(answer) == CONTENT[first : last + 1]
    assert answer["Content-Range"] == f"bytes {first}-{last}/{len(CONTENT)}"
    assert answer["Content-Length"] == str(last - first + 1) and "Content-Encoding" not in answer


@pytest.mark.parametrize(
    "asked", ["", "bytes=5-3", "bytes=", "bytes=a-b", "bytes=0-1,5-6", "items=0-5", "bytes=-", "x" * 9000]
)
def test_the_whole_is_sent_for_what_cant_be_read(client, address, asked):
    answer = client.get(address, headers={"range": asked})
    assert answer.status_code == 200 and body(answer) == CONTENT and answer["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize("asked", [f"bytes={len(CONTENT)}-", "bytes=-0", f"bytes={'9' * 30}-", f"bytes=-{'9' * 30}"])
def test_a_part_that_isnt_there(client, address, asked):
    answer = client.get(address, headers={"range": asked})
    assert answer.status_code == 416 and answer["Content-Range"] == f"bytes */{len(CONTENT)}"


def test_a_part_is_joined_only_to_the_same_version(client, address):
    whole = client.get(address)
    body(whole)
    for condition, status in ((whole["ETag"], 206), (whole["Last-Modified"], 206), ('"other"', 200), ("nonsense", 200)):
        answer = client.get(address, headers={"range": "bytes=0-9", "if-range": condition})
        assert answer.status_code == status, condition
        body(answer)
    for header, value in (("if-none-match", whole["ETag"]), ("if-modified-since", whole["Last-Modified"])):
        assert client.get(address, headers={header: value}).status_code == 304


def test_a_head_has_the_headers_only(client, address):
    answer = client.head(address)
    assert answer["Content-Length"] == str(len(CONTENT)) and body(answer) == b""


def test_nothing_in_a_file_runs(client, address):
    answer = client.head(address)
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["Content-Security-Policy"] == "default-src 'none'"
    assert answer["Content-Type"] == "application/pdf" and answer["Content-Disposition"].startswith("inline")
    other = factories.document(content=b"<script>alert(1)</script>", name="page.txt")
    assert client.head(other.url)["Content-Disposition"].startswith("attachment")
    assert client.get(f"/documents/{other.pk}/other.txt").status_code == 404
    assert client.get(f"/documents/{'9' * 18}/x.txt").status_code == 404


def test_half_of_the_threads_at_most(client, address):
    slots = [client.get(address) for _ in range(file_answers.WEB_THREADS // 2)]
    assert [answer.status_code for answer in slots] == [200] * len(slots)
    busy = client.get(address)
    assert busy.status_code == 503 and busy["Retry-After"] == "5" and b"try again" in busy.content
    assert client.head(address).status_code == 200 and client.get("/search/").status_code == 200
    assert body(slots[0]) == CONTENT
    again = client.get(address)
    assert again.status_code == 200 and client.get(address).status_code == 503
    for answer in (*slots[1:], again):
        body(answer)
    read = stored(factories.document(content=CONTENT, name="last.pdf").file).read
    sending = file_answers._Sending(read, 0, 0) if file_answers._slots.acquire(blocking=False) else None
    sending.close()
    sending.close()  # twice gives one slot back; a second one too many would be an error


def test_nginx_sends_what_the_site_allows(client, address, settings):
    settings.ACCEL_PREFIX = "/protected/"
    answer = client.get(address)
    assert answer.content == b"" and answer["X-Accel-Redirect"].startswith("/protected/documents/plan_")
    assert answer["Content-Security-Policy"] == "default-src 'none'"
    page = factories.resource("Later")
    factories.version(page, published_on=timezone.localdate() + timedelta(days=1))
    assert client.get(f"{page.url}download/").status_code == 404


@pytest.mark.once
def test_slow_downloads_leave_room_for_readers(example_site_data, tmp_path):
    """Against the real server: eight who read a large file as slowly as they can, and one who reads a page."""
    with server.running_server(tmp_path / "site", copy_of=example_site_data, workers=1) as running:
        for path in (tmp_path / "site" / "media" / "documents").glob("*.pdf"):
            os.truncate(path, 80_000_000)  # holes, that take no room
        lines = [ask(running.port, TOOLKIT) for _ in range(8)]
        answers = [line.recv(12) for line in lines]
        assert answers.count(b"HTTP/1.1 200") == 2 and answers.count(b"HTTP/1.1 503") == 6, answers
        for line, answer in zip(lines, answers, strict=True):
            if answer.endswith(b"503"):  # as a browser does; the server waits a little for it
                line.close()
        assert time_of(running.port) < 60  # seconds; a reader who waited for a thread would wait for ever
        for line in lines:
            line.close()
        peak = int(
            (Path(f"/proc/{running.process.pid}/task/{running.process.pid}/children").read_text().split() or ["0"])[0]
        )
        memory = Path(f"/proc/{peak}/status").read_text().split("VmHWM:")[1].split()[0]
        assert int(memory) < 400_000  # kB: the files are ten times as large as what is held of them
        for _ in range(300):  # the threads are free again once the readers are gone
            if (again := ask(running.port, TOOLKIT).recv(12)) == b"HTTP/1.1 200":
                break
            time.sleep(0.2)
        assert again == b"HTTP/1.1 200"


def time_of(port: int) -> float:
    """How long a reader waits for a page."""
    started = time.monotonic()
    assert ask(port, "/search/?q=plan").recv(12) == b"HTTP/1.1 200"
    return time.monotonic() - started


def ask(port: int, address: str) -> socket.socket:
    """Send a request and read nothing yet."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.settimeout(20)
    line.connect(("127.0.0.1", port))
    line.sendall(f"GET {address} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode())
    return line


def test_pdfs_of_pages_are_sent_like_files_and_not_made_for_a_question(client, settings):
    pdf = f"{factories.publication().url}pdf/"
    assert client.head(pdf).status_code == 202 and not PagePdf.objects.exists()
    assert client.get(pdf).status_code == 202  # it is being made
    page_pdfs.make_due()
    whole = body(client.get(pdf))
    assert client.head(pdf)["Content-Length"] == str(len(whole))
    part = client.get(pdf, headers={"range": "bytes=10-19"})
    assert (part.status_code, body(part)) == (206, whole[10:20]) and "canonical" in part["Link"]
    settings.ACCEL_PREFIX = "/kept/"
    assert client.get(pdf)["X-Accel-Redirect"] == f"/kept/{PagePdf.objects.get().file.name}"
