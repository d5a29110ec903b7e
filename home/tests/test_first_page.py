"""In a browser: from the dashboard to a published page, by somebody who has never been here."""

import pytest
from django.contrib.auth.models import User

from dscp_cms.testing.axe import scrolls_sideways, violations
from dscp_cms.testing.pages import topic
from news.models import NewsItemPage
from news.tests import factories as news

pytestmark = pytest.mark.browser
WAGTAILS_OWN = ("sidebar", "w-breadcrumb", "w-slim-header", "data-side-panel", "w-minimap")


def own(page) -> list[str]:
    """What axe finds but for Wagtail's own furniture."""
    return [line for line in violations(page, widths=(390, 1280)) if not any(part in line for part in WAGTAILS_OWN)]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_first_page_from_a_pattern(live_server, page):
    User.objects.create_superuser("boss@example.org", "boss@example.org", "a long password")
    news.news_index(), topic()
    page.set_default_timeout(30_000)
    page.goto(f"{live_server.url}/admin/login/")
    page.locator("input[name=username]").fill("boss@example.org")
    page.locator("input[name=password]").fill("a long password")
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/admin/")

    # Where to begin is put away with one press, and stays away.
    with page.expect_response("**/dismissibles/"):
        page.get_by_role("button", name="put it away").click()
    page.get_by_role("heading", name="New here?").wait_for(state="hidden")

    for address in ("help/", "help/first-steps/", "help/checks/", "starters/", "starters/report/"):
        page.goto(f"{live_server.url}/admin/{address}")
        assert own(page) == []
        page.set_viewport_size({"width": 390, "height": 800})
        assert not scrolls_sideways(page), address
        page.set_viewport_size({"width": 1280, "height": 900})

    page.get_by_label("Title").fill("What the report found")
    page.get_by_role("button", name="Make the draft").click()
    page.wait_for_url("**/edit/")
    editor = page.url
    line = page.locator(".dscp-checks-line")
    line.get_by_text("Checks: 5 things to put right").wait_for()
    page.goto(f"{live_server.url}/admin/pages/{NewsItemPage.objects.get().pk}/checks/")
    assert own(page) == []
    page.goto(editor)

    # The checks follow what is typed, once it has saved itself.
    line.get_by_text("Checks: 5 things to put right").wait_for()
    page.wait_for_timeout(3000)  # the form takes what it finds at first for its saved state
    page.locator("#id_summary").fill("Four findings that concern us all.")
    line.get_by_text("Checks: 4 things to put right").wait_for()
    line.click()
    page.locator(".dscp-checks [data-dscp-fresh-part] >> text=Guidance left in the text").first.wait_for()
    assert "Summary:" not in page.locator(".dscp-checks [data-dscp-fresh-part]").inner_text()
    assert not NewsItemPage.objects.get().live
    page.goto(f"{live_server.url}/admin/")
    assert page.get_by_role("heading", name="New here?").count() == 0
