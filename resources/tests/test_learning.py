"""Learning reviews, their points, and what answers them."""

import pytest
from django.apps import apps
from django.urls import reverse
from wagtail.models import PageViewRestriction

from resources.learning import learning_loop, open_learning_points
from resources.models import LearningReviewPage
from resources.tests import factories
from training.tests import factories as training

pytestmark = pytest.mark.django_db


def review(*points, **fields) -> LearningReviewPage:
    return factories.review(points=points, **fields)


def test_a_point_leads_on_to_its_briefing_and_its_course(client):
    briefing, course = factories.resource("Briefing on sleep", kind="briefing"), training.course("Safer sleep")
    page = review(("Ask where the baby sleeps", briefing, course), ("Write it down", None, None))
    html = client.get(page.url).content.decode()
    assert "1. Ask where the baby sleeps" in html and "2. Write it down" in html
    assert f'href="{briefing.url}"' in html and f'href="{course.url}"' in html
    assert "Rapid review" in html
    library = client.get(factories.library().url).content.decode()
    assert page.title in library and "2 learning points" in library


def test_nothing_leads_to_a_page_that_readers_cant_open(client):
    briefing, course = factories.resource("Only for partners"), training.course("Not yet")
    PageViewRestriction.objects.create(page=briefing, restriction_type="login")
    course.unpublish()
    html = client.get(review(("Ask", briefing, course)).url).content.decode()
    assert "Only for partners" not in html and "Not yet" not in html


def test_a_review_has_every_face():
    page = review(("Ask", None, None), published_on="2025-03-11")
    for face in ("card", "row", "web", "email", "text"):
        assert page.title in page.render_face(face)
    assert page.newsletter_section == "spotlight"
    assert list(LearningReviewPage.newsletter_candidates(page.first_published_at, page.first_published_at)) == []
    assert review(title="Empty").newsletter_notes(page.published_on)[-1] == "“Empty” has no learning points yet."


def test_open_points_are_those_without_a_published_briefing_or_course(django_assert_max_num_queries):
    briefing, course = factories.resource("Briefing"), training.course("Course")
    draft = factories.resource("Draft")
    draft.unpublish()
    review(("Done", briefing, course), ("No course", briefing, None), ("Only a draft", draft, course))
    review(("Not published", None, None), title="A draft", live=False)
    review(("Done too", briefing, course), title="Another")
    with django_assert_max_num_queries(2):
        loop = learning_loop()
    assert (loop.points, loop.answered) == (4, 2)
    assert [(each.number, each.point, each.missing) for each in open_learning_points()] == [
        (2, "No course", ("course",)),
        (3, "Only a draft", ("briefing",)),
    ]


def test_staff_see_what_is_still_to_be_answered(client, admin_user):
    client.force_login(admin_user)
    assert "No learning review is published yet" in client.get(reverse("resources_learning")).content.decode()
    review(("Ask where the baby sleeps", None, None))
    html = client.get(reverse("resources_learning")).content.decode()
    assert "Ask where the baby sleeps" in html and "None yet" in html


def test_a_course_chosen_for_a_point_is_a_course():
    from resources.models.reviews import LearningPointBlock

    chooser = LearningPointBlock().child_blocks["course"]
    assert chooser.target_models == [apps.get_model("training.CoursePage")]
