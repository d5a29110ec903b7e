"""An export of WordPress becomes pages: run as the command runs it, on files as WordPress writes them."""

import base64
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page

from dscp_cms.models import SiteDocument, SiteImage
from dscp_cms.testing.pages import front_page, topic
from home.imports import runs
from home.imports.wordpress import Wishes
from home.models import ImportRow, ImportRun, OldNewsletter, StandardPage, WordPressItem, WordPressTerm
from home.tests.wxr import HEAD, SITE, export, item, picture, whole_site
from news.models import NewsItemPage
from news.tests import factories as news

pytestmark = pytest.mark.django_db


@pytest.fixture
def sections():
    """The pages below which an import puts things, a topic, and an issue of the newsletter."""
    topic("Neglect")
    news.news_index()
    news.issue("April 2025", date=date(2025, 4, 1))


@pytest.fixture
def uploads(tmp_path):
    """A copy of wp-content/uploads, in which one file is missing."""
    folder = tmp_path / "wp-content/uploads"
    picture(folder / "2024/05/group.jpg")
    (folder / "2024/05/plan.pdf").write_bytes(PDF)
    return tmp_path


PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n"
    b"xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000052 00000 n \n0000000101 00000 n \n"
    b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n163\n%%EOF\n"
)


def run(path, *arguments):
    """What the command prints."""
    out = StringIO()
    call_command("import_wordpress", path, *map(str, arguments), stdout=out)
    return out.getvalue()


def rows(outcome):
    """The last run's lines of this outcome, as title and reason."""
    return dict(ImportRun.objects.first().rows.filter(outcome=outcome).values_list("title", "reason"))


def of(page):
    """The latest draft's blocks, as kind and value."""
    return [(block.block_type, block.value) for block in page.get_latest_revision_as_object().body]


def test_a_whole_site_moves_in(sections, uploads, tmp_path, client):
    printed = run(export(tmp_path / "old.xml", *whole_site()), "--media", uploads)
    about, plan = StandardPage.objects.get(slug="about"), StandardPage.objects.get(slug="our-plan")
    post = NewsItemPage.objects.get(slug="news-with-blocks")
    assert plan.get_parent().specific == about and about.get_parent().specific == front_page()
    assert StandardPage.objects.get(title="Search").slug == "search-2"  # the address is the search's
    assert not Page.objects.filter(title__in=["About", "Our plan", "Still private"], live=True).exists()
    assert post.date == date(2024, 5, 14) and post.first_published_at.date() == date(2024, 5, 14)
    assert post.summary == "What changed in May." and [t.name for t in post.topics.all()] == ["Neglect"]

    image, document = SiteImage.objects.get(), SiteDocument.objects.get()
    assert image.people == "unknown" and not image.consent_stands and image.description == "People at a table"
    assert post.image == image
    blocks = of(post)
    assert [kind for kind, _value in blocks] == [
        "text", "heading", "text", "image", "table", "button", "text", "video", "text", "quotation", "accordion",
        "unconverted", "text", "unconverted", "text"]  # fmt: skip
    first, heading, words, shown, table, button, file = (value for _kind, value in blocks[:7])
    assert f'<a linktype="page" id="{about.pk}">what we do</a>' in first.source
    assert f'<a linktype="page" id="{plan.pk}">our <b>plan</b></a>' in first.source
    assert f'<a href="{document.url}">the PDF</a>' in first.source
    assert heading["text"] == "What changed" and heading["level"] == "h3"
    assert words.source == "<ul><li>First<ul><li>Inside</li></ul></li></ul>"
    assert shown["image"] == image and shown["caption"] == "At the workshop"
    assert [column["heading"] for column in table.columns] == ["Course", "Places"] and table.caption == "Places left"
    assert [[cell.value for cell in row] for row in table.rows] == [["Neglect", "20"]]
    assert button["page"].pk == about.pk and button["text"] == "About us"
    assert file.source == f'<p><a href="{document.url}">The plan</a></p>'
    assert blocks[7][1]["title"] == "Our film"
    assert blocks[9][1]["attribution"] == "A young person, 2024" and blocks[9][1]["text"] == "Somebody listened."
    assert "Shared words." in blocks[12][1].source and "contact-form-7" in blocks[13][1]["source"]
    assert blocks[14][1].source == "<p>Written by Jo Smith</p>"

    classic = of(NewsItemPage.objects.get(slug="classic-old"))
    assert [kind for kind, _value in classic] == ["text", "image", "heading", "text", "unconverted", "video", "text"]
    assert classic[0][1].source.endswith("words,<br/>and a second line [sic].</p>")
    assert classic[3][1].source == "<ol><li>One</li><li>Two bad</li></ol>"
    assert "alert(1)" in classic[4][1]["source"]
    issue = OldNewsletter.objects.get(number=12).page
    assert issue.title == "April 2025" and f'id="{issue.pk}">Newsletter April 2025' in classic[6][1].source

    assert rows("skipped").keys() == {"Lost", "in-the-bin", "a-plugin's-event"}
    assert any("No topic stands for it yet" in reason for reason in rows("unsure").values())
    assert "8 made" in printed and "3 skipped" in printed

    # Old addresses
    about.get_latest_revision().publish()
    old = client.get("/2024/05/news-with-blocks/")  # it is a draft, so not for good
    assert (old.status_code, old.url) == (302, "/news/")
    assert Redirect.objects.get(old_path="/2024/05/news-with-blocks").redirect_page_id == post.pk
    assert client.get("/wp-content/uploads/2024/05/plan.pdf").url == document.url
    assert client.get("/?page_id=30").url == "/about/"
    assert client.get("/?page_id=99").status_code == client.get("/?p=x").status_code == 200
    other_reader = "WzEyLCJhYmMiLDk5OSwieHl6IiwzNCwwXQ"
    address = f"/?mailpoet_router&endpoint=view_in_browser&action=view&data={other_reader}"
    assert client.get(address).url == issue.url
    assert client.get("/category/neglect/").url == "/news/?topic=neglect"


