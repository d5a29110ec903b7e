"""Settings for the tests: nothing of the developer's environment, everything in a temporary folder."""

import atexit
import os
import shutil
import tempfile

# Each process of a test run has a folder of its own, also for what it leaves behind when it fails.
_folder = tempfile.mkdtemp(prefix="dscp-test-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)

for _name in (
    "SITE_URL",
    "CACHE_URL",
    "EMAIL_URL",
    "MAIL_FROM",
    "SENTRY_DSN",
    "METRICS_TOKEN",
    "SECURITY_CONTACT",
    "SECRET_KEY_FALLBACKS",
    "DEBUG",
    "HOST",
    "PORT",
    "WEB_CONCURRENCY",
    "TRUSTED_PROXIES",
    "STORAGE_URL",
    "PAGE_CACHE",
    "CDN_URL",
):
    os.environ.pop(_name, None)
os.environ["DATA_DIR"] = _folder
os.environ["SECRET_KEY"] = "only for the tests, and the same in each process of a run"  # noqa: S105
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "")
# Playwright's event loop stands in the thread where tests use the ORM.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

from dscp_cms.settings import *  # noqa: E402, F403
from dscp_cms.settings import DATA_DIR, DATABASES, STORAGES  # noqa: E402

SITE_URL = PUBLIC_URL = WAGTAILADMIN_BASE_URL = "http://testserver"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, as on the real site: in memory, the threads of a live server would share one connection.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"

ACCOUNT_ANSWER_SECONDS = 0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
(DATA_DIR / "static").mkdir()
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# Tasks run where they are enqueued, Wagtail's indexing too; tests of the worker choose the real backend.
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
