"""Reads the environment variables listed in docs/deploying.md, and says in a sentence what is wrong.

Nothing else in the project looks at ``os.environ``.
"""

import ipaddress
import re
import secrets
import socket
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from dscp_cms.environment_running import Running, read_running
from dscp_cms.environment_sending import Sending, read_sending
from dscp_cms.environment_storage import read_storage

BASE_DIR = Path(__file__).resolve().parent.parent
WEB_THREADS = 4  # of each web process
# Seconds, and for the last milliseconds: when a network that swallows everything counts as broken. By themselves
# PostgreSQL's clients wait two minutes for a connection, and a quarter of an hour for an answer. DATABASE_URL may
# say otherwise: ?connect_timeout=20.
POSTGRES_PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


@dataclass(frozen=True)
class Environment:
    """What the environment asks for, checked."""

    debug: bool
    host: str
    port: int
    data_dir: Path
    site_url: str
    secret_key: str
    database: dict
    cache: dict
    storage: dict
    email: dict | None
    mail_from: str
    mail_allowed: tuple[str, ...]
    web_concurrency: int = 2
    secure: bool = False
    allowed_hosts: list[str] = field(default_factory=list)
    sending: Sending = field(default_factory=Sending)
    running: Running = field(default_factory=Running)
    trusted_proxies: list[str] = field(default_factory=list)
    accel_prefix: str = ""


def read_environment() -> Environment:
    """Return the checked environment; raise ImproperlyConfigured with one sentence when it can't work."""
    env = environ.Env()
    site_url = env.str("SITE_URL", default="").rstrip("/")
    secure = _check_site_url(site_url)
    if secure:
        _require(env, "SECRET_KEY", "EMAIL_URL", "MAIL_FROM")
        if not (env.str("DATABASE_URL", default="") or env.str("DATA_DIR", default="")):
            raise ImproperlyConfigured("SITE_URL is https, so DATABASE_URL or DATA_DIR must be set too.")
    data_dir = _data_dir(env.str("DATA_DIR", default="") or BASE_DIR / "var")
    mail_from = env.str("MAIL_FROM", default="") or "Durham Safeguarding Children Partnership <noreply@localhost>"
    return Environment(
        debug=_switch(env, "DEBUG"),
        host=env.str("HOST", default="127.0.0.1"),
        port=_number(env, "PORT", default=8000, highest=65535),
        data_dir=data_dir,
        site_url=site_url,
        secret_key=env.str("SECRET_KEY", default="") or _generated_secret_key(data_dir),
        database=_database(env, data_dir),
        cache=_cache(env, data_dir),
        storage=read_storage(env),
        email=_email(env),
        mail_from=mail_from,
        mail_allowed=_mail_allowed(env, secure),
        web_concurrency=_number(env, "WEB_CONCURRENCY", default=2, highest=64),
        secure=secure,
        allowed_hosts=[urlsplit(site_url).hostname] if site_url else _own_names(),
        sending=read_sending(env, mail_from),
        running=read_running(env),
        trusted_proxies=_proxies(env),
        accel_prefix=_accel_prefix(env),
    )


def _check_site_url(site_url: str) -> bool:
    """Whether the site is served over https."""
    if not site_url:
        return False
    parts = urlsplit(site_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        raise ImproperlyConfigured(f"SITE_URL must look like https://www.example.org with no path, not “{site_url}”.")
    return parts.scheme == "https"


def _require(env: environ.Env, *names: str) -> None:
    missing = [name for name in names if not env.str(name, default="")]
    if missing:
        raise ImproperlyConfigured(f"SITE_URL is https, so these must be set too: {', '.join(missing)}.")


def _read(reader, name: str, sentence: str, default):
    try:
        with warnings.catch_warnings(action="ignore"):  # it warns where the sentence says more
            return reader(name, default=default)
    except Exception as error:
        raise ImproperlyConfigured(sentence) from error


def _switch(env: environ.Env, name: str) -> bool:
    text = env.str(name, default="").lower()
    if text not in {"", "off", "false", "no", "0", "on", "true", "yes", "1"}:
        raise ImproperlyConfigured(f"{name} must be on or off.")
    return text in {"on", "true", "yes", "1"}


def _number(env: environ.Env, name: str, *, default: int, highest: int) -> int:
    text = env.str(name, default="") or str(default)
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) <= highest:
        raise ImproperlyConfigured(f"{name} must be a number from 1 to {highest}, not “{text}”.")
    return int(text)


