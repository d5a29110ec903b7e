"""What those see who run the site: readiness with a database that comes and goes, logs, figures, shipped files."""

import contextlib
import gzip
import http.server
import json
import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path

import brotli
import pytest
from django.db import migrations, models
from django.utils import timezone

from dscp_cms import health, logs
from dscp_cms.environment import BASE_DIR, WEB_THREADS
from dscp_cms.models import ClockRun
from dscp_cms.testing import floors, log_watch, programs
from dscp_cms.testing import migrations as additions
from dscp_cms.testing.database import fresh_database
from dscp_cms.testing.postgres import free_port, server_programs, temporary_server
from dscp_cms.testing.server import manage, running_server, served, site_environment

TOKEN = "Aa1Bb2Cc3Dd4Ee5Ff6Gg7Hh8Ii9Jj0Kk1Ll2Mm"
HTTPS = {
    "SITE_URL": "https://www.example.org",
    "SECRET_KEY": "x1Y2" * 15,
    "EMAIL_URL": "smtp://127.0.0.1:25",
    "MAIL_FROM": "The partnership <noreply@example.org>",
}


def get(url, **headers):
    began = time.monotonic()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return answer.status, answer.read().decode(), time.monotonic() - began
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), time.monotonic() - began


# Readiness


class Network(threading.Thread):
    """The way to a database, which can break: what is ``lost`` gets no answer, then or ever; or nobody is there."""

    def __init__(self, target):
        super().__init__(daemon=True)
        self.target, self.state, self.lost = target, "well", set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.ways = []

    def run(self):
        while True:
            near, _address = self.listener.accept()
            if self.state == "nobody":
                near.close()
                continue
            way = (near, socket.create_connection(("127.0.0.1", self.target)))
            self.ways.append(way)
            if self.state == "silent":
                self.lost.add(way)
            for source, target in (way, way[::-1]):
                threading.Thread(target=self.carry, args=[way, source, target], daemon=True).start()

    def carry(self, way, source, target):
        with contextlib.suppress(OSError):
            while part := source.recv(65536):
                if way not in self.lost:
                    target.sendall(part)
            target.shutdown(socket.SHUT_WR)

    def fall_silent(self):
        self.state = "silent"
        self.lost.update(self.ways)


