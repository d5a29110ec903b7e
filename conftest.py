"""Fixtures for every app's tests."""

import pytest
from django.db import connection

from dscp_cms.testing import programs
from dscp_cms.testing.browser import BROWSER_ARGUMENTS


def pytest_collection_modifyitems(items):
    """Leave out on SQLite what only PostgreSQL shows."""
    if connection.vendor == "postgresql":
        return
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.skip(reason="shows what only PostgreSQL does"))


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    """Each test has media and outbox folders of its own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.OUTBOX_DIR = tmp_path / "outbox"


@pytest.fixture(scope="session")
def browser():
    """A Chromium; a test makes its own pages: ``page = browser.new_page()``, better the ``page`` fixture."""
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