def _data_dir(value) -> Path:
    data_dir = Path(value).expanduser().resolve()
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        probe = data_dir / f".write-test-{secrets.token_hex(4)}"
        try:
            probe.write_bytes(bytes(4096))  # more than a name: a full disk still takes empty files
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"DATA_DIR {data_dir} can't be written to ({error.strerror}).") from error
    return data_dir


def _generated_secret_key(data_dir: Path) -> str:
    """A key kept in DATA_DIR, made once; exclusive creation, since several processes may start together."""
    path = data_dir / "secret_key"
    try:
        with path.open("x") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    except OSError as error:
        raise ImproperlyConfigured(f"{path} can't be written ({error.strerror}); set SECRET_KEY.") from error
    return path.read_text()


def _database(env: environ.Env, data_dir: Path) -> dict:
    url = env.str("DATABASE_URL", default="")
    if not url:
        return _sqlite(data_dir / "db.sqlite3")
    sentence = "DATABASE_URL must look like postgres://user:password@host:5432/name or sqlite:////path/to/file."
    database = _read(env.db_url, "DATABASE_URL", sentence, default=url)
    if database.get("ENGINE") == "django.db.backends.sqlite3":
        return _sqlite(database["NAME"])
    if database.get("ENGINE") != "django.db.backends.postgresql" or not database.get("NAME"):
        raise ImproperlyConfigured(sentence)
    options = {**POSTGRES_PATIENCE, **database.get("OPTIONS", {})}
    return {**database, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}


def _sqlite(path) -> dict:
    """SQLite as a server database: readers never wait, a writer waits its turn rather than fail."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
        },
    }


def _cache(env: environ.Env, data_dir: Path) -> dict:
    url = env.str("CACHE_URL", default="")
    if not url:
        return {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": data_dir / "cache"}
    sentence = "CACHE_URL must look like redis://host:6379/0 (or rediss://, valkey://, valkeys://)."
    from redis import ConnectionPool  # takes a moment, and most sites have none

    location = re.sub(r"^valkey(s?)://", r"redis\1://", url)  # the library knows no other name
    try:
        if not re.match(r"rediss?://[^/?]", location):
            raise ValueError(location)
        ConnectionPool.from_url(location)
    except ValueError as error:
        raise ImproperlyConfigured(sentence) from error
    return {"BACKEND": "dscp_cms.shared_cache.SharedCache", "LOCATION": location}


def _email(env: environ.Env) -> dict | None:
    if not env.str("EMAIL_URL", default=""):
        return None
    return _read(env.email_url, "EMAIL_URL", "EMAIL_URL must look like smtp+tls://user:password@host:587.", default="")


def _proxies(env: environ.Env) -> list[str]:
    """The networks whose word on a client's address is believed; only this machine unless told otherwise."""
    text = env.str("TRUSTED_PROXIES", default="") or "127.0.0.0/8,::1"
    networks = [part.strip() for part in text.split(",") if part.strip()]
    try:
        return [str(ipaddress.ip_network(network)) for network in networks]
    except ValueError as error:
        raise ImproperlyConfigured("TRUSTED_PROXIES must look like 10.0.0.5,192.168.1.0/24.") from error


def _accel_prefix(env: environ.Env) -> str:
    """The address inside nginx under which it finds the files of DATA_DIR/media itself."""
    prefix = env.str("X_ACCEL_PREFIX", default="")
    if prefix and not re.fullmatch(r"/[\w/-]*/", prefix):
        raise ImproperlyConfigured(f"X_ACCEL_PREFIX must begin and end with a slash, like /protected/, not “{prefix}”.")
    return prefix


def _mail_allowed(env: environ.Env, secure: bool) -> tuple[str, ...]:
    """Who may be written to: everybody in production and in the outbox, else only whom MAIL_ALLOWED names.

    So a copy of the site for trying things, with real subscribers in it, writes to nobody by mistake.
    """
    if secure or not env.str("EMAIL_URL", default=""):
        return ("*",)
    return tuple(part.strip().lower() for part in env.str("MAIL_ALLOWED", default="").split(",") if part.strip())


def _own_names() -> list[str]:
    """The machine's own names and addresses, for a first start without SITE_URL."""
    names = {"localhost", "127.0.0.1", "[::1]", "0.0.0.0", socket.gethostname(), socket.getfqdn()}  # noqa: S104
    try:
        found = socket.getaddrinfo(socket.gethostname(), None)
    except OSError:
        found = []
    for _family, _kind, _protocol, _name, address in found:
        host = address[0].split("%")[0]
        names.add(f"[{host}]" if ":" in host else host)
    return sorted(names)
