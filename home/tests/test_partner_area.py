"""Partners: invited, signed in, and shown what is for them, of which nothing leaks to anybody else."""

import re

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Collection, CollectionViewRestriction, PageViewRestriction, ReferenceIndex

from dscp_cms import page_pdfs
from dscp_cms.accounts import partners
from dscp_cms.models import Agency, OutgoingMail, PartnerProfile, SiteDocument, SiteImage
from dscp_cms.passages import index_all
from dscp_cms.testing.pages import STORY, front_page, make
from home import roles
from home.models import PriorityIndexPage, PriorityPage, StandardPage
from news.tests import factories as news
from resources import inside
from resources.models import ResourceLibraryPage
from resources.tests import factories as resources

pytestmark = pytest.mark.django_db
SECRET = "Zebrafish"  # stands in everything that only partners may know of
PASSWORD = "a long unusual phrase"


@pytest.fixture
def agencies():
    return [
        Agency.objects.create(name=name, kind=Agency.Kind.SCHOOL)
        for name in ("Example Primary School", "Example Health Trust")
    ]


def invited(name, agency):
    return partners.invite(email=f"{name}@example.org", first_name="Delegate", last_name=name, agency=agency)


# Who is a partner


def test_a_partner_manager_invites_changes_and_ends(client, agencies):
    roles.sync()
    manager = User.objects.create_user("manager@example.org", "manager@example.org", PASSWORD, first_name="Delegate")
    manager.groups.add(Group.objects.get(name=roles.PARTNER_MANAGERS))
    client.force_login(manager)
    data = {"email": "Delegate.One@Example.org", "first_name": "Delegate", "last_name": "One", "agency": agencies[0].pk}
    address = reverse("dscp_cms_partnerprofile_modeladmin_create")
    assert client.get(address).status_code == 200
    assert client.post(address, data).status_code == 302
    profile = PartnerProfile.objects.get()
    assert (profile.user.username, profile.invited_by) == ("delegate.one@example.org", manager)
    assert profile.user.groups.get().name == "Partner: Example Primary School"
    assert not profile.user.has_usable_password() and not profile.user.has_perm("wagtailadmin.access_admin")
    letter = OutgoingMail.objects.get()
    assert "http://testserver/partners/sign-in/" in letter.text and "Example Primary School" in letter.text
    assert "is a partner already" in client.post(address, data).content.decode()
    change = reverse("dscp_cms_partnerprofile_modeladmin_edit", args=[profile.pk])
    client.post(change, {"agency": agencies[1].pk})
    assert profile.user.groups.get().name == "Partner: Example Health Trust"
    for name in ("index", "inspect"):
        keys = [profile.pk] if name == "inspect" else []
        assert (
            "Delegate One"
            in client.get(reverse(f"dscp_cms_partnerprofile_modeladmin_{name}", args=keys)).content.decode()
        )
    client.post(reverse("invite_partner_again", args=[profile.pk]))
    assert OutgoingMail.objects.count() == 2
    client.post(reverse("end_partner_access", args=[profile.pk]))
    profile.refresh_from_db()
    assert profile.ended_by == manager and not profile.user.is_active and not profile.user.groups.exists()
    client.post(reverse("invite_partner_again", args=[profile.pk]))
    assert PartnerProfile.objects.current().get() == profile


def test_others_dont(client, agencies):
    roles.sync()
    profile = invited("One", agencies[0])
    moderator = User.objects.create_user("moderator@example.org", "moderator@example.org", PASSWORD)
    moderator.groups.add(Group.objects.get(name="Moderators"))
    client.force_login(moderator)
    for address in (
        reverse("end_partner_access", args=[profile.pk]),
        reverse("invite_partner_again", args=[profile.pk]),
    ):
        client.post(address)
    profile.refresh_from_db()
    assert profile.ended_at is None and OutgoingMail.objects.count() == 1
    assert "Partners" not in re.findall(r'"label": "([^"]+)"', client.get("/admin/").content.decode())
    assert client.get(reverse("dscp_cms_partnerprofile_modeladmin_index")).status_code == 302


