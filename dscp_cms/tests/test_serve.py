"""``make run``: one sentence for whatever stands in the way, and processes that start, restart and stop together."""

import contextlib
import http.client
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from django.core.management import call_command
from wagtail.models import Site

from dscp_cms.environment import BASE_DIR
from dscp_cms.processes import StoppedAtOnceError, Supervisor, port_complaint
from dscp_cms.testing.postgres import free_port
from dscp_cms.testing.server import running_server, site_environment

pytestmark = pytest.mark.once

PROCESSES = 6  # gunicorn and its two workers, worker, clock, mailer
SERVE = [sys.executable, str(BASE_DIR / "manage.py"), "serve"]


def run(command, environment, cwd=BASE_DIR):
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120)


def one_sentence(done) -> str:
    """What a command that failed said: a single line, no traceback."""
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    return line


# What stands in the way


@pytest.fixture(params=[False, True], ids=["alone", "shared"])
def taken_port(request):
    """A port that another program listens on; gunicorn itself lets others share it."""
    with socket.socket() as listening:
        if request.param:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_a_port_in_use(taken_port, tmp_path):
    done = run(SERVE, site_environment(tmp_path, PORT=str(taken_port)))
    assert one_sentence(done).startswith(
        f"Port {taken_port} is in use by another program; choose another, for example: PORT="
    )


def test_a_port_in_use_when_gunicorn_is_started_alone(taken_port, tmp_path):
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "dscp_cms.wsgi"]
    done = run(command, site_environment(tmp_path, PORT=str(taken_port)))
    assert done.returncode == 1
    assert f"Port {taken_port} is in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_free_port_brings_no_complaint():
    assert port_complaint("127.0.0.1", free_port()) == ""
    assert port_complaint("localhost", free_port()) == ""


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-name.invalid"])
def test_a_host_that_isnt_this_machine(host):
    assert "HOST" in port_complaint(host, free_port())


def test_a_database_that_is_away(tmp_path):
    url = f"postgres://site@127.0.0.1:{free_port()}/site"
    sentence = one_sentence(run(SERVE, site_environment(tmp_path, database_url=url, PORT=str(free_port()))))
    assert sentence.startswith("The database can't be used: ")


def test_a_data_dir_that_cant_be_written(tmp_path):
    (tmp_path / "file").touch()
    sentence = one_sentence(run(SERVE, site_environment(tmp_path / "file")))
    assert sentence == f"Wrong setting: DATA_DIR {tmp_path / 'file'} can't be written to (File exists)."


# The bootstrap


@pytest.fixture
def project(tmp_path):
    """A project with nothing in it but the bootstrap and a list of one package that there isn't."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(BASE_DIR / "scripts/bootstrap.py", tmp_path / "scripts")
    shutil.copy(BASE_DIR / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").write_text("no-such-package-of-the-partnership==1.0\n")
    return tmp_path


def pretending(project, pretence):
    """The bootstrap run by a Python that isn't as it should be."""
    code = f"import runpy, sys; {pretence}; sys.argv = ['bootstrap.py', 'manage.py', 'serve']; "
    code += "runpy.run_path('scripts/bootstrap.py', run_name='__main__')"
    return run([sys.executable, "-c", code], dict(os.environ), cwd=project)


def test_a_python_that_is_too_old(project):
    sentence = one_sentence(pretending(project, "sys.version_info = (3, 9, 2, 'final', 0)"))
    assert re.fullmatch(
        r"This needs Python 3\.11 or newer, and .* is Python 3\.9; .* make run PYTHON=python3\.12", sentence
    )


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv(project, module):
    sentence = one_sentence(pretending(project, f"sys.modules[{module!r}] = None"))
    assert sentence.startswith(
        "Python's venv module is missing; on Debian and Ubuntu install it with: apt install python3-venv"
    )


def test_no_python_at_all(project):
    done = run(["make", "run", "PYTHON=python9.9"], dict(os.environ), cwd=project)
    assert done.returncode
    assert "There is no python9.9 here; install Python 3.11 or newer" in done.stderr


