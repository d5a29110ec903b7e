"""What strangers send: other hosts, addresses that lead elsewhere or climb, headers in disguise, too much of anything."""

import re
import socket

import pytest
from django.core import signing
from django.test import Client

from dscp_cms.environment import BASE_DIR

CLIMBING = [
    "../../db.sqlite3",
    "..%2f..%2fdb.sqlite3",
    "%2e%2e/%2e%2e/secret_key",
    "....//....//db.sqlite3",
    "/etc/passwd",
]
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "https:evil.example",
    "\thttps://evil.example/",
]


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "testserver:80@evil.example", "a b"])
def test_another_host_is_refused_and_stands_in_no_link(client, db, host):
    answer = client.get("/", headers={"host": host})
    assert answer.status_code == 400 and b"evil" not in answer.content
    forwarded = client.get("/", headers={"x-forwarded-host": host})
    assert forwarded.status_code == 200 and b"evil.example" not in forwarded.content


@pytest.mark.parametrize("start", ["/static/", "/media/images/", "/media/", "/documents/1/", "/outbox/"])
@pytest.mark.parametrize("path", CLIMBING)
def test_no_address_climbs_out_of_its_folder(client, db, start, path):
    answer = client.get(f"{start}{path}", follow=True)
    assert answer.status_code in {400, 404}, answer.redirect_chain


@pytest.mark.parametrize("target", ELSEWHERE)
@pytest.mark.parametrize("address", ["/admin/login/", "/partners/sign-in/", "/_util/login/"])
def test_no_sign_in_leads_elsewhere(client, db, address, target):
    answer = client.get(address, {"next": target}, follow=True)
    assert all("evil.example" not in step.partition("?")[0] for step, _status in answer.redirect_chain)
    assert b'action="https://evil' not in answer.content and b'href="https://evil' not in answer.content


def test_a_line_break_makes_no_header(client, db):
    for address in (
        "/search/?q=a%0d%0aSet-Cookie:%20x=1",
        "/news/%0d%0aSet-Cookie:%20x=1",
        "/_util/login/?next=/%0d%0aX: y",
    ):
        answer = client.get(address)
        assert "x" not in {name.lower() for name in answer.headers} and "x" not in answer.cookies, address
        assert all("\n" not in value and "\r" not in value for value in answer.headers.values())


def test_ten_thousand_and_one_fields_are_refused(client, db):
    fields = {f"field{number}": "" for number in range(10_001)}
    for address in ("/subscribe/", "/partners/sign-in/", "/admin/login/"):
        assert client.post(address, fields).status_code == 400, address


def test_a_body_that_is_too_large_is_refused(client, db, settings):
    body = "a=" + "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    answer = client.post("/admin/login/", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400 and b"Traceback" not in answer.content


def test_a_form_without_its_token_is_refused(db):
    strict = Client(enforce_csrf_checks=True)
    for address in ("/admin/login/", "/partners/sign-in/", "/subscribe/"):
        assert strict.post(address, {"email": "delegate.one@example.org"}).status_code == 403, address


def test_every_answer_takes_from_the_browser_what_no_page_needs(client, db):
    answer = client.get("/")
    assert "camera=()" in answer["Permissions-Policy"] and "geolocation=()" in answer["Permissions-Policy"]
    assert answer["Cross-Origin-Resource-Policy"] == answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Referrer-Policy"] == "same-origin" and answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("fallbacks", [["the key before, long enough to be one"], []])
def test_what_an_earlier_key_signed_is_good_as_long_as_it_is_kept(settings, fallbacks):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the key before, long enough to be one", []
    signed = signing.dumps("words", salt="a purpose")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new one, which is just as long", fallbacks
    if fallbacks:
        assert signing.loads(signed, salt="a purpose") == "words"
    else:
        with pytest.raises(signing.BadSignature):
            signing.loads(signed, salt="a purpose")


@pytest.mark.once
def test_the_map_of_the_standard_names_tests_that_there_are():
    named = set(re.findall(r"`(test_\w+)`", (BASE_DIR / "docs/security.md").read_text()))
    there = {path.stem for path in BASE_DIR.glob("*/tests/test_*.py")}
    assert len(named) > 25 and named <= there, named - there


@pytest.mark.once
def test_the_server_itself_refuses_what_is_no_request(site_server):
    """gunicorn in front of Django: two lengths, a header without a name, a line that never ends."""
    for request in (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n: nothing\r\n\r\n",
        b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 20000 + b"\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", site_server.port), timeout=10) as line:
            line.sendall(request)
            assert line.recv(12).startswith(b"HTTP/1.1 4"), request[:60]