@pytest.mark.once
def test_a_database_that_hangs_and_comes_back(tmp_path):
    """While readers wait for it in every thread, too. That it isn't migrated is an answer."""
    programs.need(server_programs(), "PostgreSQL")
    with temporary_server() as url:
        there = int(re.search(r":(\d+)/", url)[1])
        network, port = Network(there), free_port()
        network.start()
        settings = {"PORT": str(port), "WEB_CONCURRENCY": "1"}
        environment = site_environment(tmp_path, database_url=url.replace(str(there), str(network.port)), **settings)
        with served(tmp_path, environment) as site, contextlib.ExitStack() as readers:

            def slow():
                """What the machine needs for an answer anyhow, with a margin."""
                return 2 * max(get(f"{site.url}/healthz")[2] for _ in range(3))

            def ask():
                status, said, seconds = get(f"{site.url}/readyz", Host="balancer.invalid")
                assert status == 503
                return said.splitlines()[1:], seconds

            def comes_back():
                """Return after how many seconds."""
                began = time.monotonic()
                while ask()[0] != [health.NOT_MIGRATED]:
                    time.sleep(0.1)
                    assert time.monotonic() < began + 60
                return time.monotonic() - began

            assert ask()[0] == [health.NOT_MIGRATED]
            network.fall_silent()
            for _ in range(2 * WEB_THREADS):
                reader = readers.enter_context(socket.create_connection(("127.0.0.1", port)))
                reader.sendall(f"GET /search/?q=a HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
            for _ in range(3):
                complaints, seconds = ask()
                assert complaints == [health.NO_DATABASE] and seconds < 2 + slow()
            network.state = "well"
            assert comes_back() < 5 + slow()
            network.state = "nobody"
            complaints, seconds = ask()
            assert complaints == [health.NO_DATABASE] and seconds < 2 + slow()
            # A worker, started while there is no database, says so in a sentence.
            done = manage(environment, "db_worker", "--no-reload", "--no-startup-delay", check=False)
            assert done.returncode == 1
            assert done.stderr.strip().splitlines()[-1].startswith("The database can't be used: ")
            assert "Traceback" not in done.stderr
            network.state = "well"
            assert comes_back() < 5 + slow()
            os.killpg(site.process.pid, signal.SIGKILL)  # else it waits for its readers


def test_two_who_ask_at_once_are_told_the_same(transactional_db):
    readiness, found = health.Readiness(), []
    asking = [threading.Thread(target=lambda: found.append(readiness.complaints(deep=True))) for _ in range(4)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(found) == 4 and found[0] != [health.NO_DATABASE]
    assert all(complaints == found[0] for complaints in found)


@pytest.mark.django_db(transaction=True)
def test_a_clock_that_stands_still_is_told_only_when_asked_deeply(client):
    ClockRun.objects.create(job="a.job", last_finished=timezone.now() - timedelta(hours=1))
    assert client.get("/readyz").status_code == 200
    answer = client.get("/readyz?deep=1")
    assert answer.status_code == 503
    assert "The clock hasn't run since" in answer.content.decode()
    ClockRun.objects.update(last_finished=timezone.now())
    assert client.get("/readyz?deep=1").status_code == 200


# Logs


@pytest.mark.once
def test_a_line_is_json_and_hides_addresses_and_tokens():
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "to %s by %s", ("a.b@example.org", TOKEN), None)
    try:
        raise ValueError(f"DETAIL:  Key (name)=(Delegate One) exists, /my/{TOKEN}/, d@example.org")
    except ValueError:
        record.exc_info = sys.exc_info()
    logs.set_request_id()
    line = logs.JsonFormatter().format(record)
    logs.forget_request_id()
    found = json.loads(line)
    assert (found["level"], found["logger"], found["message"]) == ("ERROR", "x", "to … by …")
    assert len(found["request"]) == 16
    for secret in ("@example", TOKEN, "Delegate"):
        assert secret not in line
    slug = "/plans/harm-outside-the-home-strategy-2025-to-2027/"
    assert logs.mask(slug) == slug


@pytest.mark.once
def test_a_request_is_followed_into_its_task_and_its_mail(empty_site_data, tmp_path):
    given = "0123456789abcdef"
    with running_server(tmp_path / "data", copy_of=empty_site_data, workers=1, METRICS_TOKEN=TOKEN) as site:
        status, _text, _seconds = get(f"{site.url}/no-such-page/{TOKEN}/", **{"X-Request-ID": given})
        assert status == 404
        (line,) = [json.loads(line) for line in site.log().splitlines() if "no-such-page" in line]
        assert line["request"] == given and TOKEN not in line["message"]
        # The figures, for whoever has the token.
        assert get(f"{site.url}/metrics")[0] == 401
        status, figures, _seconds = get(f"{site.url}/metrics", Authorization=f"Bearer {TOKEN}")
        assert status == 200 and "dscp_clock_age_seconds +Inf" in figures
        assert re.search(r'dscp_requests_total\{kind="\w+",status="404"\} 1.0', figures), figures
        code = (
            f"from dscp_cms import logs, mail; logs.set_request_id('{given}');"
            "mail.send(kind='test', to='delegate.one@example.org', subject='s', text='t')"
        )
        site.manage("shell", "-v0", "-c", code)
        said = site.manage("db_worker", "--queue-name", "*", "--batch", "--no-reload", "--no-startup-delay").stderr
        lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        (sent,) = [line for line in lines if line["message"].startswith("message ")]
        assert sent["request"] == given and f"({given[:8]}-" in sent["message"]
        assert "@" not in said


@pytest.mark.once
def test_errors_are_reported_without_people(tmp_path):
    received = []

    class Sink(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            unpack = {"gzip": gzip.decompress, "br": brotli.decompress}.get(self.headers["Content-Encoding"], bytes)
            received.append(unpack(body).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    sink = http.server.HTTPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=sink.serve_forever, daemon=True).start()
    code = (
        "import logging, sentry_sdk; email='delegate.one@example.org'\n"
        f"try: raise ValueError('no ' + email + ' at /x/{TOKEN}/')\n"
        "except ValueError: logging.getLogger('dscp_cms').exception('failed for %s', email)\n"
        "sentry_sdk.flush(5)"
    )
    environment = site_environment(tmp_path, SENTRY_DSN=f"http://key@127.0.0.1:{sink.server_port}/1")
    manage(environment, "shell", "-v0", "-c", code)
    sink.shutdown()
    assert len(received) == 1
    assert "ValueError" in received[0]
    for secret in ("@example.org", TOKEN):
        assert secret not in received[0]


@pytest.mark.once
@pytest.mark.parametrize("words", ["to a@example.org", f"at /x/{TOKEN}/", "for Delegate One", "for page 12 of /news/"])
def test_the_watch_over_every_tests_log(words):
    watch = log_watch.Watch()
    watch.emit(logging.LogRecord("news.mail", logging.INFO, "f", 1, words, None, None))
    assert bool(watch.found) is (words != "for page 12 of /news/")


# Shipped files


def _https(tmp_path, **more):
    return site_environment(tmp_path / "data", X_ACCEL_PREFIX="/protected/", **HTTPS, **more)


@pytest.mark.once
def test_nginx_serves_what_it_should(empty_site_data, tmp_path):
    nginx = programs.need(shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin"), "nginx")
    tmp_path.chmod(0o755)
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    _self_signed(certificate, key)
    data, port = tmp_path / "data", free_port()
    with running_server(data, copy_of=empty_site_data, workers=1, X_ACCEL_PREFIX="/protected/", **HTTPS) as site:
        arguments = ["--certificate", str(certificate), "--key", str(key)]
        made = site.manage("nginx_conf", *arguments).stdout
        (tmp_path / "made.conf").write_text(made.replace("/var/log/nginx", str(tmp_path)))
        main = (
            f"pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}}\nhttp {{ access_log off; include %s; }}"
        )
        (tmp_path / "check.conf").write_text(main % (tmp_path / "made.conf"))
        checked = subprocess.run([nginx, "-t", "-c", tmp_path / "check.conf"], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
        # The same on ports that anybody may use, and run.
        local = re.sub(r"listen \[::\]:\d+.*;\n", "", (tmp_path / "made.conf").read_text())
        local = local.replace("listen 443", f"listen 127.0.0.1:{port}").replace(
            "listen 80", f"listen 127.0.0.1:{free_port()}"
        )
        (tmp_path / "local.conf").write_text(local)
        user = "user root;" if os.geteuid() == 0 else ""
        (tmp_path / "run.conf").write_text(f"daemon off; {user} " + main % (tmp_path / "local.conf"))
        running = subprocess.Popen([nginx, "-c", tmp_path / "run.conf"], stderr=subprocess.DEVNULL)
        try:
            stylesheet = next(path.name for path in (data / "static/css").glob("site.*.css"))
            head, _body = _curl(port, f"/static/css/{stylesheet}", "--compressed")
            assert " 200" in head.splitlines()[0] and "immutable" in head and "content-encoding: gzip" in head.lower()
            head, body = _curl(port, "/")
            assert " 200" in head.splitlines()[0] and "strict-transport-security" in head.lower()
            assert "Worried about a child?" in body
            assert " 404" in _curl(port, "/protected/anything")[0].splitlines()[0]
            _curl(port, f"/subscribe/manage/{TOKEN}/")
            large = str(60 * 1024 * 1024)  # nginx refuses by the length alone
            for path, allowed in (("/contact/", False), ("/admin/imports/wordpress/", True)):
                request = f"POST {path} HTTP/1.1\r\nHost: www.example.org\r\nContent-Length: {large}\r\n"
                with _connected(port) as web:
                    web.sendall(f"{request}Expect: 100-continue\r\n\r\n".encode())
                    answer = web.recv(100)
                assert answer.startswith(b"HTTP/1.1 100" if allowed else b"HTTP/1.1 413"), (path, answer)
            log = (tmp_path / "dscp.log").read_text()
            assert " 200 GET " in log and "127.0.0.1" not in log and TOKEN not in log
        finally:
            running.terminate()
            running.wait(timeout=20)


def _connected(port):
    """A connection over TLS, for the site's own name."""
    import ssl

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    give_up = time.monotonic() + 15
    while True:
        try:
            plain = socket.create_connection(("127.0.0.1", port), timeout=10)
            break
        except OSError:
            assert time.monotonic() < give_up
            time.sleep(0.1)
    return context.wrap_socket(plain, server_hostname="www.example.org")


def _curl(port, path, *arguments):
    """Head and body of an answer."""
    encoding = "Accept-Encoding: gzip\r\n" if "--compressed" in arguments else ""
    with _connected(port) as web:
        web.sendall(f"GET {path} HTTP/1.1\r\nHost: www.example.org\r\n{encoding}Connection: close\r\n\r\n".encode())
        raw = b""
        while part := web.recv(65536):
            raw += part
    head, _, body = raw.partition(b"\r\n\r\n")
    return head.decode(), body.decode(errors="replace")


def _self_signed(certificate, key):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "www.example.org")])
    now = timezone.now()
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .sign(secret, hashes.SHA256())
    )  # fmt: skip
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    key.write_bytes(secret.private_bytes(serialization.Encoding.PEM, form, plain))