@pytest.mark.parametrize(
    "address",
    [
        "/?p=²",
        "/?page_id=²",
        "/?mailpoet_router&endpoint=view_in_browser&data=" + base64.b64encode('["²"]'.encode()).decode(),
        "/?mailpoet_router&endpoint=view_in_browser&data=²",
        "/search/?q=plan&page=²",
    ],
)
def test_numbers_that_are_none_are_no_error(sections, client, address):
    assert client.get(address).status_code == 200


def test_pages_with_something_to_check_are_not_published(sections, uploads, tmp_path, client, admin_user):
    items = [*whole_site(), item(70, "Only words", "<p>All is well.</p>"),
             item(71, "Locked", "<p>Secret.</p>", password="x")]  # fmt: skip
    run(export(tmp_path / "old.xml", *items), "--media", uploads, "--publish")
    live = set(NewsItemPage.objects.live().values_list("title", flat=True))
    assert live - {"A new plan"} == {"Only words"}
    assert StandardPage.objects.get(slug="about").live
    page = NewsItemPage.objects.get(title="Only words")
    assert page.first_published_at.year == 2024
    assert b"All is well." in client.get(page.url).content
    stays = list(ImportRow.objects.filter(reason__startswith="It stays a draft.").values_list("title", flat=True))
    assert stays == ["News with blocks", "Classic & old"]
    assert NewsItemPage.objects.get(title="Locked").live is False


