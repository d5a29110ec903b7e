"""Page starters: a draft with the right parts, which can't go out while guidance is left in it."""

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse
from wagtail.models import Page

from dscp_cms.checking.run import check_page, what_blocks
from dscp_cms.testing.pages import make
from home import roles, starters
from news.tests import factories as news
from resources.models import LearningReviewPage, ResourceLibraryPage
from resources.tests import factories as resources
from training.tests import factories as training

pytestmark = pytest.mark.django_db


@pytest.fixture
def sections():
    """A section for every starter; two libraries."""
    news.news_index(), news.event_index(), training.catalogue()
    library = resources.library()
    make(ResourceLibraryPage, library.get_parent(), "Another library")
    roles.sync()


@pytest.fixture
def editor(sections):
    user = User.objects.create_user("editor@example.org", "editor@example.org")
    user.groups.add(Group.objects.get(name=roles.EDITORS))
    return user


@pytest.mark.parametrize("slug", [one.slug for one in starters.STARTERS])
def test_a_starter_makes_a_draft_with_guidance_in_it(client, editor, slug):
    starter = next(one for one in starters.STARTERS if one.slug == slug)
    client.force_login(editor)
    assert starter.label in client.get(reverse("starters")).content.decode()
    address = reverse("starter", args=[slug])
    section = starters.sections(starter, editor)[0]
    assert "Give the page a title" in client.post(address, {"section": section.pk}).content.decode()
    for _twice in range(2):
        answer = client.post(address, {"title": "A new page", "section": section.pk})
        page = starter.model.objects.order_by("-pk").first()
        assert answer.url == reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert (page.slug, page.live, page.owner, page.get_parent()) == ("a-new-page-2", False, editor, section.page_ptr)
    assert client.get(answer.url).status_code == 200
    draft = page.get_latest_revision_as_object()
    assert len(draft.body) >= 3
    found = what_blocks(draft)
    assert len(found) >= 3 and {finding.kind for finding in found} == {"guidance"}
    # The pattern itself gives no other alarm, but for what it can't know.
    assert {finding.kind for finding in check_page(draft)} <= {"guidance", "topics"}


def test_guidance_in_learning_points_is_found(editor):
    starter = next(one for one in starters.STARTERS if one.slug == "learning-review")
    page = starters.start(starter, "A review", starters.sections(starter, editor)[0], editor)
    draft = LearningReviewPage.objects.get(pk=page.pk).get_latest_revision_as_object()
    assert "Learning_points" not in str({finding.where for finding in what_blocks(draft)})
    assert any(finding.where.startswith("Learning points, block 1") for finding in what_blocks(draft))


def test_only_where_one_may_write(client, editor):
    group = Group.objects.create(name="Trainers")
    group.permissions.set(Group.objects.get(name=roles.TRAINING_TEAM).permissions.all())
    trainer = User.objects.create_user("trainer@example.org", "trainer@example.org")
    trainer.groups.add(group)
    client.force_login(trainer)
    count = Page.objects.count()
    assert client.get(reverse("starters")).status_code == 302
    section = news.news_index()
    assert client.post(reverse("starter", args=["report"]), {"title": "X", "section": section.pk}).status_code == 302
    client.force_login(editor)
    wrong = {"title": "X", "section": section.pk}
    assert client.post(reverse("starter", args=["course"]), wrong).status_code == 200
    assert client.get("/admin/starters/no-such/").status_code == 404
    assert Page.objects.count() == count
