"""The matrix of roles: set exactly, shown in the docs, and felt in the admin."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.urls import reverse
from wagtail.models import GroupCollectionPermission, GroupPagePermission, Page, Workflow, WorkflowPage

from dscp_cms.models import OutgoingMail
from dscp_cms.testing.pages import front_page, make
from home import roles
from home.models import StandardPage, WorriedPage
from home.tests import factories
from news.tests import factories as news
from resources.tests import factories as resources
from training.tests import factories as training

pytestmark = pytest.mark.django_db
DOCS = Path(__file__).resolve().parents[2] / "docs/roles.md"


@pytest.fixture
def groups():
    """The groups with their rights, on a site that has its front page only."""
    roles.sync()


@pytest.fixture
def tree():
    """A page of every type, and the roles."""
    pages = factories.every_page_type()
    roles.sync()
    return pages


def account(group):
    """Somebody of this group."""
    address = f"{group.lower()}@example.org"
    user = User.objects.create_user(address, address)
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def editor(groups):
    return account("Editors")


@pytest.fixture
def moderator(groups):
    return account("Moderators")


def test_the_docs_show_the_matrix():
    text = DOCS.read_text()
    assert "\n".join(roles.as_table()) in text
    assert text.count("\n| ") == len(roles.MATRIX) + 1


def test_groups_are_adopted_not_doubled(groups):
    roles.sync()
    assert sorted(Group.objects.values_list("name", flat=True)) == sorted(roles.GROUPS)
    assert Workflow.objects.filter(name=roles.WORKFLOW).count() == 1
    assert roles.sync() == []


def test_missing_groups_are_made(groups):
    Group.objects.all().delete()
    assert "Editors: group made" in roles.sync()
    assert roles.sync() == []


def test_rights_given_by_hand_are_taken_away(groups):
    group = Group.objects.get(name="Editors")
    group.permissions.add(Permission.objects.get(codename="export_contactmessage"))
    right = Permission.objects.get(codename="publish_page", content_type__app_label="wagtailcore")
    GroupPagePermission.objects.create(group=group, page=Page.get_first_root_node(), permission=right)
    GroupCollectionPermission.objects.filter(group=group).first().delete()
    changes = roles.sync()
    assert "Editors: taken away home.export_contactmessage" in changes
    assert "Editors: taken away publish_page on “Root”" in changes
    assert any(change.startswith("Editors: given ") for change in changes)
    assert roles.sync() == []


def test_other_groups_are_left_alone(groups):
    other = Group.objects.create(name="Exporters")
    other.permissions.add(Permission.objects.get(codename="export_contactmessage"))
    roles.sync()
    assert other.permissions.count() == 1


def test_every_right_of_the_groups_stands_in_the_matrix(tree):
    for name in roles.GROUPS:
        group = Group.objects.get(name=name)
        named = {r for row in roles.MATRIX if name in row.groups for right in row.rights for r in right.rights}
        held = {f"{p.content_type.app_label}.{p.codename}" for p in group.permissions.all()}
        held |= {f"wagtailimages.{c}" if c.endswith("image") else f"wagtaildocs.{c}" for c in _codes(group)}
        held |= set(group.page_permissions.values_list("permission__codename", flat=True))
        assert held == named


def _codes(group):
    return GroupCollectionPermission.objects.filter(group=group).values_list("permission__codename", flat=True)


def test_editors_publish_what_the_matrix_says_and_nothing_else(editor, tree):
    may = [page for page in tree.values() if page.permissions_for_user(editor).can_publish()]
    assert {type(page)._meta.app_label for page in may} <= {"news", "training", "resources"}
    names = {type(page).__name__ for page in may}
    assert {"NewsItemPage", "EventPage", "CoursePage", "ResourcePage"} <= names
    assert not names & {"NewsletterIssuePage", "NewsletterIndexPage", "PublicationPage", "PriorityPage", "WorriedPage"}
    for page in tree.values():
        assert page.permissions_for_user(editor).can_edit(), page
        assert not page.permissions_for_user(editor).can_lock() or page in may


def test_the_charging_policy_under_training_is_published_by_editors(editor):
    policy = make(StandardPage, training.catalogue(), "Charging policy")
    roles.sync()
    assert policy.permissions_for_user(editor).can_publish()


def test_moderators_publish_everything(moderator, tree):
    for page in tree.values():
        permissions = page.permissions_for_user(moderator)
        assert permissions.can_publish() and permissions.can_unlock(), page


def test_the_workflow_stands_over_every_page(tree):
    assert WorkflowPage.objects.get(page=Page.get_first_root_node()).workflow.name == roles.WORKFLOW
    for page in tree.values():
        workflow = page.get_workflow()
        assert workflow.name == roles.WORKFLOW
        assert [group.name for group in workflow.tasks[0].specific.groups.all()] == ["Moderators"]


def test_a_workflow_that_was_switched_off_is_back_after_the_next_deployment(groups):
    Workflow.objects.update(active=False)
    WorkflowPage.objects.all().delete()
    roles.sync()
    assert front_page().get_workflow().active


def test_a_section_made_later_gets_its_rights(client, moderator):
    client.force_login(moderator)
    address = reverse("wagtailadmin_pages:add", args=["news", "newsindexpage", front_page().pk])
    client.post(address, {"title": "News", "slug": "news", "summary": "", "comments-TOTAL_FORMS": 0,
                          "comments-INITIAL_FORMS": 0, "action-publish": "1"})  # fmt: skip
    made = news.NewsIndexPage.objects.get(slug="news")
    editor = account("Editors")
    assert made.permissions_for_user(editor).can_publish()


SCREENS = {  # for Editors, for Moderators
    "wagtailadmin_home": (200, 200),
    "wagtailimages:index": (200, 200),
    "wagtaildocs:index": (200, 200),
    "wagtailsnippets_dscp_cms_topic:add": (200, 200),
    "wagtailsnippets_dscp_cms_sitealert:add": (200, 200),
    "home_contactmessage_modeladmin_index": (302, 200),
    "dscp_cms_outgoingmail_modeladmin_index": (302, 200),
    "dscp_cms_suppression_modeladmin_index": (302, 302),
    "dscp_cms_suppression_modeladmin_create": (302, 302),
    "resources_fileversion_modeladmin_index": (200, 200),
    "dscp_cms_partnerprofile_modeladmin_index": (302, 302),
    "dscp_cms_partnerprofile_modeladmin_create": (302, 302),
    "who_did_what": (302, 302),
    "resources_fileversion_modeladmin_create": (200, 200),
    "dscp_cms_links": (200, 200),
    "resources_downloads": (200, 200),
    "resources_learning": (200, 200),
    "resources_watch_modeladmin_index": (302, 302),
    "training_reports": (302, 302),
    "training_reports_export": (302, 302),
    "training_evaluationquestion_modeladmin_index": (302, 302),
    "wagtailredirects:index": (302, 200),
    "wagtailusers_users:index": (302, 302),
    "wagtailusers_groups:index": (302, 302),
    "wagtailforms:index": (200, 200),
}


def test_contributors_write_their_own_drafts_and_nobody_elses(client, tree):
    contributor = account("Contributors")
    client.force_login(contributor)
    address = reverse("wagtailadmin_pages:add", args=["home", "standardpage", front_page().pk])
    data = {"title": "My draft", "slug": "my-draft", "summary": "", "body-count": 0, "comments-TOTAL_FORMS": 0,
            "comments-INITIAL_FORMS": 0}  # fmt: skip
    client.post(address, data)
    client.post(address, {**data, "slug": "published", "action-publish": "1"})
    mine = StandardPage.objects.get(slug="my-draft")
    assert not StandardPage.objects.filter(slug="published", live=True).exists()
    permissions = mine.permissions_for_user(contributor)
    assert permissions.can_edit() and permissions.can_submit_for_moderation() and not permissions.can_publish()
    for page in tree.values():
        assert not page.permissions_for_user(contributor).can_edit(), page
    for name, status in (("wagtailimages:index", 200), ("home_contactmessage_modeladmin_index", 302),
                         ("wagtailsnippets_dscp_cms_topic:add", 302), ("wagtailusers_users:index", 302)):  # fmt: skip
        assert client.get(reverse(name)).status_code == status, name


def test_partner_managers_see_partners_and_agencies_only(client, tree):
    client.force_login(account("Partner managers"))
    expected = {"dscp_cms_partnerprofile_modeladmin_index": 200, "wagtailsnippets_dscp_cms_agency:list": 200,
                "wagtailsnippets_dscp_cms_topic:list": 302, "wagtailimages:index": 302,
                "home_contactmessage_modeladmin_index": 302}  # fmt: skip
    assert {name: client.get(reverse(name)).status_code for name in expected} == expected
    shown = client.get("/admin/").content.decode()
    assert "/admin/dscp_cms/partnerprofile/" in shown and "/admin/images/" not in shown


def test_screens_open_for_those_who_may(client, editor, moderator):
    for address, expected in SCREENS.items():
        for user, status in zip((editor, moderator), expected, strict=True):
            client.force_login(user)
            assert client.get(reverse(address)).status_code == status, (user, address)


def test_nobody_reads_messages_by_wagtails_own_list(client, admin_user):
    client.force_login(admin_user)
    page = factories.contact_page()
    assert client.get(reverse("wagtailforms:list_submissions", args=[page.pk])).status_code in {302, 403, 404}
    assert page.title not in client.get(reverse("wagtailforms:index")).content.decode().split("<main")[1]


def test_an_editor_drafts_an_alert_and_a_moderator_publishes_it(client, editor, moderator):
    from dscp_cms.models import SiteAlert

    data = {"level": "warning", "title": "Schools shut", "text": "null", "link_page": "", "link_text": ""}
    address = reverse("wagtailsnippets_dscp_cms_sitealert:add")
    client.force_login(editor)
    client.post(address, {**data, "action-publish": "1"})
    assert not SiteAlert.objects.filter(live=True).exists()
    client.force_login(moderator)
    client.post(address, {**data, "title": "Snow", "action-publish": "1"})
    assert SiteAlert.objects.filter(live=True, title="Snow").exists()


def test_nobody_deletes_a_file_version(client, admin_user):
    version = resources.version(resources.resource("Another"), label="9")
    client.force_login(admin_user)
    client.post(reverse("resources_fileversion_modeladmin_delete", args=[version.pk]))
    version.refresh_from_db()


def test_the_command_says_what_it_did(capsys):
    call_command("sync_roles")
    assert "Editors: given" in capsys.readouterr().out
    call_command("sync_roles")
    assert capsys.readouterr().out == "The roles are as they should be.\n"


def test_the_worried_page_needs_a_moderator(editor, moderator):
    page = make(WorriedPage, front_page(), "Worried?")
    assert not page.permissions_for_user(editor).can_publish()
    assert page.permissions_for_user(editor).can_submit_for_moderation()


def test_a_moderator_sees_what_became_of_mail_but_not_whose_it_was(client, groups):
    mail = OutgoingMail.objects.create(kind="test", to="reader@example.org", subject="Reader One", status="failed")
    shown = {}
    for group in ("Moderators", "Newsletter managers"):
        client.force_login(account(group))
        rows = client.get("/admin/dscp_cms/outgoingmail/").content.decode()
        found = client.get("/admin/dscp_cms/outgoingmail/?q=nobody").content.decode()
        inspect = client.get(reverse("dscp_cms_outgoingmail_modeladmin_inspect", args=[mail.pk]))
        shown[group] = ("reader@example.org" in rows, "data-object-pk" in found, inspect.status_code == 200)
    assert shown == {"Moderators": (False, True, False), "Newsletter managers": (True, False, True)}
