"""The example site: its addresses and facts, that a second run changes nothing, and that the sample can go."""

import re
import stat
from datetime import timedelta
from io import BytesIO
from itertools import pairwise

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from PIL import Image
from wagtail.fields import StreamField
from wagtail.models import Page, PageLogEntry, Revision, Site, WorkflowState

from dscp_cms.models import Agency, GlossaryTerm, SiteDocument, SiteImage, SiteSettings, Topic
from home import sample
from home.example import pictures, words_front
from home.example.loading import PAGES, load
from home.example.markup import rich, story
from home.example.pdf import pdf
from home.models import HomePage, SampleRecord, StandardPage
from news.models import EventPage, NewsIndexPage, NewsItemPage, NewsletterIssuePage
from resources.models import FileVersion, ResourcePage
from training.models import CoursePage

pytestmark = pytest.mark.django_db
DRAW = pictures.draw

ADDRESSES = """/ /about/ /worried-about-a-child/ /children-and-young-people/ /parents-and-carers/ /priorities/
/priorities/harm-outside-the-home/ /news/ /news/feed/ /events/ /events/calendar.ics /newsletters/
/newsletters/april-2025/ /training/ /training/charging-policy/ /resources/ /plans/business-plan-2025-2027/
/plans/business-plan-2025-2027/our-priorities/ /plans/business-plan-2025-2027/whole/ /search/?q=trauma /contact/
/privacy/ /accessibility/ /sitemap.xml /robots.txt""".split()

FACTS = {
    "/plans/business-plan-2025-2027/whole/": (
        "Keeping Children Safe",
        "Tenacity",
        "Curiosity",
        "Openness",
        "Priority 4",
    ),
    "/news/race-racism-and-safeguarding/": (
        *("53", "27", "January 2022", "March 2024", "11 March 2025", "19 reviews"),
        *("Child Safeguarding Practice Review Panel", "Key findings", "Recommendations"),
    ),
    "/events/mental-health-awareness-week-2025/": (
        "12 to 18 May 2025",
        "community",
        "Mental Health Foundation",
        "1 in 4",
    ),
    "/training/me-learning/": ("46", "dscptraining@durham.gov.uk"),
    "/training/charging-policy/": ("To be completed by the partnership", "dscptraining@durham.gov.uk"),
    "/resources/national-guidance/working-together-2023/": ("15 December 2023", "2018"),
    "/resources/local-resources/yearly-reports-analysis-2023-24/": ("3 times", "GOV.UK"),
    "/contact/": ("Spennymoor", "DL16 6JQ", "03000 265770", "DSCPSecure@durham.gov.uk"),
    "/newsletters/april-2025/": (
        *("Latest news", "Priorities", "What&#x27;s new", "Events", "Training", "Spotlight on", "Local resources"),
        *("National guidance and useful resources", "Contact us", "Subscriptions", "PAMIC", "46 sessions"),
    ),
}


@pytest.fixture(scope="module")
def example(django_db_setup, django_db_blocker, tmp_path_factory, small_pictures):
    """The example site, loaded once for these tests and rolled back after them."""
    from django.conf import settings

    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(settings, "DATA_DIR", tmp_path_factory.mktemp("example"))
        patch.setattr(settings, "MEDIA_ROOT", settings.DATA_DIR / "media")
        yield load()
        transaction.set_rollback(True)


@pytest.fixture
def site(example, db):
    """The default site with the example's pages."""
    return Site.objects.get(is_default_site=True)


def counts() -> dict:
    models = (Page, Revision, PageLogEntry, SiteImage, Topic, GlossaryTerm, Agency, SampleRecord, get_user_model())
    return {model.__name__: model.objects.count() for model in models}


def test_every_address_answers(site, client):
    for address in ADDRESSES:
        assert client.get(address).status_code == 200, address
    for page in Page.objects.live().public().descendant_of(site.root_page, inclusive=True):
        response = client.get(page.relative_url(site))
        assert response.status_code == 200, page.url_path
        levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", response.content.decode())]
        assert all(below <= above + 1 for above, below in pairwise([0, *levels])), (page.url_path, levels)


