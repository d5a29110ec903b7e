"""PDFs of pages over HTTP: equal to the page, never an old one, restricted with it, and no hindrance to publishing."""

import pytest
from bs4 import BeautifulSoup
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import PageViewRestriction

from dscp_cms import page_pdfs, pdf
from dscp_cms.consent import end_consent
from dscp_cms.models import PagePdf, SiteImage
from dscp_cms.testing import pdfs
from dscp_cms.testing.pages import TEXT, make
from home.models import PriorityIndexPage, PriorityPage
from home.tests.factories import front_page
from news.models import NewsIndexPage, NewsItemPage
from resources.models import PublicationIndexPage, PublicationPage

pytestmark = pytest.mark.django_db

KIND = PagePdf.Kind


def chapter(title: str, *blocks):
    """A chapter of a publication."""
    return ("chapter", {"title": title, "body": list(blocks) or [("text", TEXT)]})


def publication(*chapters) -> PublicationPage:
    """A published plan."""
    index = PublicationIndexPage.objects.first() or make(PublicationIndexPage, front_page(), "Plans", slug="plans")
    return make(
        PublicationPage,
        index,
        "The plan",
        slug="the-plan",
        published_on=timezone.localdate(),
        chapters=list(chapters) or [chapter("Our vision"), chapter("Our values")],
    )


def priority(**fields) -> PriorityPage:
    """A priority."""
    index = PriorityIndexPage.objects.first() or make(PriorityIndexPage, front_page(), "Priorities", slug="priorities")
    year = timezone.localdate().year
    fields = {
        "number": 1,
        "period_start": year,
        "period_end": year,
        "outcomes": "<ul><li>Seen sooner</li></ul>",
        **fields,
    }
    return make(PriorityPage, index, "Early help", slug="early-help", why=[("text", TEXT)], **fields)


def get(client, address: str, **more):
    """The PDF at an address, which the first reader may have to wait for."""
    answer = client.get(address, **more)
    if answer.status_code == 202:
        assert "being made" in answer.content.decode() and "no-store" in answer["Cache-Control"]
        page_pdfs.make_due()
        answer = client.get(address, **more)
    return answer


def body(answer) -> bytes:
    """The whole answer."""
    assert answer.status_code == 200, answer.status_code
    return b"".join(answer.streaming_content)  # which closes it


def test_the_pdf_says_what_the_page_says(client):
    inside = priority()
    page = publication(
        chapter("Our vision", ("heading", {"text": "Every child", "level": "h2"}), ("text", TEXT)),
        chapter("Priorities", ("pages_in_full", {"pages": [inside]})),
    )
    answer = get(client, "/plans/the-plan/pdf/")
    assert answer["Content-Type"] == "application/pdf" and 'filename="the-plan.pdf"' in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "no-cache" and "Set-Cookie" not in answer
    content = body(answer)
    assert pdfs.problems_of(content, "The plan") == []
    assert pdfs.bookmarks_of(content)[:3] == ["The plan", "Our vision", "Every child"]
    assert "Priority 1: Early help" in pdfs.bookmarks_of(content)
    whole = BeautifulSoup(client.get("/plans/the-plan/whole/").content, "html.parser").main
    for away in whole.select(".no-print, .toc"):
        away.decompose()
    assert set(whole.get_text(" ").split()) <= set(pdfs.words_of(content).split())
    assert f'href="{page.url}pdf/"' in client.get(page.url).content.decode()


def test_a_priority_has_a_pdf_and_a_briefing_pack_of_one_sheet(client):
    priority(discussion_questions="Whom do we see?\n\nWho is missing?")
    shown = client.get("/priorities/early-help/").content.decode()
    assert "/priorities/early-help/pdf/" in shown and "/priorities/early-help/briefing-pack/" in shown
    content = body(get(client, "/priorities/early-help/pdf/"))
    assert "Seen sooner" in pdfs.words_of(content) and pdfs.problems_of(content, "Early help") == []
    pack = body(get(client, "/priorities/early-help/briefing-pack/"))
    said = pdfs.words_of(pack)
    assert all(words in said for words in ("Whom do we see?", "Who is missing?", "Seen sooner", "What we agreed"))
    assert page_pdfs.GENERAL_QUESTIONS[0] not in said and pdfs.problems_of(pack, "Early help") == []


