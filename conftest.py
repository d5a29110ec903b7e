"""Fixtures for every app's tests.

``page`` and ``browser`` drive Chromium; ``site_server`` is the example site served by gunicorn, for
reading; a test that changes much starts a server of its own from ``example_site_data``.
"""

import fcntl
import os
import shutil
from functools import partial

import pytest
from django.core.cache import cache
from django.db import connection

from dscp_cms.testing import log_watch, programs, server
from dscp_cms.testing.browser import BROWSER_ARGUMENTS
from dscp_cms.testing.database import MigratedDatabase, Snapshot


def pytest_collection_modifyitems(items):
    """Leave out on SQLite what only PostgreSQL shows."""
    if connection.vendor == "postgresql":
        return
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.skip(reason="shows what only PostgreSQL does"))


FRESH = pytest.StashKey[Snapshot]()


@pytest.fixture(scope="session")
def migrated_database(pytestconfig):
    """The store of migrated SQLite databases; while one is being made, the run's other processes wait for it."""
    store = MigratedDatabase(pytestconfig.cache.mkdir("migrated"))
    yield store
    store.release()


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb, migrated_database):
    """Begin with a database that an earlier run migrated, if no migration has changed since."""
    return migrated_database.take() or django_db_keepdb


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker, pytestconfig, migrated_database):
    """Keep what migrations put into the database (the front page, groups), for tests that empty it."""
    with django_db_blocker.unblock():
        migrated_database.keep()
        pytestconfig.stash[FRESH] = Snapshot()


@pytest.fixture(autouse=True)
def emptied_tables_stay_empty(django_db_serialized_rollback):
    """Django makes permissions and content types anew after emptying the tables; the snapshot has them already."""
    # Said for each test again: while a browser is open, Django has another connection.
    connection._test_serialized_contents = "[]"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item, nextitem):
    """Put the migrations' data back after a test that isn't rolled back but ends with empty tables."""
    marker = item.get_closest_marker("django_db")
    emptying = {"transactional_db", "live_server", "django_db_reset_sequences"} & set(getattr(item, "fixturenames", ()))
    if nextitem is None or not (emptying or (marker and marker.kwargs.get("transaction"))):
        return (yield)
    database = item._request.getfixturevalue("django_db_blocker")
    result = yield
    with database.unblock():
        item.config.stash[FRESH].restore()
    return result


@pytest.fixture(autouse=True)
def files_of_its_own(settings, tmp_path):
    """Give each test media and outbox folders of its own, and a cache that knows nothing of earlier tests."""
    cache.clear()
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.OUTBOX_DIR = tmp_path / "outbox"


@pytest.fixture(autouse=True)
def logs_name_nobody():
    """Fail a test in which anything logs an address, a person's name or the token of a link."""
    with log_watch.watched() as found:
        yield
    assert found == [], "this was logged, and names somebody"


@pytest.fixture
def tasks_in_database(settings):
    """Enqueue tasks for the worker, as the real site does, instead of running them at once."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}


@pytest.fixture(scope="session")
def empty_site_data(tmp_path_factory):
    """A DATA_DIR with a migrated SQLite database and static files. Copy it, don't change it."""
    return _made_once(tmp_path_factory, "empty-site", server.build_empty_site)


@pytest.fixture(scope="session")
def example_site_data(tmp_path_factory, empty_site_data):
    """A DATA_DIR with the example site. Copy it, don't change it."""
    return _made_once(tmp_path_factory, "example-site", partial(server.build_example_site, empty=empty_site_data))


def _made_once(tmp_path_factory, name, make):
    """Let the first of a run's processes make a folder while the others wait."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, ready = shared / name, shared / f"{name}.ready"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            shutil.rmtree(folder, ignore_errors=True)  # left by a process that failed
            make(folder)
            ready.touch()
    return folder


@pytest.fixture(scope="session")
def site_server(example_site_data, tmp_path_factory):
    """The example site on SQLite, served as in production, for tests that leave it as it was."""
    with server.running_server(tmp_path_factory.mktemp("site"), copy_of=example_site_data, workers=1) as running:
        yield running


@pytest.fixture(scope="session")
def browser():
    """A Chromium; most tests want ``page`` instead."""
    from playwright.sync_api import sync_playwright

    path = programs.need(programs.chromium(), "Chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=BROWSER_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    """A fresh browser tab with cookies of its own."""
    context = browser.new_context(locale="en-GB", timezone_id="Europe/London")
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()