def test_the_facts_are_there(site, client):
    for address, facts in FACTS.items():
        html = client.get(address).content.decode()
        for fact in facts:
            assert fact in html, (address, fact)
    assert CoursePage.objects.filter(is_face_to_face=True).count() == 12
    assert SiteSettings.for_site(site).referral_telephone == ""
    assert GlossaryTerm.objects.get(term="TAF").stands_for == "Team around the family"


def test_nothing_leads_where_the_source_gave_no_address(example):
    for page in Page.objects.specific():
        for kind in page._meta.get_fields():
            if isinstance(kind, StreamField):
                assert "http" not in str(kind.get_prep_value(getattr(page, kind.name))), page
        assert not getattr(page, "external_url", "")


def test_the_menu_is_short_and_in_order(site):
    titles = [page.title for page in site.root_page.get_children().live().in_menu()]
    assert titles == ["Priorities", "News", "Events", "Training", "Resources", "Newsletters", "About us"]


def test_an_editor_could_save_every_page(example):
    for words in (*PAGES, words_front.FRONT):
        page = words.model.objects.get(slug=words.slug or "home")
        assert 0 < len(page.summary) <= 300, page
        page.full_clean()
        for name, value in words.fields.items():
            kind = words.model._meta.get_field(name)
            if isinstance(kind, StreamField):
                assert len(getattr(page, name)) == len(value), (page, name)
                kind.stream_block.clean(getattr(page, name))


def test_the_issue_was_approved(example):
    issue = NewsletterIssuePage.objects.get()
    assert issue.live and not issue.has_unpublished_changes
    assert [block.value["kind"] for block in issue.sections][::9] == ["latest_news", "subscriptions"]
    assert WorkflowState.objects.get().status == WorkflowState.STATUS_APPROVED


def test_sample_activity_is_labelled_and_dated_from_today(site, client):
    today, issue = timezone.localdate(), NewsletterIssuePage.objects.get()
    pages = [record.thing for record in SampleRecord.objects.all() if isinstance(record.thing, Page)]
    assert len(pages) == 11
    pages = [page for page in pages if page.live]  # one was sent in and waits
    client.force_login(get_user_model().objects.get(is_superuser=True))  # who may open the partners' page too
    for page in pages:
        assert page.title.startswith("Sample")
        assert "This is sample activity" in client.get(page.relative_url(site)).content.decode()
        assert issue.first_published_at < page.first_published_at < timezone.now() + timedelta(days=1)
    events = EventPage.objects.live().upcoming()
    assert len(events) == 4 and events[0].place == "Example Hall" and events[0].start_time
    assert all(today < event.start_date < today + timedelta(weeks=10) for event in events)
    toolkit = ResourcePage.objects.get(slug="sample-conversation-toolkit")
    assert [version.label for version in toolkit.versions_shown] == ["2.0", "1.0"]
    assert toolkit.versions.get(label="3.0").published_on > today


def test_a_second_run_makes_nothing_and_keeps_what_people_wrote(site, settings):
    about, home = StandardPage.objects.get(slug="about"), HomePage.objects.get()
    about.title = "Who we are"
    about.save_revision().publish()
    home.summary = "Our own words."
    home.save_revision().publish()
    conf = SiteSettings.for_site(site)
    conf.telephone = ""
    conf.save()
    from wagtail.log_actions import log

    log(instance=conf, action="wagtail.edit")
    before, logins = counts(), (settings.DATA_DIR / "logins.txt").read_text()
    loaded = load()
    assert not loaded.pages and not loaded.sample and not loaded.logins
    assert counts() == before
    assert StandardPage.objects.get(slug="about").title == "Who we are"
    assert HomePage.objects.get().summary == "Our own words."
    assert SiteSettings.objects.get(pk=conf.pk).telephone == ""
    assert (settings.DATA_DIR / "logins.txt").read_text() == logins


