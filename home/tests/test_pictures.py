"""Pictures that came in bulk: who is in them and who made them is said in one table, and then they are shown."""

from datetime import date
from io import BytesIO

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.images import ImageFile
from PIL import Image

from dscp_cms.models import SiteImage
from home import roles

pytestmark = pytest.mark.django_db
ADDRESS = "/admin/pictures/to-look-at/"


def picture(title, **fields) -> SiteImage:
    buffer = BytesIO()
    Image.new("RGB", (60, 40), "teal").save(buffer, "PNG")
    return SiteImage.objects.create(title=title, file=ImageFile(BytesIO(buffer.getvalue()), "hill.png"), **fields)


@pytest.fixture
def brought():
    """Three pictures as an import leaves them, and one that somebody has dealt with."""
    picture("Ready", description="A bridge.")
    return [picture(f"Picture {n}", people="unknown", description="") for n in range(3)]


def sent(client, **changes):
    """The screen as a browser sends it back, with these changes."""
    screen = client.get(ADDRESS)
    data = {"picture": [form.instance.pk for form in screen.context["listed"]]}
    for form in screen.context["listed"]:
        data |= {form[name].html_name: form[name].value() for name in form.fields if form[name].value()}
    return client.post(ADDRESS, data | changes, follow=True)


def test_what_is_the_same_is_said_once(brought, admin_client):
    first, second, third = brought
    assert {form.instance for form in admin_client.get(ADDRESS).context["listed"]} == set(brought)
    same = {"same-people": "none", "same-source": "Jo Smith"}
    chosen = {f"picture-{each.pk}-chosen": "on" for each in (first, second)}
    own = {f"picture-{first.pk}-description": "A bridge over the Wear.", f"picture-{third.pk}-licence": "CC BY 4.0"}
    assert "3 pictures were changed" in sent(admin_client, **same, **chosen, **own).content.decode()
    for each in brought:
        each.refresh_from_db()
    assert (first.people, first.source, first.description) == ("none", "Jo Smith", "A bridge over the Wear.")
    assert (second.people, second.source) == ("none", "Jo Smith") and second.consent_stands
    assert (third.people, third.source, third.licence) == ("unknown", "", "CC BY 4.0") and not third.consent_stands
    # What has no words yet stays in the table.
    assert {form.instance for form in admin_client.get(ADDRESS).context["listed"]} == {second, third}


def test_consent_is_told_whole_or_nothing_is_saved(brought, admin_client):
    first, second, _third = brought
    changes = {f"picture-{first.pk}-consent_until": "2030-01-31", f"picture-{second.pk}-people": "none"}
    shown = sent(admin_client, **changes).content.decode()
    assert "Nothing was saved." in shown and "Say who is shown" in shown and "Tick this as well" in shown
    assert SiteImage.objects.filter(people="unknown").count() == 3
    sent(
        admin_client, **changes, **{f"picture-{first.pk}-people": "children", f"picture-{first.pk}-consent_given": "on"}
    )
    first.refresh_from_db()
    assert first.consent_given and first.consent_until == date(2030, 1, 31) and first.people == "children"


def test_people_change_only_pictures_that_they_may_change(brought, client):
    roles.sync()
    people = {}
    for group in (roles.CONTRIBUTORS, roles.EDITORS, roles.TRAINING_TEAM):
        people[group] = User.objects.create_user(f"{group}@example.org".replace(" ", ""))
        people[group].groups.add(Group.objects.get(name=group))
    brought[0].uploaded_by_user = people[roles.CONTRIBUTORS]
    brought[0].save()
    client.force_login(people[roles.EDITORS])
    assert len(client.get(ADDRESS).context["listed"]) == 3
    client.force_login(people[roles.TRAINING_TEAM])
    assert client.get(ADDRESS).status_code in {302, 403}
    client.force_login(people[roles.CONTRIBUTORS])
    assert [form.instance for form in client.get(ADDRESS).context["listed"]] == [brought[0]]
    keys = [each.pk for each in brought]
    client.post(ADDRESS, {"picture": keys} | {f"picture-{key}-people": "none" for key in keys})
    assert set(SiteImage.objects.filter(people="none", title__startswith="Picture")) == {brought[0]}


def test_the_table_takes_the_same_queries_however_many(admin_client, django_assert_max_num_queries):
    numbers = []
    for more in (2, 10):
        for number in range(more):
            picture(f"{more} {number}", people="unknown")
        admin_client.get(ADDRESS)  # makes the small pictures
        with django_assert_max_num_queries(80) as queries:
            admin_client.get(ADDRESS)
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]
