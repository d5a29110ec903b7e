"""Who may read what: the rules behind pages, files and lists, and what they cost."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from wagtail.models import Collection, CollectionViewRestriction, PageViewRestriction

from dscp_cms import visibility
from dscp_cms.models import Agency, PartnerProfile, SiteDocument
from dscp_cms.testing.pages import front_page, make
from dscp_cms.visibility import may_read_document, may_read_page
from home.models import StandardPage

pytestmark = pytest.mark.django_db
NOBODY = AnonymousUser()


def partner(name, agency):
    user = User.objects.create_user(name, f"{name}@example.org")
    PartnerProfile.objects.create(user=user, agency=agency)
    group, _ = Group.objects.get_or_create(name=f"Partner: {agency}")
    user.groups.add(group)
    return user


@pytest.fixture
def people():
    """One reader of each kind."""
    school = Agency.objects.create(name="Example Primary School", kind=Agency.Kind.SCHOOL)
    trust = Agency.objects.create(name="Example Health Trust", kind=Agency.Kind.HEALTH)
    editor = User.objects.create_user("editor", "editor@example.org")
    editor.user_permissions.add(Permission.objects.get(codename="access_admin"))
    ended = partner("ended", school)
    PartnerProfile.objects.filter(user=ended).update(ended_at="2026-01-01T00:00Z")
    return {
        "nobody": NOBODY,
        "account of no kind": User.objects.create_user("none", "none@example.org"),
        "ended": ended,
        "other agency": partner("trust", trust),
        "partner": partner("school", school),
        "editor": editor,
        "administrator": User.objects.create_superuser("admin", "admin@example.org"),
    }


def restrict(page, kind, *groups):
    restriction = PageViewRestriction.objects.create(page=page, restriction_type=kind, password="word")
    restriction.groups.set(Group.objects.filter(name__in=groups))
    return restriction


EVERYBODY = ["nobody", "account of no kind", "ended", "other agency", "partner", "editor", "administrator"]
RULES = {
    "none": EVERYBODY,
    "login": ["other agency", "partner", "editor", "administrator"],
    "groups": ["partner", "editor", "administrator"],
    "password": ["editor", "administrator"],
}


@pytest.mark.parametrize("kind", RULES)
def test_pages_and_lists_follow_the_rules(people, kind):
    page = make(StandardPage, front_page(), "Above")
    below = make(StandardPage, page, "Below")
    restrict(page, kind, "Partner: Example Primary School")
    if kind == "none":
        PageViewRestriction.objects.all().delete()
    for name, user in people.items():
        listed = set(StandardPage.objects.visible_to(user).values_list("pk", flat=True))
        for item in (page, below):
            assert may_read_page(user, item) is (name in RULES[kind]), (name, item)
            assert (item.pk in listed) is (name in RULES[kind]), (name, item)


@pytest.mark.parametrize("kind", [kind for kind in RULES if kind != "none"])
def test_documents_follow_their_collection(people, kind):
    collection = Collection.get_first_root_node().add_child(name="Kept apart")
    restriction = CollectionViewRestriction.objects.create(collection=collection, restriction_type=kind, password="x")
    restriction.groups.set(Group.objects.filter(name="Partner: Example Primary School"))
    document = SiteDocument(title="Kept", collection=collection)
    for name, user in people.items():
        assert may_read_document(user, document) is (name in RULES[kind]), name


def test_two_restrictions_must_both_let_pass(people):
    page = make(StandardPage, front_page(), "Above")
    below = make(StandardPage, page, "Below")
    restrict(page, "login")
    restrict(below, "groups", "Partner: Example Health Trust")
    assert may_read_page(people["partner"], page) and not may_read_page(people["partner"], below)
    assert list(StandardPage.objects.visible_to(people["partner"])) == [page]


def test_a_password_opens_its_own_pages_for_the_session_that_has_it(people):
    page = make(StandardPage, front_page(), "Above")
    restriction = restrict(page, "password")
    session = {"passed_page_view_restrictions": [restriction.pk]}
    assert may_read_page(NOBODY, page, session)
    assert list(StandardPage.objects.visible_to(NOBODY, session)) == [page]
    assert not may_read_page(NOBODY, page, {"passed_page_view_restrictions": [restriction.pk + 1, "all"]})


def test_nobody_sees_what_readable_gives_drafts_are_for_nobody(people):
    make(StandardPage, front_page(), "Open")
    draft = make(StandardPage, front_page(), "Draft", live=False)
    restrict(make(StandardPage, front_page(), "Closed"), "login")
    assert list(StandardPage.objects.visible_to(NOBODY)) == list(StandardPage.objects.readable())
    for user in people.values():
        assert not may_read_page(user, draft)
        assert draft not in StandardPage.objects.visible_to(user)


def test_a_copy_that_follows_its_original_is_as_closed(people):
    closed = make(StandardPage, front_page(), "Closed")
    original = make(StandardPage, closed, "Original")
    restrict(closed, "login")
    copy = original.create_alias(parent=front_page(), update_slug="copy")
    assert copy not in StandardPage.objects.readable()
    assert copy in StandardPage.objects.visible_to(people["partner"])
    assert not may_read_page(NOBODY, copy) and may_read_page(people["partner"], copy)


def test_an_agency_that_left_takes_its_partners_along(people):
    Agency.objects.filter(name="Example Primary School").update(active=False)
    page = make(StandardPage, front_page(), "Closed")
    restrict(page, "login")
    assert not may_read_page(people["partner"], page)


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_the_lists_of_a_request_leave_out_the_same(closed, rf, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(visibility, "MOST_NAMED", 1)
    pages = [make(StandardPage, front_page(), f"Section {number}") for number in range(3)]
    make(StandardPage, pages[-1], "Below an open one")
    for page in pages[:closed]:
        below = make(StandardPage, page, f"Below {page.title}")
        below.create_alias(parent=front_page(), update_slug=f"copy-of-{below.slug}")
        restrict(page, "login")
    expected = set(StandardPage.objects.readable())
    assert len(StandardPage.objects.live()) - len(expected) == 3 * closed
    request = rf.get("/")
    with django_assert_num_queries(3):  # two lists, and once what is restricted
        assert set(StandardPage.objects.readable(request)) == expected
        assert set(StandardPage.objects.readable(request).listed()) == expected


def test_open_pages_cost_no_question_who_reads(client, people, django_assert_num_queries):
    page = make(StandardPage, front_page(), "Open")
    with django_assert_num_queries(1):  # of restrictions
        assert may_read_page(people["partner"], page)
    response = client.get(page.url)
    assert not response.cookies and "Cookie" not in response.get("Vary", "")


def test_nobody_keeps_what_was_made_for_somebody_who_is_signed_in(client, people):
    page = make(StandardPage, front_page(), "Open")
    addresses = (page.url, "/search/?q=open", "/search/suggest/?q=open", "/nothing-here/")
    before = {address: client.get(address).get("Cache-Control") for address in addresses}
    assert not any("private" in (kept or "") for kept in before.values()) and not client.cookies
    client.force_login(people["partner"])
    for address in addresses:
        answer = client.get(address)
        assert "private" in answer["Cache-Control"] and "no-store" in answer["Cache-Control"], address
        assert "Expires" not in answer