@pytest.mark.scale  # two virtual environments
def test_packages_that_cant_be_fetched(project):
    command = [sys.executable, "scripts/bootstrap.py", "manage.py", "serve"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    done = run(command, environment | {"PIP_INDEX_URL": f"http://127.0.0.1:{free_port()}/simple/"}, cwd=project)
    assert "PyPI can't be reached" in one_sentence(done)
    # Reached, but it hasn't got the package:
    done = run(command, environment | {"PIP_NO_INDEX": "1"}, cwd=project)
    assert "No matching distribution" in one_sentence(done) or "Could not find a version" in one_sentence(done)
    assert str(project / ".venv/pip.log") in done.stderr


def test_help_is_what_make_alone_says():
    done = run(["make"], dict(os.environ))
    assert done.returncode == 0
    for target in ("run", "test", "test-scale", "lint", "format"):
        assert f"make {target} " in done.stdout


# The default site


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("https://www.example.org", "www.example.org", 443),
        ("http://intranet.example.org", "intranet.example.org", 80),
        ("http://localhost:8000", "localhost", 8000),
    ],
)
def test_the_default_site_follows_site_url(settings, address, host, port):
    settings.PUBLIC_URL = address
    call_command("sync_site", verbosity=0)
    site = Site.objects.get(is_default_site=True)
    assert (site.hostname, site.port, site.root_url) == (host, port, address)
    assert site.site_name


@pytest.mark.django_db
def test_an_address_that_another_site_has_is_left_to_it(settings):
    default = Site.objects.get(is_default_site=True)
    Site.objects.create(hostname="www.example.org", port=443, root_page=default.root_page)
    settings.PUBLIC_URL = "https://www.example.org"
    said = io.StringIO()
    call_command("sync_site", stderr=said)
    assert "Another site already has the address" in said.getvalue()
    default.refresh_from_db()
    assert default.hostname != "www.example.org"


# The processes together


@pytest.fixture
def supervisor(tmp_path):
    running = Supervisor(tmp_path / "logs", dict(os.environ), tmp_path, io.StringIO())
    yield running
    running.hurry = True
    running.stop()


def wait_for(condition, supervisor=None, patience=20):
    give_up = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < give_up, "waited in vain"
        supervisor.wait(0.05) if supervisor else time.sleep(0.05)


def test_a_process_that_dies_is_started_again(supervisor):
    process = supervisor.add("worker", [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)"])
    wait_for(lambda: process.last_lines, supervisor)
    first = process.running.pid
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: process.running and process.running.pid != first, supervisor)
    assert "The worker process ended (signal SIGKILL); it is started again in 1 s." in supervisor.out.getvalue()
    wait_for(lambda: process.log.read_text() == "here\nhere\n", supervisor)


def test_what_everything_waits_for_may_not_end_at_once(supervisor):
    process = supervisor.add("web", [sys.executable, "-c", "raise SystemExit('No good')"])
    with pytest.raises(StoppedAtOnceError, match="No good"):
        supervisor.wait_until(lambda: False, process, patience=20)


def test_only_alarming_lines_reach_the_terminal(supervisor):
    lines = [
        "2026-01-01 12:00:00,000 INFO calm",
        "2026-01-01 12:00:00,000 ERROR alarm",
        "Traceback (most recent call last):",
        "  where it was",
        "2026-01-01 12:00:00,000 INFO calm again",
    ]
    code = f"import time; print({chr(10).join(lines)!r}, flush=True); time.sleep(60)"
    process = supervisor.add("web", [sys.executable, "-c", code])
    wait_for(lambda: len(process.last_lines) == 5, supervisor)
    assert supervisor.out.getvalue().splitlines() == [f"   web | {line}" for line in lines[1:4]]


def test_a_process_that_doesnt_listen_is_ended(supervisor):
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    process = supervisor.add("worker", [sys.executable, "-c", code])
    wait_for(lambda: process.last_lines, supervisor)
    began = time.monotonic()
    supervisor.stop()
    assert process.running is None or process.running.poll() is not None
    assert time.monotonic() - began < 30  # it would go on for sixty


