"""The catalogue and its courses."""

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError

from dscp_cms.testing.pages import audience, front_page, make, topic
from training.models import CoursePage
from training.tests import factories

pytestmark = pytest.mark.django_db


def found(client, query: str) -> set[str]:
    return {page.title for page in client.get(f"{factories.catalogue().url}{query}").context["page_obj"]}


def test_the_catalogue_is_searched_and_filtered(client):
    factories.course("Neglect basics", topics=[topic("Neglect")], level="1-2")
    factories.course("Gangs", is_face_to_face=False, is_virtual=True, audiences=[audience("Health")], level="")
    factories.course("Managers", level="3-4", summary="For designated leads")
    assert found(client, "") == {"Neglect basics", "Gangs", "Managers"}
    assert found(client, "?method=virtual") == {"Gangs"}
    assert found(client, "?level=1") == {"Neglect basics"}
    assert found(client, "?level=4") == {"Managers"}
    assert found(client, "?audience=health") == {"Gangs"}
    assert found(client, "?topic=neglect") == {"Neglect basics"}
    assert found(client, "?q=designated+leads") == {"Managers"}
    assert found(client, "?q=neglect&method=virtual") == set()


@pytest.mark.parametrize(
    "query", ["?method=x", "?level=9", "?q=%00", "?q=%22", "?page=99", "?audience=", "?q=" + "a" * 9000]
)
def test_nonsense_is_taken_calmly(client, query):
    factories.course()
    assert client.get(f"{factories.catalogue().url}{query}").status_code == 200


def test_the_charging_policy_is_one_click_away(client):
    catalogue, course = factories.catalogue(), factories.course()
    policy = make(apps.get_model("home.StandardPage"), catalogue, "Charging policy", slug="charging-policy")
    catalogue.charging_policy = policy
    catalogue.save_revision().publish()
    for url in (catalogue.url, course.url):
        assert f'href="{policy.url}"' in client.get(url).content.decode()


def test_a_course_says_all_that_an_editor_wrote(client):
    other = factories.course("Managers")
    course = factories.course(
        take_another="<p>Designated leads take the longer one.</p>",
        facilitator="An example trainer",
        accreditation="An example body",
        external_url="https://example.org/register",
        external_label="Register or sign in",
    )
    course.related_courses = [other]
    course.save_revision().publish()
    html = client.get(course.url).content.decode()
    for words in (
        "Know the signs",
        "Who should attend",
        "Who should take another course",
        "Designated leads take the longer one.",
        "An example trainer",
        "An example body",
        "Register or sign in",
        "Level 2",
        "Face to face",
        "half a day",
    ):
        assert words in html, words
    assert f'href="{other.url}"' in html
    assert '"@type": "Course"' in html


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"external_url": "https://example.org/"}, "external_label"),
        ({"external_label": "Register"}, "external_url"),
    ],
)
def test_a_link_elsewhere_needs_address_and_words(fields, field):
    with pytest.raises(ValidationError) as refused:
        CoursePage(title="X", slug="x", **fields).clean()
    assert field in refused.value.message_dict


def test_addresses_kept_for_sessions_are_refused_as_slugs(admin_client):
    catalogue = factories.catalogue()
    answer = admin_client.post(
        f"/admin/pages/add/training/coursepage/{catalogue.pk}/",
        {
            "title": "Sessions",
            "slug": "sessions",
            "body-count": "0",
            "comments-TOTAL_FORMS": "0",
            "comments-INITIAL_FORMS": "0",
        },
    )
    assert answer.status_code == 200
    assert "is the address of a part of the site here" in answer.content.decode()
    assert not CoursePage.objects.filter(slug="sessions").exists()
    assert front_page().get_children().filter(slug="training").exists()
