"""Every wrong setting is one sentence that names the variable."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from dscp_cms.environment import BASE_DIR, read_environment
from dscp_cms.testing.server import site_environment

pytestmark = pytest.mark.once

ALL = ["SITE_URL", "SECRET_KEY", "EMAIL_URL", "MAIL_FROM", "DATABASE_URL", "CACHE_URL"]
ALL += ["MAIL_ALLOWED", "HOST", "PORT", "DATA_DIR", "WEB_CONCURRENCY", "DEBUG"]
ALL += ["SECRET_KEY_FALLBACKS", "SENTRY_DSN", "METRICS_TOKEN", "SECURITY_CONTACT"]
HTTPS = {
    "SITE_URL": "https://www.example.org",
    "SECRET_KEY": "x" * 60,
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
    "MAIL_FROM": "The partnership <noreply@example.org>",
    "DATABASE_URL": "postgres://user:password@db.example.org/dscp",
}


@pytest.fixture
def read(monkeypatch, tmp_path):
    """Read an environment that has only what the test gives."""

    def read_with(**variables):
        for name in ALL:
            monkeypatch.delenv(name, raising=False)
        for name, value in {"DATA_DIR": str(tmp_path / "data"), **variables}.items():
            if value is not None:
                monkeypatch.setenv(name, value)
        return read_environment()

    return read_with


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PORT": "http"}, "PORT must be a number from 1 to 65535, not “http”."),
        ({"PORT": "0"}, "PORT must be a number from 1 to 65535, not “0”."),
        ({"PORT": "٨٠"}, "PORT must be a number from 1 to 65535, not “٨٠”."),
        ({"WEB_CONCURRENCY": "many"}, "WEB_CONCURRENCY must be a number from 1 to 64, not “many”."),
        ({"SITE_URL": "www.example.org"}, "SITE_URL must look like https://www.example.org"),
        ({"SITE_URL": "https://www.example.org/site"}, "SITE_URL must look like https://www.example.org"),
        ({"DATABASE_URL": "mysql://localhost/dscp"}, "DATABASE_URL must look like postgres://"),
        ({"DATABASE_URL": "dscp"}, "DATABASE_URL must look like postgres://"),
        ({"DATABASE_URL": "postgres://localhost"}, "DATABASE_URL must look like postgres://"),
        ({"CACHE_URL": "nonsense://somewhere"}, "CACHE_URL must look like redis://"),
        ({"CACHE_URL": "memcache://somewhere:11211"}, "CACHE_URL must look like redis://"),
        ({"CACHE_URL": "redis://somewhere:port"}, "CACHE_URL must look like redis://"),
        ({"CACHE_URL": "redis://"}, "CACHE_URL must look like redis://"),
        ({"EMAIL_URL": "post://somewhere"}, "EMAIL_URL must look like smtp+tls://"),
        ({"SENTRY_DSN": "sentry.example.org"}, "SENTRY_DSN must look like https://"),
        ({"METRICS_TOKEN": "short"}, "METRICS_TOKEN must be sixteen or more"),
        ({"SECURITY_CONTACT": "the office"}, "SECURITY_CONTACT must be an address"),
        ({"DEBUG": "perhaps"}, "DEBUG must be on or off."),
        ({"SITE_URL": "https://www.example.org"}, "these must be set too: SECRET_KEY, EMAIL_URL, MAIL_FROM."),
        (HTTPS | {"DATABASE_URL": None, "DATA_DIR": None}, "DATABASE_URL or DATA_DIR must be set too."),
    ],
)
def test_a_wrong_setting_is_told_in_one_sentence(read, variables, sentence):
    with pytest.raises(ImproperlyConfigured) as raised:
        read(**variables)
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


def test_nothing_needs_to_be_set(read):
    found = read()
    assert (found.host, found.port, found.debug, found.secure) == ("127.0.0.1", 8000, False, False)
    assert found.web_concurrency == 2
    assert found.email is None
    assert "localhost" in found.allowed_hosts


def test_https_is_secure_and_answers_to_its_own_name_only(read):
    found = read(**HTTPS)
    assert found.secure
    assert found.allowed_hosts == ["www.example.org"]
    assert found.database["ENGINE"] == "django.db.backends.postgresql"
    assert found.database["OPTIONS"]["connect_timeout"] == 5
    patient = read(**HTTPS | {"DATABASE_URL": f"{HTTPS['DATABASE_URL']}?connect_timeout=20"})
    assert patient.database["OPTIONS"]["connect_timeout"] == 20


def test_valkey_is_reached_as_redis_is(read):
    assert read(CACHE_URL="valkeys://:secret@cache.example.org/1").cache["LOCATION"] == (
        "rediss://:secret@cache.example.org/1"
    )


def test_earlier_keys_and_the_contact(read):
    found = read(SECRET_KEY_FALLBACKS="one two", SECURITY_CONTACT="security@example.org").running
    assert found.secret_key_fallbacks == ("one", "two")
    assert found.security_contact == "mailto:security@example.org"


def test_every_variable_is_in_the_table():
    table = (BASE_DIR / "docs/deploying.md").read_text()
    code = "".join(path.read_text() for path in (BASE_DIR / "dscp_cms").glob("environment*.py"))
    read = set(re.findall(r'\(env, "([A-Z_]+)"|env\.str\("([A-Z_]+)"', code))
    names = {name for pair in read for name in pair if name}
    assert {"SITE_URL", "PORT"} <= names
    assert [name for name in sorted(names) if f"`{name}`" not in table] == []


def test_the_secret_key_is_made_once_and_kept_private(read, tmp_path):
    first = read().secret_key
    assert len(first) > 50
    assert read().secret_key == first
    assert (tmp_path / "data/secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("variables", "allowed"),
    [
        ({}, ("*",)),  # only the outbox
        (HTTPS, ("*",)),
        ({"EMAIL_URL": "smtp://127.0.0.1:25"}, ()),
        (
            {"EMAIL_URL": "smtp://127.0.0.1:25", "MAIL_ALLOWED": "Me@example.org, team.example"},
            ("me@example.org", "team.example"),
        ),
    ],
)
def test_a_copy_for_trying_things_writes_to_nobody_by_mistake(read, variables, allowed):
    assert read(**variables).mail_allowed == allowed


def test_a_data_dir_that_is_a_file(read, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ImproperlyConfigured, match="DATA_DIR .* can't be written to"):
        read(DATA_DIR=str(tmp_path / "file" / "data"))


def test_a_data_dir_that_is_read_only(read):
    folder = Path("/proc/sys") if os.geteuid() == 0 else Path("/usr")
    with pytest.raises(ImproperlyConfigured, match="DATA_DIR .* can't be written to"):
        read(DATA_DIR=str(folder))


@pytest.mark.parametrize(
    "program", [["manage.py", "check"], ["-m", "gunicorn", "-c", "gunicorn.conf.py", "dscp_cms.wsgi"]]
)
def test_the_sentence_is_all_that_is_printed(tmp_path, program):
    done = subprocess.run(
        [sys.executable, *program],
        cwd=BASE_DIR,
        env=site_environment(tmp_path, PORT="eighty"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == "Wrong setting: PORT must be a number from 1 to 65535, not “eighty”.\n"