def test_a_second_run_changes_only_what_changed_and_nothing_of_ours(sections, uploads, tmp_path):
    pages = [item(n, f"Post {n}", f"<p>Words of {n}.</p>") for n in range(1, 6)]
    run(export(tmp_path / "a.xml", *pages))
    edited, deleted, ours = (NewsItemPage.objects.get(title=f"Post {n}") for n in (2, 3, 4))
    edited.summary = "Written here."
    edited.save_revision()
    deleted.delete()
    ours.summary = "Also ours, and unchanged over there."
    ours.save_revision()
    before = Redirect.objects.count()
    for n in (1, 2, 3):
        pages[n - 1] = item(n, f"Post {n}", f"<p>New words of {n}.</p>")
    printed = run(export(tmp_path / "b.xml", *pages))
    assert "1 updated, 2 unchanged, 2 skipped" in printed
    assert "New words of 1" in of(NewsItemPage.objects.get(title="Post 1"))[0][1].source
    assert edited.get_latest_revision_as_object().summary == "Written here."
    assert ours.get_latest_revision_as_object().summary.startswith("Also ours")
    assert not Page.objects.filter(title="Post 3").exists()
    assert Redirect.objects.count() == before
    assert set(rows("skipped")) == {"Post 2", "Post 3"}


def test_a_run_that_was_stopped_goes_on_where_it_was(sections, tmp_path, tasks_in_database, monkeypatch):
    path = export(tmp_path / "a.xml", *(item(n, f"Post {n}", "<p>Words.</p>") for n in range(1, 5)))
    started = runs.queue(ContentFile(path.read_bytes(), "a.xml"), None, Wishes())
    monkeypatch.setattr(runs, "SLICE", 0.0)
    assert runs.advance(started.pk)  # a few steps
    late = timezone.now() + timedelta(minutes=1)
    ImportRun.objects.filter(pk=started.pk).update(claimed_until=late)  # as a worker leaves it that is killed
    assert runs.advance(started.pk) is False
    ImportRun.objects.filter(pk=started.pk).update(claimed_until=late - timedelta(hours=1))
    runs.sweep()
    while runs.advance(started.pk):
        pass
    started.refresh_from_db()
    assert started.status == "done" and started.position == started.total == 9
    assert started.made == 4 and NewsItemPage.objects.filter(title__startswith="Post ").count() == 4
    assert ImportRow.objects.filter(run=started, outcome="made").count() == 4


def test_words_written_between_two_halves_of_a_run_are_kept(sections, tmp_path, tasks_in_database, monkeypatch):
    path = export(tmp_path / "a.xml", item(1, "Post 1", "<p>Theirs.</p>"), item(2, "Post 2", "<p>Theirs.</p>"))
    started = runs.queue(ContentFile(path.read_bytes(), "a.xml"), None, Wishes())
    monkeypatch.setattr(runs, "SLICE", 0.0)
    while not NewsItemPage.objects.filter(title="Post 2").exists():
        assert runs.advance(started.pk)
    ours = NewsItemPage.objects.get(title="Post 2")
    assert ours.latest_revision is None  # still empty
    ours.summary = "Ours."
    ours.save_revision()
    while runs.advance(started.pk):
        pass
    assert NewsItemPage.objects.get(pk=ours.pk).get_latest_revision_as_object().summary == "Ours."
    assert rows("skipped").keys() == {"Post 2"} and rows("made").keys() == {"Post 1"}


def test_addresses_that_cannot_be_read_cost_nothing_else(sections, uploads, tmp_path):
    bad = "https://[half/wp-content/uploads/2024/05/plan.pdf"
    words = f'<p>Read <a href="{bad}">this</a>, <a href="https://[x/?p=1">that</a>.</p><img src="{bad}">'
    run(
        export(
            tmp_path / "a.xml",
            item(1, "Lost", kind="attachment", url=bad, link=bad),
            item(2, "Good", words, link="https://[half/good/"),
        ),
        "--media",
        uploads,
    )
    assert "Read" in of(NewsItemPage.objects.get(title="Good"))[0][1].source
    assert "isn’t among the files" in rows("skipped").pop("Lost") and ImportRun.objects.get().status == "done"


def test_a_run_that_fails_ends_with_a_sentence(sections, tmp_path, tasks_in_database):
    path = export(tmp_path / "a.xml", item(1, "Post 1", "<p>Words.</p>"))
    started = runs.queue(ContentFile(path.read_bytes(), "a.xml"), None, Wishes())
    Path(started.file.path).unlink()
    assert runs.advance(started.pk) is False
    started.refresh_from_db()
    assert started.is_over and started.message and started.finished_at


