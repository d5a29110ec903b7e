"""What Wagtail was once warned of, on rights and private files: none of it comes back by our own code or a new version.

The numbers are those of the published advisories.
"""

import json
import re
import time

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse
from wagtail.admin.rich_text.converters.contentstate import ContentstateConverter
from wagtail.models import Collection, CollectionViewRestriction, GroupPagePermission, PageViewRestriction, Site

from dscp_cms.models import SiteSettings
from dscp_cms.testing.pages import front_page
from home import roles
from home.models import StandardPage
from home.tests import factories
from resources.tests import factories as resources

pytestmark = pytest.mark.django_db
EVIL = '<script>alert("x")</script>'


@pytest.fixture
def sign_in(client):
    """Sign somebody of a group in."""
    roles.sync()

    def as_one_of(group):
        user = User.objects.create_user(f"{group.lower()}@example.org", f"{group.lower()}@example.org")
        user.groups.add(Group.objects.get(name=group))
        client.force_login(user)
        return user

    return as_one_of


def test_bulk_actions_tell_no_names_of_users(client, sign_in):
    """CVE-2023-45809."""
    other = User.objects.create_user("delegate.one@example.org", first_name="Delegate", last_name="One")
    sign_in("Editors")
    for action in ("delete", "assign_role", "set_active_state"):
        for model in ("user", "User"):
            answer = client.get(f"/admin/bulk/auth/{model}/{action}/?id={other.pk}", follow=True)
            assert b"delegate.one" not in answer.content and b"Delegate One" not in answer.content


def test_settings_are_nobodys_who_has_no_right_to_them(client, sign_in):
    """CVE-2024-35228."""
    sign_in("Contributors")
    site = Site.objects.get()
    before = SiteSettings.for_site(site).telephone
    address = f"/admin/settings/dscp_cms/sitesettings/{site.pk}/"
    for answer in (client.get(address), client.post(address, {"telephone": "0191 498 0000"})):
        assert answer.status_code in {302, 403}
    assert SiteSettings.objects.filter(telephone="0191 498 0000").count() == 0 and before != "0191 498 0000"


def test_previews_need_the_right_to_edit(client, sign_in):
    """CVE-2026-25517."""
    page = factories.standard("Somebody's page")
    page.title = "A secret draft"
    page.save_revision()
    sign_in("Contributors")
    GroupPagePermission.objects.filter(group__name="Contributors").delete()
    addresses = [
        reverse("wagtailadmin_pages:preview_on_edit", args=[page.pk]),
        reverse("wagtailadmin_pages:view_draft", args=[page.pk]),
        reverse("wagtailadmin_pages:edit", args=[page.pk]),
        reverse("wagtailadmin_pages:preview_on_add", args=["home", "standardpage", front_page().pk]),
        reverse("wagtailadmin_pages:revisions_view", args=[page.pk, page.latest_revision.pk]),
        reverse("wagtailadmin_pages:revisions_compare", args=[page.pk, "earliest", "latest"]),
    ]
    for address in addresses:
        for answer in (client.get(address), client.post(address, {"title": "A secret draft", "slug": "x"})):
            assert answer.status_code in {302, 403, 404, 405}, address
            assert b"A secret draft" not in answer.content, address


def test_a_comparison_of_versions_runs_nothing(client, sign_in):
    """CVE-2020-11001."""
    page = factories.standard("Before")
    page.save_revision()
    page.title = page.summary = EVIL
    page.save_revision()
    sign_in("Moderators")
    answer = client.get(reverse("wagtailadmin_pages:revisions_compare", args=[page.pk, "earliest", "latest"]))
    assert answer.status_code == 200 and EVIL not in answer.content.decode()


def test_links_of_editors_run_nothing(client):
    """CVE-2021-29434, and CVE-2021-32681 for words in blocks."""
    words, addresses = "one two three", ("javascript:alert(1)", " jAvascript:alert(1)", "data:text/html,x")
    places = [{"key": number, "offset": number * 4, "length": 3} for number in range(len(addresses))]
    entities = {
        str(number): {"type": "LINK", "mutability": "MUTABLE", "data": {"url": address}}
        for number, address in enumerate(addresses)
    }
    block = {"key": "a", "type": "unstyled", "text": words, "depth": 0, "inlineStyleRanges": [], "entityRanges": places}
    sent = json.dumps({"blocks": [block], "entityMap": entities})
    text = ContentstateConverter(features=["link"]).to_database_format(sent)
    assert "one" in text
    page = factories.standard("Links", body=[("text", text), ("heading", {"text": EVIL, "level": "h2"})])
    main = client.get(page.url).content.decode().partition("<main")[2]
    assert "one" in main
    assert not re.search(r"href=\"\s*(javascript|data)|<script>alert", main, re.IGNORECASE)


def test_help_of_a_form_runs_nothing(client):
    """CVE-2020-15118."""
    page = factories.contact_page()
    field = page.form_fields.first()
    field.help_text, field.label = EVIL, "Your message"
    field.save()
    assert EVIL not in client.get(page.url).content.decode()


@pytest.mark.parametrize("words", ['"' * 20_000, "a:" * 10_000, ':"' * 10_000, "(" * 20_000])
def test_no_search_keeps_the_server_busy(client, admin_client, words):
    """CVE-2024-39317."""
    began = time.process_time()
    for somebody, address in (
        (client, "/search/"),
        (admin_client, "/admin/pages/search/"),
        (admin_client, "/admin/images/"),
    ):
        assert somebody.get(address, {"q": words}).status_code in {200, 302, 400}
    assert time.process_time() - began < 10  # seconds; what it was warned of took minutes


def test_private_files_have_no_other_address(client):
    closed = Collection.get_first_root_node().add_child(name="Closed")
    CollectionViewRestriction.objects.create(collection=closed, restriction_type="login")
    document = resources.document(content=resources.PDF, name="closed.pdf")
    document.collection = closed
    document.save()
    for address in (
        document.url,
        f"/media/{document.file.name}",
        f"/media/images/../{document.file.name}",
        f"/documents/{document.pk}/other.pdf",
        f"/admin/api/main/documents/{document.pk}/",
        f"/static/../media/{document.file.name}",
    ):
        answer = client.get(address)
        assert answer.status_code in {302, 401, 403, 404}, address
        assert b"%PDF" not in b"".join(answer.streaming_content if answer.streaming else [answer.content])


def test_a_shared_password_is_compared_in_constant_time(client, monkeypatch):
    """CVE-2020-11037."""
    from django.utils import crypto

    page = factories.standard("Closed")
    restriction = PageViewRestriction.objects.create(page=page, restriction_type="password", password="a long phrase")
    compared = []
    real = crypto.constant_time_compare
    monkeypatch.setattr("wagtail.forms.constant_time_compare", lambda *given: compared.append(given) or real(*given))
    address = f"/_util/authenticate_with_password/{restriction.pk}/{page.pk}/"
    client.post(address, {"password": "a long phrasf", "return_url": page.url})
    assert compared
    assert (
        StandardPage.objects.filter(pk=page.pk).exists() and client.get(page.url).content.count(b"a long phrase") == 0
    )
