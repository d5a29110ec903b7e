"""Many files at once become drafts, described in one table."""

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from dscp_cms.testing.pages import topic
from home import roles
from resources import bulk
from resources.models import FileVersion, ResourcePage
from resources.tests import factories
from resources.tests.made_files import docx, line, paragraph, pdf

pytestmark = pytest.mark.django_db


def files():
    return [
        SimpleUploadedFile("neglect_toolkit-v2 (final).pdf", pdf(line("One"))),
        SimpleUploadedFile("Briefing.docx", docx(paragraph("Two"))),
        SimpleUploadedFile("harmless.pdf", b"MZ"),
        SimpleUploadedFile("the same.pdf", pdf(line("One"))),
    ]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("neglect_toolkit-v2 (final).pdf", "Neglect toolkit v2"),
        ("MASA.2025.docx", "MASA 2025"),
        ("___.pdf", "Untitled"),
        ("plan", "Plan"),
    ],
)
def test_a_title_is_made_from_the_name(name, title):
    assert bulk.title_from(name) == title


def test_each_file_is_answered_for_by_itself(admin_client, client):
    library = factories.library()
    answer = admin_client.post(reverse("bulk_upload"), {"library": library.pk, "files": files()})
    html = answer.content.decode()
    assert "harmless.pdf: The name ends in “.pdf”, but the file is something else" in html
    assert "the same.pdf: This very file is here already, with “Neglect toolkit v2”" in html
    assert set(ResourcePage.objects.values_list("title", "live")) == {
        ("Neglect toolkit v2", False),
        ("Briefing", False),
    }
    for version in FileVersion.objects.all():
        assert client.get(version.document.url).status_code == 404
    one = {"library": library.pk, "files": files()[2]}
    sent = admin_client.post(reverse("bulk_upload"), one, headers={"accept": "application/json"})
    assert sent.status_code == 422 and "something else" in sent.json()["words"]
    assert (
        "Choose at least one file"
        in admin_client.post(reverse("bulk_upload"), {"library": library.pk}).content.decode()
    )


def test_drafts_are_described_in_one_table(admin_client):
    library = factories.library()
    neglect = topic("Neglect")
    admin_client.post(reverse("bulk_upload"), {"library": library.pk, "files": files()[:2]})
    address = reverse("bulk_describe", args=[library.pk])
    data = {}
    for page in ResourcePage.objects.all():
        fields = {
            "title": f"{page.title} told",
            "kind": "toolkit",
            "reach": "national",
            "summary": "Short",
            "topics": [neglect.pk],
        }
        data |= {f"page-{page.pk}-{name}": value for name, value in fields.items()}
    wrong = {**data, f"page-{page.pk}-title": ""}
    assert "Nothing was saved" in admin_client.post(address, wrong).content.decode()
    assert admin_client.post(address, data).status_code == 302
    html = admin_client.get(address).content.decode()
    assert "Briefing told" in html and "Look into the file" in html
    draft = ResourcePage.objects.get(pk=page.pk).get_latest_revision_as_object()
    assert (draft.kind, draft.reach, draft.summary, [t.pk for t in draft.topics.all()]) == (
        "toolkit",
        "national",
        "Short",
        [neglect.pk],
    )
    assert not draft.live
    draft.save_revision().publish()
    assert "Briefing told" not in admin_client.get(address).content.decode() or page.title == "Neglect toolkit v2"


def test_only_who_may_add_files(client, django_user_model):
    factories.library()
    roles.sync()
    trainer = django_user_model.objects.create_user("t@example.org", "t@example.org", "long enough to pass")
    trainer.groups.add(Group.objects.get(name="Training team"))
    for user in (None, trainer):
        client.force_login(user) if user else client.logout()
        assert client.post(reverse("bulk_upload"), {"files": files()}).status_code in {302, 403}
        assert client.get(reverse("bulk_describe", args=[factories.library().pk])).status_code in {302, 403}
    assert not ResourcePage.objects.exists()