@pytest.mark.once
def test_systemd_takes_the_units(tmp_path):
    analyze = programs.need(shutil.which("systemd-analyze"), "systemd-analyze")
    units = []
    for unit in (BASE_DIR / "deploy/systemd").iterdir():
        # Where the programs are on this machine, since they must exist.
        text = unit.read_text().replace("/srv/dscp/site/.venv/bin", str(Path(sys.executable).parent))
        (tmp_path / unit.name).write_text(text.replace("/srv/dscp/site", str(BASE_DIR)))
        units.append(str(tmp_path / unit.name))
    assert len(units) == 7
    done = subprocess.run([analyze, "verify", *units], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    procfile = (BASE_DIR / "Procfile").read_text()
    for name, command in re.findall(r"^(web|worker|clock|mailer): (?:python )?(.*)$", procfile, re.MULTILINE):
        assert command in (BASE_DIR / f"deploy/systemd/dscp-{name}.service").read_text()


def test_security_txt_says_only_what_is_set(client, db, settings):
    assert client.get("/.well-known/security.txt").status_code == 404
    settings.SECURITY_CONTACT = "mailto:security@example.org"
    answer = client.get("/.well-known/security.txt")
    assert answer["Content-Type"].startswith("text/plain")
    assert answer.content.decode().startswith("Contact: mailto:security@example.org\nExpires: 20")


# Migrations and pins


@pytest.mark.once
@pytest.mark.scale  # the migrations themselves take long
@pytest.mark.parametrize("kind", ["SQLite", "PostgreSQL"])
def test_three_migrations_at_once_apply_once(kind, tmp_path):
    with contextlib.ExitStack() as stack:
        url = ""
        if kind == "PostgreSQL":
            programs.need(server_programs(), kind)
            url = stack.enter_context(temporary_server())
        command = [sys.executable, "manage.py", "migrate", "dscp_cms", "--noinput"]
        environment = site_environment(tmp_path, database_url=url)
        running = [
            subprocess.Popen(
                command, cwd=BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            for _ in range(3)
        ]
        said = [process.communicate(timeout=300)[0] for process in running]
        assert [process.returncode for process in running] == [0, 0, 0], said
        assert sorted(text.count("... OK") > 0 for text in said) == [False, False, True]


@pytest.mark.once
@pytest.mark.parametrize(
    ("operation", "fine"),
    [
        (migrations.CreateModel("A", []), True),
        (migrations.AddField("a", "b", models.TextField(null=True)), True),
        (migrations.AddField("a", "b", models.TextField(db_default="")), True),
        (migrations.AddField("a", "b", models.TextField(default="")), False),
        (migrations.RemoveField("a", "b"), False),
        (migrations.RenameField("a", "b", "c"), False),
        (migrations.DeleteModel("A"), False),
        (migrations.RunSQL("DROP TABLE a"), False),
    ],
)
def test_what_old_code_may_stumble_over(operation, fine):
    assert (additions.complaint(operation) == "") is fine


@pytest.mark.once
def test_a_pin_below_its_floor():
    assert floors.complaints("Django==5.2.1  # x\n    # via y\n", "# why\ndjango 5.2.8\n") == [
        "django 5.2.1 is pinned, and versions below 5.2.8 have a known weakness."
    ]
    assert floors.complaints("django==5.2.10\n", "Django 5.2.8\nabsent 1.0\n") == []


@pytest.mark.scale
def test_the_last_releases_code_works_on_what_later_migrations_made(tmp_path):
    """Its own models read, add and change a row of each table, before and after; on both databases."""
    with fresh_database() as url:
        done = subprocess.run(
            [sys.executable, "-m", "dscp_cms.testing.old_code"],
            cwd=BASE_DIR,
            env=site_environment(tmp_path, database_url=url, DJANGO_SETTINGS_MODULE="dscp_cms.settings"),
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    worked, tables = map(int, re.search(r"could write (\d+) of (\d+) tables", done.stdout).groups())
    assert worked > tables / 2
