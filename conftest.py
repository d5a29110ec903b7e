"""Fixtures for every app's tests.

``page`` and ``browser`` drive Chromium; ``site_server`` is the example site served by gunicorn, for
reading; a test that changes much starts a server of its own from ``example_site_data``.
"""

import collections
import os
import shutil
from io import BytesIO

import pytest
import pytest_django
from django.core.cache import cache
from django.db import connection
from PIL import Image

from dscp_cms.testing import database, log_watch, programs, server, sites
from dscp_cms.testing.browser import BROWSER_ARGUMENTS

# What takes seconds to begin with: servers, programs, a browser.
SLOW_TO_BEGIN = {"page", "browser", "live_server", "site_server", "empty_site_data", "example_site_data"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Leave out on SQLite what only PostgreSQL shows; let files that take long come first, not last."""
    if connection.vendor != "postgresql":
        for item in items:
            if item.get_closest_marker("postgres"):
                item.add_marker(pytest.mark.skip(reason="shows what only PostgreSQL does"))
    if "PYTEST_XDIST_WORKER" in os.environ:  # which takes whole files, in the order of their first tests
        length = collections.Counter()
        for item in items:
            length[item.path] += 20 if SLOW_TO_BEGIN & set(getattr(item, "fixturenames", ())) else 1
        items.sort(key=lambda item: -length[item.path])


FRESH = pytest.StashKey[database.Snapshot]()
BLOCKER = pytest.StashKey[pytest_django.DjangoDbBlocker]()


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb, django_db_modify_db_settings):
    """Begin with a copy of a migrated database, under the name that a parallel process has been given."""
    if connection.vendor == "postgresql":
        template = database.migrated_postgres(os.environ["TEST_DATABASE_URL"])
        connection.settings_dict["TEST"]["TEMPLATE"] = template
        return django_db_keepdb
    shutil.copyfile(database.migrated_sqlite(), connection.creation._get_test_db_name())
    return True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker, pytestconfig):
    """Keep what migrations put into the database (the front page, groups), for tests that empty it."""
    with django_db_blocker.unblock():
        pytestconfig.stash[FRESH] = database.Snapshot()
    pytestconfig.stash[BLOCKER] = django_db_blocker


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
    result = yield
    with item.config.stash[BLOCKER].unblock():
        item.config.stash[FRESH].restore()
    return result


@pytest.fixture(autouse=True)
def files_of_its_own(settings, tmp_path):
    """Give each test media and outbox folders of its own, and a cache that knows nothing of earlier tests."""
    from dscp_cms import frame, rich_text  # which need the site

    cache.clear()
    frame.forget()
    rich_text.forget_links()
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


@pytest.fixture(scope="module")
def small_pictures():
    """Where a test loads the example site: drawing its pictures takes time, and is tested by itself."""
    from home.example import pictures

    drawn = BytesIO()
    Image.new("RGB", (60, 40), "teal").save(drawn, "JPEG")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "draw", lambda name: drawn.getvalue())
        yield


@pytest.fixture(scope="session")
def empty_site_data():
    """A DATA_DIR with a migrated SQLite database and static files. Copy it, don't change it."""
    return sites.empty()


@pytest.fixture(scope="session")
def example_site_data():
    """A DATA_DIR with the example site. Copy it, don't change it."""
    return sites.example()


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
    context.set_default_timeout(30_000)  # milliseconds; long, since what comes late isn't wrong
    yield context.new_page()
    context.close()