def test_staff_are_not_made_partners(agencies):
    User.objects.create_user("editor@example.org", "editor@example.org", PASSWORD)
    with pytest.raises(ValidationError, match="staff"):
        partners.invite(email="editor@example.org", first_name="", last_name="", agency=agencies[0])


def test_an_agency_renamed_keeps_its_group(agencies):
    group = partners.group_of(agencies[0])
    agencies[0].name = "Example First School"
    assert partners.group_of(agencies[0]) == group and group.__class__.objects.get(pk=group.pk).name.endswith(
        "First School"
    )


# Nothing leaks


@pytest.fixture
def closed(agencies):
    """A page, a resource with a file, a news item, a picture and a document that only one school's partners may read."""
    invited("School", agencies[0]), invited("Trust", agencies[1])
    group = partners.group_of(agencies[0])
    image = SiteImage.objects.create(title=SECRET, file=get_test_image_file(f"{SECRET}.png"))
    page = make(StandardPage, front_page(), f"{SECRET} plan", social_image=image, show_in_menus=False)
    resource = resources.resource(f"{SECRET} toolkit")
    version = resources.version(resource)
    item = news.news_item(f"{SECRET} news")
    inside.ask(version.document)
    inside.read_document(version.document_id)
    plan = make(
        PriorityPage, make(PriorityIndexPage, front_page(), "Aims"), f"{SECRET} aim", number=1, period_start=2025,
        period_end=2027, outcomes="<ul><li>Seen sooner</li></ul>", why=STORY,
    )  # fmt: skip
    for one in (page, resource, item, plan):
        restriction = PageViewRestriction.objects.create(page=one, restriction_type="groups")
        restriction.groups.add(group)
    collection = Collection.get_first_root_node().add_child(name="For the school")
    restriction = CollectionViewRestriction.objects.create(collection=collection, restriction_type="groups")
    restriction.groups.add(group)
    version.document.save()
    document = SiteDocument(title=SECRET, collection=collection)
    document.file.save("zebrafish.txt", resources.version(resources.resource("Other"), label="1").document.file)
    document.save()
    ReferenceIndex.create_or_update_for_object(page)
    index_all()
    page_pdfs.make_due()
    return {
        "page": page.url,
        "news": item.url,
        "file": f"{resource.url}download/",
        "version": f"{resource.url}versions/{version.pk}/",
        "version's own address": version.document.url,
        "version's file": f"{resource.url}versions/{version.pk}/download/",
        "picture of its first page": f"{resource.url}preview/",
        "zip": f"{resource.get_parent().url}download/zip/?r={resource.pk}",
        "PDF of a page": f"{plan.url}pdf/",
        "briefing pack": f"{plan.url}briefing-pack/",
        "document": document.url,
        "picture": image.get_rendition("width-40").url,
    }


def readers():
    editor, _ = User.objects.get_or_create(username="editor@example.org", email="editor@example.org")
    editor.user_permissions.add(Permission.objects.get(codename="access_admin"))
    found = {"nobody": None, "other agency": User.objects.get(last_name="Trust"),
             "partner": User.objects.get(last_name="School"), "editor": editor}  # fmt: skip
    for name, user in found.items():
        client = Client()
        if user:
            client.force_login(user)
        yield name, client


LISTS = (
    *(
        "/search/?q=zebrafish",
        "/search/suggest/?q=zebra",
        "/news/",
        "/news/feed/",
        "/events/calendar.ics",
        "/resources/",
        "/resources/feed/",
        "/resources/toolkits/",
        "/resources/toolkits/feed/",
        "/resources/toolkits/download/",
    ),
    *("/sitemap.xml", "/", "/robots.txt", "/newsletters/", "/partners/"),
)