def test_another_file_for_an_attachment_is_told_and_not_taken_for_updated(sections, uploads, tmp_path):
    def plan(title, name):
        address = f"{SITE}/wp-content/uploads/2024/05/{name}"
        return export(tmp_path / "a.xml", item(1, title, kind="attachment", url=address))

    (uploads / "wp-content/uploads/2024/05/plan-2.pdf").write_bytes(PDF + b"%2\n")
    run(plan("Plan", "plan.pdf"), "--media", uploads)
    run(plan("Our plan", "plan.pdf"), "--media", uploads)
    assert rows("updated").keys() == {"Our plan"} == {SiteDocument.objects.get().title}
    for _time in range(2):
        run(plan("New plan", "plan-2.pdf"), "--media", uploads)
        assert "another file" in rows("skipped")["Our plan"] and not rows("updated")
    assert SiteDocument.objects.get().title == "Our plan"


def test_a_trial_run_changes_nothing_and_leaves_its_report(sections, uploads, tmp_path):
    def everything():
        models = (Page, SiteImage, SiteDocument, Redirect, WordPressItem, WordPressTerm, OldNewsletter)
        return [model.objects.count() for model in models]

    before = everything()
    file = tmp_path / "report.csv"
    arguments = ("--media", uploads, "--dry-run", "--report", file)
    printed = run(export(tmp_path / "old.xml", *whole_site()), *arguments)
    assert everything() == before
    trial = ImportRun.objects.get()
    assert trial.dry_run and trial.status == "done" and trial.made == 8 and "a trial run)" in printed
    lines = file.read_text("utf-8-sig").splitlines()
    assert len(lines) == trial.rows.count() + 1 and f"Trial run {trial.pk},Made,About," in "\n".join(lines)
    assert "nothing was changed" in printed and "8 made" in printed and "3 skipped" in printed


def test_topics_come_from_a_table_that_people_correct(sections, tmp_path):
    path = export(tmp_path / "a.xml", item(1, "Post", "<p>x</p>", terms=[("post_tag", "county-lines", "County lines")]))
    run(path)
    page = NewsItemPage.objects.get(title="Post")
    assert not page.topics.exists()
    exploitation = topic("Exploitation")
    mapping = tmp_path / "topics.csv"
    mapping.write_text("Taxonomy,Slug,Topic\nTag,county-lines,exploitation\ncategory,x,No such topic\n")
    printed = run(path, "--topics", mapping)
    assert "Line 3: there is no topic “No such topic”." in printed
    assert list(NewsItemPage.objects.get(pk=page.pk).topics.all()) == [exploitation]


