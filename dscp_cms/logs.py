"""Logs: JSON lines that carry the id of the request they come from, through web, task and mail.

A request's id is sixteen hexadecimal digits. The keys of the tasks and messages that it makes begin with the
same digits (``new_key``), so that a worker on another machine, hours later, still logs where its work came from,
and no table needs a column for it.

Our own code logs ids only. Other people's code may put an address into an error; the formatter masks whatever
looks like an address or a token, as a second line of defence.
"""

import json
import logging
import re
import secrets
import uuid
from contextvars import ContextVar
from datetime import UTC, datetime

REQUEST_ID = re.compile(r"[0-9a-f]{16}([0-9a-f]{16})?")
ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
# A signed link: long, with capitals, small letters and digits. Slugs have no capitals, keys of rows are hexadecimal.
TOKEN = re.compile(
    r"(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*[0-9])[A-Za-z0-9_-]{24,}(?:[:.][A-Za-z0-9_-]{4,})*"
)
# What comes in brackets after PostgreSQL's "DETAIL:  Key (email)=" is what somebody typed.
DETAIL = re.compile(r"(DETAIL: .*?\)=\().*(\))")
MASKED = "…"

_request: ContextVar[str] = ContextVar("request", default="")


def set_request_id(given: str = "") -> str:
    """Begin a request (or a task); take over an id that a proxy of ours gave, if it is one. Return the id."""
    current = given[:16] if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    _request.set(current)
    return current


def forget_request_id() -> None:
    """Go back to work that no request asked for."""
    _request.set("")


def request_id() -> str:
    """The id of the request being answered, or that asked for the work in hand; empty for the clock's own."""
    return _request.get()


def new_key() -> uuid.UUID:
    """A key for a task or a message: random, and beginning with the id of the request that makes it."""
    return uuid.UUID(hex=(request_id() or secrets.token_hex(8)) + secrets.token_hex(8))


def id_in(key: uuid.UUID | str) -> str:
    """The request that made the task or message with this key."""
    return uuid.UUID(str(key)).hex[:16]


def mask(text: str) -> str:
    """The text without addresses and tokens."""
    return TOKEN.sub(MASKED, ADDRESS.sub(MASKED, DETAIL.sub(rf"\1{MASKED}\2", text)))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, and where known request, process and traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": mask(record.getMessage()),
            "process": record.process,
        }
        if request_id():
            line["request"] = request_id()
        if record.exc_info and record.exc_info[0]:
            line["error"] = mask(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


def readable(line: str) -> str:
    """A line of the log for a person's terminal; anything else as it is."""
    try:
        record = json.loads(line)
        text = f"{record['level']} {record['logger']}: {record['message']}"
    except (ValueError, KeyError, TypeError):
        return line
    return f"{text}\n{record['error']}" if record.get("error") else text


def configuration(level: str = "INFO") -> dict:
    """What Django's LOGGING and gunicorn's ``logconfig_dict`` are told: everything in JSON, to standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonFormatter}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.security.DisallowedHost": {"handlers": [], "level": "CRITICAL", "propagate": False},
            "gunicorn.error": {"handlers": [], "level": "INFO", "propagate": True},
            # Each run of a task would be two lines; failures are told by django_tasks itself.
            "django_tasks_db": {"level": "WARNING"},
            "fontTools": {"level": "WARNING"},
        },
    }