def test_removal_takes_all_of_the_sample_and_nothing_else(site):
    news = NewsIndexPage.objects.get()
    own = news.add_child(instance=NewsItemPage(title="Sample sizes in surveys", date=timezone.localdate()))
    Agency.objects.create(name="Example Street Nursery", kind="early_years")
    pages, images = Page.objects.count(), SiteImage.objects.count()
    sample_pages = sum(issubclass(record.content_type.model_class(), Page) for record in SampleRecord.objects.all())
    removed = sample.remove()
    assert removed.count and not removed.kept
    assert not SampleRecord.objects.exists() and not FileVersion.objects.exists() and not SiteDocument.objects.exists()
    assert Page.objects.count() == pages - sample_pages and Page.objects.filter(pk=own.pk).exists()
    assert SiteImage.objects.count() == images
    assert list(Agency.objects.values_list("name", flat=True)) == ["Example Street Nursery"]
    assert Page.find_problems() == ([], [], [], [], [])
    assert len(load().sample) == removed.count  # and it can be made again


def test_removal_keeps_what_somebody_made_theirs(example):
    page = NewsItemPage.objects.get(slug="sample-worry-box")
    page.title = "A box for worries"
    page.save_revision().publish()
    toolkit = ResourcePage.objects.get(slug="sample-conversation-toolkit")
    document = SiteDocument.objects.create(title="Ours", file="documents/ours.pdf")
    FileVersion.objects.create(resource=toolkit, document=document, label="4.0")
    kept = sample.remove().kept
    assert len(kept) == 2 and all(page in " ".join(kept) for page in ("A box for worries", toolkit.title))
    assert NewsItemPage.objects.filter(pk=page.pk).exists() and toolkit.versions.get(label="4.0").document == document
    assert toolkit.versions.count() == 4  # versions go only with their resource


def test_a_real_site_gets_neither_sample_nor_logins(example, settings, capsys):
    sample.remove()
    get_user_model().objects.all().delete()
    settings.HTTPS = True
    call_command("load_example_site")
    assert "create_administrator" in capsys.readouterr().out
    assert not SampleRecord.objects.exists() and not get_user_model().objects.exists()


def test_each_role_has_a_login(example, settings):
    path = settings.DATA_DIR / "logins.txt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    lines = path.read_text().splitlines()
    assert lines[0].startswith("administrator@example.org") and len({line.split()[1] for line in lines}) == len(lines)
    for line in lines:
        address, password = line.split()[:2]
        user = authenticate(username=address, password=password)
        assert user.is_superuser == (address == "administrator@example.org")
        assert user.is_superuser or user.groups.count() == 1
        assert user.has_perm("wagtailadmin.access_admin"), address


def test_the_first_administrator(db, capsys):
    call_command("create_administrator", "Head@example.org", random_password=True)
    password = capsys.readouterr().out.split()[-1]
    assert authenticate(username="head@example.org", password=password).is_superuser
    with pytest.raises(CommandError, match="already"):
        call_command("create_administrator", "head@example.org", random_password=True)
    with pytest.raises(CommandError, match="not an e-mail"):
        call_command("create_administrator", "head", random_password=True)


def test_marks_become_rich_text_and_blocks():
    assert rich("One\ntwo & **three**.\n\n- a\n  b\n- [c](/d/)") == (
        '<p>One two &amp; <b>three</b>.</p><ul><li>a b</li><li><a href="/d/">c</a></li></ul>'
    )
    kinds = [block["type"] for block in story("Words\n\n## Head\n\n1. one\n2. two", {"type": "button", "value": {}})]
    assert kinds == ["text", "heading", "text", "button"]


def test_pictures_are_the_same_each_time_and_different_from_each_other():
    drawn = {name: DRAW(name) for name in pictures.PICTURES}
    assert len(set(drawn.values())) == len(drawn) >= 6
    assert DRAW("hills") == drawn["hills"]
    assert Image.open(BytesIO(drawn["bridge"])).size == (1600, 1067)


def test_the_pdf_is_sound():
    whole = pdf("Sample – “title”", [["Heading", "A (bracket) and a \\ slash."], ["Next page"]])
    table = int(whole.split(b"startxref\n")[1].split()[0])
    places = [int(line.split()[0]) for line in whole[table:].split(b"\n")[3:] if line.endswith(b" n ")]
    for number, place in enumerate(places, start=1):
        assert whole[place:].startswith(b"%d 0 obj" % number)
    assert b"/Lang (en-GB)" in whole and b"/Marked true" in whole and whole.count(b"/Type /Page ") == 2