def test_restricted_things_reach_their_readers_and_nobody_else(closed):
    # The school's partner first, so that whatever keeps answers is warm.
    for name, client in sorted(readers(), key=lambda pair: pair[0] != "partner"):
        for thing, address in closed.items():
            response = client.get(address)
            allowed = name in ("partner", "editor")
            assert (response.status_code == 200) is allowed, (name, thing, response.status_code)
            assert (client.head(address).status_code == 200) is allowed, (name, thing, "HEAD")
            if allowed:
                kept = response["Cache-Control"]
                assert "no-store" in kept and "private" in kept, (name, thing, kept)
                tag = response.get("ETag", '"x"')
                b"".join(response.streaming_content) if response.streaming else None
                closed_again = Client().get(
                    address, headers={"if-none-match": tag, "if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"}
                )
                assert closed_again.status_code not in (200, 206, 304), (thing, closed_again.status_code)
            else:
                assert (
                    SECRET.encode() not in response.getvalue()
                    if response.streaming
                    else SECRET.encode() not in response.content
                )


def test_lists_name_restricted_things_to_nobody_else(closed):
    for name, client in sorted(readers(), key=lambda pair: pair[0] != "partner"):
        for address in LISTS:
            response = client.get(address)
            body = b"".join(response.streaming_content) if response.streaming else response.content
            if name in ("nobody", "other agency"):
                found = body.replace(b"q=zebrafish", b"").lower().replace(b'value="zebrafish"', b"")
                assert (
                    b"zebrafish plan" not in found
                    and b"zebrafish toolkit" not in found
                    and b"zebrafish news" not in found
                ), (name, address)
                assert b"/zebrafish-" not in found, (name, address)
            elif address in ("/resources/toolkits/", "/resources/toolkits/download/"):
                assert b"Zebrafish toolkit" in body, (name, address)
            if address.startswith("/resources/"):
                assert response.status_code == 200, (name, address)
                assert ("no-store" in response.get("Cache-Control", "")) is (name != "nobody" or "download" in address)


def test_kept_pages_tell_nobody_else_of_restricted_things(closed, settings, tmp_path):
    """Whoever reads first: what the page cache keeps is what nobody in particular reads."""
    from dscp_cms.testing import kept_pages

    site = kept_pages.begin(settings, tmp_path / "pages")
    try:
        addresses = [address for address in LISTS if "zip" not in address] + list(closed.values())
        for _warm in range(2):
            for name, client in sorted(readers(), key=lambda pair: pair[0] not in ("partner", "editor")):
                for address in addresses:
                    for method in ("GET", "HEAD"):
                        answer = site.get(address, method=method, cookies=client.cookies)
                        if name not in ("nobody", "other agency"):
                            continue
                        found = answer.body.lower()
                        assert b"zebrafish plan" not in found and b"zebrafish toolkit" not in found, (name, address)
                        assert b"/zebrafish-" not in found.replace(b"next=/zebrafish-", b""), (name, address)
                        assert answer.status != 200 or address in LISTS, (name, address)
        assert {"/news/", "/resources/"} <= site.kept() and not site.kept() & set(closed.values())
    finally:
        kept_pages.end()


def test_there_is_no_api(closed):
    for name, client in readers():
        for address in ("/api/", "/api/v2/pages/", "/api/v2/documents/", "/api/v2/images/", "/api/main/pages/"):
            assert client.get(address).status_code == 404, (name, address)


def test_the_partner_page_lists_what_is_for_the_partner(closed):
    shown = {}
    for name, client in readers():
        response = client.get("/partners/")
        shown[name] = (
            response.status_code,
            "Zebrafish plan" in response.content.decode(),
            "no-store" in response["Cache-Control"],
        )
    assert shown == {"nobody": (302, False, True), "other agency": (200, False, True),
                     "partner": (200, True, True), "editor": (200, True, True)}  # fmt: skip


