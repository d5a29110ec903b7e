"""The tools of the tests do find what they are for."""

import os

import pytest
from django.core.management import call_command
from wagtail.models import Site

from dscp_cms.models import Topic
from dscp_cms.testing import html_checker, kept, postgres, programs, scale


@pytest.mark.once
def test_the_html_checker_finds_errors_and_knows_todays_html(tmp_path):
    page = '<!doctype html><html lang="en-GB"><meta charset="utf-8"><title>x</title><main>{}</main></html>'
    good = (
        '<details name="a" open><summary>One</summary><search><label>q <input type="search"></label></search></details>'
    )
    (tmp_path / "good.html").write_text(page.format(good))
    (tmp_path / "bad.html").write_text(page.format("<ul><p>Not here</p></ul>"))
    found = html_checker.problems(tmp_path)
    assert found
    assert all(problem.startswith("bad.html:1: ") for problem in found)


@pytest.mark.browser
def test_the_browser_sees_the_site(page, site_server):
    page.goto(site_server.url)
    assert page.get_by_role("link", name="Worried about a child?").first.is_visible()


@pytest.mark.once
@pytest.mark.skipif(not postgres.server_programs(), reason="PostgreSQL is missing on this machine")
def test_a_temporary_postgresql_leaves_nothing_behind():
    import psycopg

    with postgres.temporary_server() as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        folder = connection.execute("SHOW data_directory").fetchone()[0]
    assert not os.path.exists(folder)


@pytest.mark.once
def test_what_is_kept_is_made_once_and_goes_when_nobody_wants_it(monkeypatch, tmp_path):
    monkeypatch.setattr(kept, "FOLDER", tmp_path)
    made = []

    def make(folder):
        folder.mkdir()
        made.append(folder.name)
        if len(made) == 1:
            raise OSError("the first time it fails")

    with pytest.raises(OSError, match="fails"):
        kept.folder("site", "of-today", make)
    first = kept.folder("site", "of-today", make)
    assert kept.folder("site", "of-today", make) == first
    os.utime(first / ".ready", (0, 0))
    kept.folder("site", "of-tomorrow", make)
    assert made == ["site-of-today", "site-of-today", "site-of-tomorrow"] and not first.exists()


def test_the_size_of_a_test_of_scale(monkeypatch):
    monkeypatch.setattr(scale, "FULL", False)
    assert (scale.size(1000), scale.size(5), scale.size(1000, quick=30)) == (100, 1, 30)
    monkeypatch.setattr(scale, "FULL", True)
    assert (scale.size(1000), scale.size(1000, quick=30)) == (1000, 1000)


def test_what_is_missing_fails_where_ci_is_set(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="Nothing is missing on this machine"):
        programs.need(None, "Nothing")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception):
        programs.need(None, "Nothing")


@pytest.mark.parametrize("emptied", [False, True, False])
@pytest.mark.django_db(transaction=True)
def test_what_migrations_made_is_there_though_tests_empty_the_tables(emptied):
    if emptied:
        call_command("flush", interactive=False, verbosity=0)
        return
    assert Site.objects.get(is_default_site=True).root_page.title
    assert not Topic.objects.filter(name="Left behind").exists()
    Topic.objects.create(name="Left behind", slug="left-behind")