def children(pid: int) -> set[int]:
    """All processes below one."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found |= {int(stat.parent.name)} | children(int(stat.parent.name))
    return found


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@contextlib.contextmanager
def started(command, environment, cwd, patience):
    """A site that has printed where it is; what it printed is in ``process.said``."""
    with open(Path(environment["DATA_DIR"]).parent / "said", "w+") as said:
        process = subprocess.Popen(command, env=environment, cwd=cwd, stdout=said, stderr=said, start_new_session=True)
        process.said = lambda: Path(said.name).read_text()
        try:
            give_up = time.monotonic() + patience
            while "Ctrl+C stops the site" not in process.said():
                assert process.poll() is None and time.monotonic() < give_up, process.said()
                time.sleep(0.1)
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(timeout=20)


def get(port, path):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as web:
        web.request("GET", path, headers={"Host": f"localhost:{port}"})
        answer = web.getresponse()
        return answer.status, answer.read().decode()


@pytest.fixture(scope="module")
def used_site(example_site_data, tmp_path_factory):
    """The DATA_DIR of a site that these tests start one after the other."""
    data = tmp_path_factory.mktemp("used") / "data"
    shutil.copytree(example_site_data, data)  # with static files of its own, which it may collect anew
    return data


def check_that_it_serves_and_stops(process, port, number):
    assert get(port, "/healthz") == (200, "ok")
    assert get(port, "/")[0] == 200
    said = process.said()
    assert f"http://localhost:{port}/outbox/" in said
    assert said.count(f"  http://localhost:{port}/") == 12
    wait_for(lambda: len(children(process.pid)) == PROCESSES)
    running = children(process.pid)
    process.send_signal(number)
    assert process.wait(timeout=30) == 0
    assert all(is_gone(pid) for pid in running)
    assert process.said().endswith("Stopped.\n")
    assert "Traceback" not in process.said()


def test_a_second_start_is_quick_and_a_signal_stops_everything(used_site):
    port = free_port()
    environment = site_environment(used_site, PORT=str(port))
    with started(SERVE, environment, BASE_DIR, patience=60) as process:
        check_that_it_serves_and_stops(process, port, signal.SIGINT)  # Ctrl+C
    with started(SERVE, environment, BASE_DIR, patience=60) as process:
        for what_takes_long in ("Preparing", "Collecting", "Loading"):
            assert what_takes_long not in process.said()
        check_that_it_serves_and_stops(process, port, signal.SIGTERM)


def test_processes_die_with_a_supervisor_that_is_killed(used_site):
    with started(SERVE, site_environment(used_site, PORT=str(free_port())), BASE_DIR, patience=60) as process:
        wait_for(lambda: len(children(process.pid)) == PROCESSES)
        running = children(process.pid)
        process.kill()
        process.wait()
        wait_for(lambda: all(is_gone(pid) for pid in running))


def test_static_files_are_served_compressed_and_for_ever(empty_site_data, tmp_path):
    with running_server(tmp_path / "data", copy_of=empty_site_data, workers=1) as site:
        page = get(site.port, "/")[1]
        stylesheet = re.search(r'href="(/static/css/site\.[0-9a-f]+\.css)"', page)[1]
        request = urllib.request.Request(f"{site.url}{stylesheet}", headers={"Accept-Encoding": "br"})
        with urllib.request.urlopen(request) as answer:
            assert answer.headers["Content-Encoding"] == "br"
            assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.scale
def test_a_person_with_a_fresh_machine(tmp_path):
    """A clone, an empty DATA_DIR, ``make run``: nothing else is needed."""
    clone = tmp_path / "clone"
    listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], dict(os.environ))
    for name in filter(None, listed.stdout.split("\0")):
        if (BASE_DIR / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(BASE_DIR / name, clone / name)
    port = free_port()
    unwanted = {"PYTHONPATH", "VIRTUAL_ENV"}
    inherited = {name: value for name, value in site_environment(tmp_path / "data").items() if name not in unwanted}
    environment = inherited | {"PORT": str(port)}
    command = ["make", "run", f"PYTHON={sys.base_prefix}/bin/python3"]
    with started(command, environment, clone, patience=540) as process:
        print(process.said())
        assert get(port, "/healthz") == (200, "ok")
        assert "Worried about a child?" in get(port, "/")[1]
        for path in re.findall(rf"^  http://localhost:{port}(/\S*)", process.said(), re.MULTILINE):
            assert get(port, path)[0] in {200, 302}, path
        logins = process.said().partition("Logins:")[2]
        assert "dmin" in logins.strip().splitlines()[0]
        assert (tmp_path / "data/logins.txt").stat().st_mode & 0o777 == 0o600
        running = children(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=30)
        wait_for(lambda: all(is_gone(pid) for pid in running))

    began = time.monotonic()
    with started(command, environment, clone, patience=60) as process:
        assert time.monotonic() - began < 25
        assert process.said().partition("Logins:")[2] == logins or "Logins:" in process.said()