BROKEN = {
    "entities": HEAD.replace("<rss", '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>\n<rss', 1),
    "external": HEAD.replace("<rss", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n<rss', 1),
    "not an export": '<?xml version="1.0"?><rss version="2.0"><channel><title>A feed</title></channel></rss>',
    "empty": "",
    "words": "Dear colleague",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_no_export_or_could_harm_is_refused_with_a_sentence(sections, tmp_path, kind):
    path = tmp_path / "old.xml"
    path.write_text(BROKEN[kind] + (item(1, "&b;&e;") + "</channel></rss>" if "ENTITY" in BROKEN[kind] else ""))
    with pytest.raises(CommandError) as refused:
        run(path)
    assert str(refused.value).endswith(".") and len(str(refused.value)) > 15
    assert not NewsItemPage.objects.exists() and ImportRun.objects.get().status == "refused"


def test_broken_parts_cost_only_themselves(sections, tmp_path):
    good = item(1, "Good", "<p>Kept.</p>")
    control = item(2, "Control\x0b", "<p>Bell \x07 and &amp; more&#x1;.</p>").encode()
    not_utf8 = item(3, "Caf\xe9", "<p>caf\xe9</p>").encode("latin-1")
    bare = item(4, "Bare", "<p>x</p>").replace("<pubDate>", "<note>A & B &nbsp;</note><pubDate>").encode()
    broken = item(5, "Broken", "<p>x</p>").replace("<pubDate>", "<pubDate").encode()
    cut = item(6, "Cut off", "<p>" + "word " * 50).encode()[:-400]
    path = tmp_path / "old.xml"
    path.write_bytes(
        HEAD.encode()
        + good.encode()
        + control
        + not_utf8
        + bare
        + broken
        + good.replace("?p=1", "?p=9").replace("Good", "Last").encode()
        + cut
    )
    printed = run(path)
    titles = set(NewsItemPage.objects.values_list("title", flat=True))
    assert titles == {"Good", "Control", "Caf�", "Bare", "Last"}
    assert "XML is broken" in printed and "ends in the middle" in printed
    assert ImportRun.objects.get().status == "partly"


def test_footnotes_and_repeated_numbers_keep_their_words(sections, tmp_path):
    notes = '[{"id":"a1","content":"As <em>said</em> in 2024."}]'
    words = "<!-- wp:paragraph -->\n<p>Words.</p>\n<!-- /wp:paragraph -->\n<!-- wp:footnotes /-->"
    first = item(1, "First", words, meta={"footnotes": notes})
    others = [item(1, title, f"<p>{title}.</p>") for title in ("Second", "Third")]  # of another site, say
    assert "3 made" in run(export(tmp_path / "a.xml", first, *others, others[0]))
    assert of(NewsItemPage.objects.get(title="First"))[0][1].source.endswith(
        "<ol><li>As <i>said</i> in 2024.</li></ol>"
    )
    assert NewsItemPage.objects.filter(title__in=["First", "Second", "Third"]).count() == 3
    assert "3 unchanged" in run(export(tmp_path / "a.xml", first, *others, others[0]))


def test_posts_that_share_a_guid_are_posts_of_their_own(sections, tmp_path):
    twins = [item(1, "First", "<p>a</p>"), item(2, "Copy", "<p>b</p>").replace("?p=2</guid>", "?p=1</guid>")]
    path = export(tmp_path / "a.xml", *twins, twins[1])
    assert "2 made" in run(path) and "1 skipped" in run(path)
    assert NewsItemPage.objects.filter(title__in=["First", "Copy"]).count() == 2


def test_a_ring_of_parents_and_a_missing_one_still_become_pages(sections, tmp_path):
    ring = [
        item(1, "A", kind="page", parent=2),
        item(2, "B", kind="page", parent=1),
        item(3, "C", kind="page", parent=77),
    ]
    run(export(tmp_path / "a.xml", *ring))
    assert StandardPage.objects.filter(title__in="ABC").count() == 3
    assert all(page.get_parent().depth >= 2 for page in StandardPage.objects.all())


def test_files_are_fetched_only_when_asked_and_never_from_a_private_network(sections, tmp_path, live_server):
    address = f"{live_server.url}/wp-content/uploads/a.pdf"
    path = export(tmp_path / "a.xml", item(1, "A file", kind="attachment", status="inherit", url=address))
    run(path)
    assert "isn’t among the files given" in rows("skipped")["A file"]
    run(path, "--fetch")
    assert "private network" in rows("skipped")["A file"]


def test_files_of_a_folder_stay_inside_it_and_are_checked(sections, tmp_path):
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    (tmp_path / "secret.pdf").write_bytes(PDF)
    (uploads / "page.pdf").write_text("<html><script>alert(1)</script></html>")
    names = ["../secret.pdf", "page.pdf", "..%2Fsecret.pdf"]
    run(export(tmp_path / "a.xml", *(item(n, f"File {n}", kind="attachment", status="inherit",
        url=f"{SITE}/wp-content/uploads/{name}") for n, name in enumerate(names))), "--media", uploads)  # fmt: skip
    assert not SiteDocument.objects.exists()
    assert "is something else" in rows("skipped")["File 1"]