def test_a_pack_stays_on_one_sheet_however_much_there_is(client):
    points = "".join(f"<li>{'A long sentence on what was found goes on. ' * 12}</li>" for _ in range(20))
    index = make(NewsIndexPage, front_page(), "News", slug="news")
    for name, kind in (("long", "spotlight"), ("plain", "news")):
        make(
            NewsItemPage, index, "W" * 20 + " " + "title " * 30, slug=name, kind=kind, date=timezone.localdate(),
            summary="s " * 149, key_findings=f"<ul>{points}</ul>", recommendations=f"<ul>{points}</ul>",
            source_title="t" * 250, discussion_questions="\n".join(["q " * 90] * 6),
        )  # fmt: skip
    content = body(get(client, "/news/long/briefing-pack/"))
    with pdfs.pikepdf.open(pdfs.BytesIO(content)) as made:
        assert len(made.pages) == 1
    assert get(client, "/news/plain/briefing-pack/").status_code == 404  # only spotlights are for team meetings


def test_it_is_made_once_and_never_an_old_one_is_served(client):
    page = publication()
    first = get(client, "/plans/the-plan/pdf/")
    row = PagePdf.objects.get()
    body(first)
    again = get(client, "/plans/the-plan/pdf/", headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304 and PagePdf.objects.get().made_at == row.made_at
    page.chapters = [chapter("Something else", ("text", "<p>Entirely new words.</p>"))]
    page.save_revision().publish()
    fresh = get(client, "/plans/the-plan/pdf/", headers={"if-none-match": first["ETag"]})
    said = pdfs.words_of(body(fresh))
    assert "Entirely new words." in said and "Our vision" not in said
    assert not default_storage.exists(row.file.name) and PagePdf.objects.count() == 1
    draft = page.specific
    draft.chapters = [chapter("Only a draft")]
    draft.save_revision()
    assert get(client, "/plans/the-plan/pdf/")["ETag"] == fresh["ETag"]


def test_what_changes_beside_the_page_changes_its_pdf_too(client):
    picture = SiteImage.objects.create(
        title="Child", description="A child at play", file=get_test_image_file(), people="children", consent_given=True
    )
    inside = priority(national_picture=[("image", {"image": picture, "caption": ""})])
    publication(chapter("Priorities", ("pages_in_full", {"pages": [inside]})))
    assert "A child at play" in [tag.alt for tag in pdfs.tags_of(body(get(client, "/plans/the-plan/pdf/")))]
    end_consent(picture)
    assert "Figure" not in [tag.role for tag in pdfs.tags_of(body(get(client, "/plans/the-plan/pdf/")))]
    inside.outcomes = "<ul><li>Changed since</li></ul>"
    inside.save_revision().publish()
    assert "Changed since" in pdfs.words_of(body(get(client, "/plans/the-plan/pdf/")))


def test_the_clock_makes_what_was_published_and_looks_no_further(client):
    page, other = publication(), priority()
    assert page_pdfs.make_due() == 3  # the plan, the priority and its pack
    assert page_pdfs.make_due() == 0
    with CaptureQueriesContext(connection) as queries:
        page_pdfs.make_due()
    assert len(queries) == len(page_pdfs.offering())
    before = PagePdf.objects.get(page=page).made_at
    page.save_revision().publish()  # the same words again
    assert page_pdfs.make_due() == 1 and PagePdf.objects.get(page=page).made_at == before
    name = PagePdf.objects.get(page=page).file.name
    page.delete()
    assert not PagePdf.objects.filter(file=name).exists() and default_storage.exists(name)
    assert page_pdfs.tidy() == 0  # it may be another process's newest file
    assert other.live


def test_a_pdf_has_the_restrictions_of_its_page(client, admin_user):
    page = publication()
    body(get(client, "/plans/the-plan/pdf/"))
    PageViewRestriction.objects.create(page=page.get_parent(), restriction_type=PageViewRestriction.LOGIN)
    for headers in ({}, {"if-none-match": f'"{PagePdf.objects.get().fingerprint}"'}):
        for method in (client.get, client.head):
            answer = method("/plans/the-plan/pdf/", headers=headers)
            assert answer.status_code == 302 and "ETag" not in answer
    client.force_login(admin_user)
    answer = get(client, "/plans/the-plan/pdf/")
    assert body(answer).startswith(b"%PDF") and "private, no-store" in answer["Cache-Control"]
    page.unpublish()
    assert get(client, "/plans/the-plan/pdf/").status_code == 404


def test_no_pdf_says_what_only_some_of_its_readers_may_read(client, admin_user):
    secret = priority()
    page = publication(
        chapter(
            "Priorities",
            ("text", TEXT),
            ("pages_in_full", {"pages": [secret]}),
            ("pages", {"title": "", "pages": [secret]}),
        )
    )
    for restricted, shown in ((secret, False), (front_page(), True)):
        PageViewRestriction.objects.all().delete()
        PageViewRestriction.objects.create(page=restricted, restriction_type=PageViewRestriction.LOGIN)
        client.force_login(admin_user)  # who may read it; but the file is the same for everybody
        assert ("Early help" in pdfs.words_of(body(get(client, f"{page.url}pdf/")))) is shown
    PageViewRestriction.objects.all().delete()
    PageViewRestriction.objects.create(page=secret, restriction_type=PageViewRestriction.LOGIN)
    client.logout()
    assert "Early help" not in client.get(f"{page.url}whole/").content.decode()


def test_one_that_fails_is_shown_to_staff_and_hinders_nobody(client, admin_user, monkeypatch):
    monkeypatch.setattr(pdf, "MOST_SOURCE", 30_000)
    page = publication(chapter("Long", ("text", f"<p>{'word ' * 8_000}</p>")))
    assert client.get("/plans/the-plan/").status_code == 200
    assert page_pdfs.make_due() == 0
    row = PagePdf.objects.get()
    assert "too long" in row.error and row.revision == page.live_revision_id and not row.file
    answer = get(client, "/plans/the-plan/pdf/")
    assert answer.status_code == 503 and "no PDF of this page" in answer.content.decode()
    client.force_login(admin_user)
    assert "1 PDF couldn’t be made" in client.get("/admin/").content.decode()
    listed = client.get("/admin/to-do/pdfs/").content.decode()
    assert "The plan" in listed and "The document is too long" in listed
    page.chapters = [chapter("Short")]
    page.save_revision().publish()
    assert "Short" in pdfs.words_of(body(get(client, "/plans/the-plan/pdf/")))
    assert not PagePdf.objects.failed().exists()


def test_two_never_make_the_same_at_once(client):
    page = publication()
    PagePdf.objects.create(page=page, kind=KIND.WHOLE, claimed_until=timezone.now() + page_pdfs.LEASE)
    with pytest.raises(page_pdfs.BeingMade):
        page_pdfs.make(page, KIND.WHOLE)
    assert get(client, "/plans/the-plan/pdf/").status_code == 202
    died = timezone.now() - page_pdfs.LEASE
    PagePdf.objects.update(claimed_until=died, tried_at=died)
    assert body(get(client, "/plans/the-plan/pdf/")).startswith(b"%PDF")


def test_nobody_waits_for_one_and_it_is_asked_for_once(client, tasks_in_database, django_capture_on_commit_callbacks):
    publication()
    address = "/plans/the-plan/pdf/"
    assert client.head(address).status_code == 202 and not PagePdf.objects.exists()
    for _ in range(3):
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.get(address)
        assert answer.status_code == 202 and answer["Retry-After"] == "5" and answer["X-Robots-Tag"] == "noindex"
    tasks = DBTaskResult.objects.filter(task_path__endswith="make_pdf")
    assert tasks.count() == 1 and not PagePdf.objects.get().file  # the request has only asked
    assert page_pdfs.make_asked(*tasks.get().args_kwargs["args"])
    assert body(client.get(address)).startswith(b"%PDF") and client.head(address).status_code == 200
    assert not page_pdfs.make_asked(0, KIND.WHOLE)


def test_what_is_printed_inside_is_followed_in_the_background(client):
    inside = priority()
    page = publication(chapter("Priorities", ("pages_in_full", {"pages": [inside]})))
    page_pdfs.make_due()
    inside.outcomes = "<ul><li>Changed since</li></ul>"
    inside.save_revision().publish()
    page_pdfs.make_due()
    assert page_pdfs.make_stale() == 0  # looked at within the hour
    PagePdf.objects.update(tried_at=timezone.now() - page_pdfs.LOOK_AGAIN)
    before = PagePdf.objects.get(page=page).fingerprint
    assert page_pdfs.make_stale() == 1 and PagePdf.objects.get(page=page).fingerprint != before
    assert "Changed since" in pdfs.words_of(body(client.get("/plans/the-plan/pdf/")))


def test_a_file_that_was_lost_is_made_again(client):
    publication()
    body(get(client, "/plans/the-plan/pdf/"))
    default_storage.delete(PagePdf.objects.get().file.name)
    answer = client.get("/plans/the-plan/pdf/")
    assert answer.status_code == 202
    page_pdfs.make_due()
    assert body(get(client, "/plans/the-plan/pdf/")).startswith(b"%PDF")


def test_a_chapter_cannot_take_the_address_of_the_pdf(client):
    page = publication()
    page.chapters = [chapter("Pdf")]
    with pytest.raises(Exception, match="so that each has its own address"):
        page.full_clean()
    assert client.post("/plans/the-plan/pdf/").status_code == 405
    assert isinstance(page_pdfs.printed(page, KIND.WHOLE), pdf.Source)
