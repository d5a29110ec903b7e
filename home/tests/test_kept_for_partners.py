"""The matrix of readers again, with every page kept that may be: nobody gets what was made for somebody else."""

import pytest

from dscp_cms.testing import kept_pages
from home.tests.test_partner_area import LISTS, SECRET, agencies, closed, readers  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db
MAY = {"nobody": False, "other agency": False, "partner": True, "editor": True}


@pytest.fixture
def site(settings, tmp_path):
    yield kept_pages.begin(settings, tmp_path / "pages")
    kept_pages.end()


@pytest.mark.parametrize("first", ["nobody", "partner"])
def test_who_comes_first_changes_nothing(site, closed, first):  # noqa: F811
    everybody = sorted(readers(), key=lambda pair: pair[0] != first)
    pages = [closed[name] for name in ("page", "news", "PDF of a page", "file", "document")]
    lists = [address for address in LISTS if "/feed" not in address]
    for _ in range(2):  # the second time warm
        for name, client in everybody:
            for address in (*pages, *lists):
                answer = site.get(address, cookies=client.cookies)
                assert address in lists or (answer.status == 200) is MAY[name], (name, address)
                if address in (closed["page"], closed["news"], "/resources/toolkits/"):
                    assert (SECRET.lower().encode() in answer.body.lower()) is MAY[name], (name, address)
    assert {"/", "/news/", "/resources/", "/resources/toolkits/"} <= site.kept() <= set(LISTS)
    for address in site.kept():
        assert site.get(address).was_kept and SECRET.encode() not in site.get(address).body