def test_ending_access_ends_a_session_that_is_open(client, closed):
    user = User.objects.get(last_name="School")
    client.force_login(user)
    assert client.get(closed["page"]).status_code == 200
    partners.end_access(user.partner)
    assert client.get(closed["page"]).status_code == 302 and client.get(closed["document"]).status_code != 200


def test_nobody_is_led_to_the_partners_sign_in_and_back(client, closed):
    response = client.get(closed["page"])
    assert response["Location"].startswith("/partners/sign-in/?next=/zebrafish-plan/")


def test_cards_of_restricted_pages_show_to_those_who_may(closed):
    plan = StandardPage.objects.get(title__startswith=SECRET)
    links = {"title": "", "links": [{"title": "", "page": plan, "url": "", "description": ""}]}
    button = {"text": f"Read the {SECRET} plan", "page": plan, "url": "", "style": "primary"}
    for slug, block in (("cards", ("pages", {"title": "", "pages": [plan]})), ("list", ("link_list", links)),
                        ("press", ("button", button))):  # fmt: skip
        make(StandardPage, front_page(), "Open", slug=slug, body=[block])
        for name, client in readers():
            text = client.get(f"/{slug}/").content.decode()
            assert (SECRET in text) is (name in ("partner", "editor")), (slug, name)


def test_the_ways_in_show_closed_libraries_and_plans_to_those_who_may(closed):
    """And nobody keeps what was made for them."""
    group = partners.group_of(Agency.objects.get(name__contains="School"))
    library = make(ResourceLibraryPage, resources.resource_index(), f"{SECRET} library")
    plan = resources.publication(f"{SECRET} publication")
    for page in (library, plan):
        PageViewRestriction.objects.create(page=page, restriction_type="groups").groups.add(group)
    for address in (resources.resource_index().url, resources.publication_index().url):
        for name, client in sorted(readers(), key=lambda pair: pair[0] != "partner"):
            answer = client.get(address)
            assert (SECRET in answer.content.decode()) is (name in ("partner", "editor")), (address, name)
            assert ("no-store" in answer.get("Cache-Control", "")) is (name != "nobody"), (address, name)


# Shared passwords


def test_a_shared_password_opens_the_page_and_says_nothing_before(client):
    page = make(StandardPage, front_page(), f"{SECRET} plan")
    restriction = PageViewRestriction.objects.create(
        page=page, restriction_type="password", password="three little words"
    )
    asked = client.get(page.url)
    assert (
        asked.status_code == 403 and SECRET.encode() not in asked.content and b"Enter the password" not in asked.content
    )
    assert "no-store" in asked["Cache-Control"]
    action = f"/_util/authenticate_with_password/{restriction.pk}/{page.pk}/"
    assert action.encode() in asked.content
    wrong = client.post(action, {"password": "x", "return_url": page.url})
    assert "not correct" in wrong.content.decode() and SECRET.encode() not in wrong.content
    assert client.post(action, {"password": "three little words", "return_url": page.url})["Location"] == page.url
    opened = client.get(page.url)
    assert opened.status_code == 200 and "no-store" in opened["Cache-Control"]
    assert Client().get(page.url).status_code == 403


def test_shared_passwords_cant_be_guessed_for_long(client):
    page = make(StandardPage, front_page(), "Plan")
    restriction = PageViewRestriction.objects.create(page=page, restriction_type="password", password="words")
    action = f"/_util/authenticate_with_password/{restriction.pk}/{page.pk}/"
    codes = [client.post(action, {"password": "x", "return_url": "/"}).status_code for _ in range(62)]
    assert codes[0] == 403 and 429 in codes
    assert Client(REMOTE_ADDR="203.0.113.9").post(action, {"password": "words", "return_url": "/"}).status_code == 302


def test_wagtails_own_sign_in_is_no_way_round(client):
    assert client.get("/_util/login/?next=/x/")["Location"] == "/partners/sign-in/?next=/x/"
    assert client.post("/_util/login/", {"username": "a", "password": "b"}).status_code in (301, 302)
