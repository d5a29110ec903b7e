"""Stored blocks of every malformed shape: readers see a page, and the log says what was left out."""

import json
import logging
import random
import uuid
from copy import deepcopy

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from dscp_cms.blocks import StoryBlock
from dscp_cms.fields import MisfitError, StreamField, mend
from dscp_cms.models import SiteSettings
from dscp_cms.testing.pages import front_page, make
from home.models import StandardPage
from news.models import NewsIndexPage, NewsItemPage, NewsletterIndexPage, NewsletterIssuePage
from resources.models import PublicationIndexPage, PublicationPage

pytestmark = pytest.mark.django_db
many = pytest.mark.parametrize("variants", [100, pytest.param(300, marks=pytest.mark.scale)])
GONE = 987654


def child(kind, value):
    """A block as it is stored."""
    return {"type": kind, "value": value, "id": str(uuid.UUID(int=random.Random(kind).getrandbits(128)))}


def item(value):
    """An item of a list as it is stored."""
    return {"type": "item", "value": value, "id": "11111111-1111-1111-1111-111111111111"}


WELL_FORMED = [
    child("heading", {"text": "A heading", "level": "h2"}),
    child("text", '<p>Words with a <a linktype="page" id="987654">link</a></p>'),
    child("callout", {"kind": "important", "title": "Mind", "text": "<p>This</p>"}),
    child("quotation", {"text": "Words", "attribution": "Somebody"}),
    child("accordion", {"sections": [item({"title": "Who?", "text": "<p>You</p>"})]}),
    child("image", {"image": GONE, "caption": "Gone"}),
    child("video", {"title": "A film", "url": "https://vimeo.com/1", "length": "", "transcript": ""}),
    child("key_facts", {"title": "", "facts": [item({"figure": "53", "label": "children"})]}),
    child(
        "table",
        {
            "columns": [{"type": "text", "heading": "A"}, {"type": "number", "heading": "B"}],
            "rows": [{"values": ["one", "1"]}, {"values": ["two", None]}],
            "caption": "Figures",
        },
    ),
    child("contact_card", {"name": "A team", "role": "", "email": "team@example.org", "telephone": "", "hours": ""}),
    child("link_list", {"title": "", "links": [item({"title": "L", "page": GONE, "url": "", "description": ""})]}),
    child("resource", {"page": GONE}),
    child("pages", {"title": "", "pages": [item(GONE), item(None)]}),
    child("button", {"text": "Go", "page": GONE, "url": "", "style": "primary"}),
]
NONSENSE = (
    *(None, "", "text", "<p>", 0, -1, 3.5, True, [], {}, [1, 2], {"a": 1}, [None], [[]], "9" * 30, 10**30, GONE),
    *({"type": "item"}, {"type": "item", "value": None}, {"type": "nope", "value": 1}, "\u0001", "javascript:x", [{}]),
)


def spots(value, found):
    """Every place in a stored value, as (container, key)."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in pairs:
        found.append((value, key))
        spots(part, found)
    return found


def spoilt(number, story):
    """The stored story with one to three places spoilt; the same for the same number."""
    chance, stored = random.Random(number), deepcopy(story)
    for _ in range(chance.randint(1, 3)):
        container, key = chance.choice(spots(stored, []))
        match chance.randrange(4):
            case 0 if isinstance(container, dict):
                container.pop(key, None)
            case 1 if isinstance(container, dict):
                container[chance.choice(["extra", "type", "value", "id"])] = chance.choice(NONSENSE)
            case _:
                container[key] = chance.choice(NONSENSE)
    return stored


def store(page, name, text):
    """Write text into a stream's column, past every check."""
    column, table = page._meta.get_field(name).column, page._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE "{table}" SET "{column}" = %s WHERE page_ptr_id = %s', [text, page.pk])


@pytest.fixture
def targets():
    """A page of each kind that is fuzzed, and where its stories stand."""
    news = make(NewsIndexPage, front_page(), "News")
    letters = make(NewsletterIndexPage, front_page(), "Newsletters")
    plans = make(PublicationIndexPage, front_page(), "Plans")
    return [
        (make(StandardPage, front_page(), "About"), "body", lambda story: story, ("",)),
        (make(NewsItemPage, news, "Item", date="2025-04-01"), "body", lambda story: story, ("",)),
        (
            make(NewsletterIssuePage, letters, "Issue", date="2025-04-01"),
            "sections",
            lambda story: [
                child(
                    "section",
                    {
                        "kind": "training",
                        "title": "",
                        "items": [
                            child("page", {"page": GONE, "title": "", "summary_here": ""}),
                            *(block for block in story if isinstance(block, dict) and block["type"] in ISSUE_KINDS),
                        ],
                    },
                ),
                child("section", {"kind": "contact", "title": "", "items": []}),
            ],
            ("",),
        ),
        (
            make(PublicationPage, plans, "Plan", published_on="2025-04-01"),
            "chapters",
            lambda story: [
                child("chapter", {"title": "One", "body": [*story, child("pages_in_full", {"pages": [item(GONE)]})]}),
                child("chapter", {"title": "Two", "body": []}),
            ],
            ("", "whole/", "one/"),
        ),
    ]


ISSUE_KINDS = {"text", "callout", "key_facts", "quotation", "image", "link_list", "button"}


@many
def test_spoilt_blocks_never_make_an_error(client, targets, variants):
    """Spoilt stories, in turn on each kind of page."""
    wrapped = [(page, name, wrap(WELL_FORMED), paths) for page, name, wrap, paths in targets]
    for number in range(variants):
        page, name, story, paths = wrapped[number % len(wrapped)]
        stored = spoilt(number, story)
        store(page, name, json.dumps(stored))
        path = paths[number % len(paths)]
        response = client.get(page.url + path)
        assert response.status_code in {200, 302}, (number, stored)
        assert path or page.title in response.content.decode(), number


@many
def test_spoilt_blocks_still_open_in_the_editor(admin_client, targets, variants):
    """The same in the admin, where they are read from a revision, and in its preview of the page."""
    for number in range(0, variants, 15):
        page, name, wrap, _paths = targets[number // 15 % len(targets)]
        revision = page.save_revision()
        revision.content[name] = json.dumps(spoilt(number, wrap(WELL_FORMED)))
        revision.save()
        assert admin_client.get(f"/admin/pages/{page.pk}/edit/").status_code == 200, number
        assert admin_client.get(f"/admin/pages/{page.pk}/revisions/{revision.pk}/view/").status_code == 200, number


@pytest.mark.parametrize(
    "stored", ["null", "{}", '{"a": 1}', "3", "true", '"text"', "[null]", "[[]]", '["a"]', "[[[]]]"]
)
def test_what_is_no_list_of_blocks_leaves_the_page_empty(client, targets, stored):
    for page, name, _wrap, paths in targets:
        store(page, name, stored)
        assert client.get(page.url + paths[0]).status_code == 200


@pytest.mark.skipif("connection.vendor == 'postgresql'", reason="PostgreSQL stores no text that isn't JSON")
@pytest.mark.parametrize("stored", ["", "not JSON", "[{", "[" * 5000, "\u0000"])
def test_what_is_no_json_leaves_the_page_empty(client, targets, stored):
    for page, name, _wrap, _paths in targets:
        with connection.cursor() as cursor:  # past SQLite's own check that it is JSON
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        store(page, name, stored)
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
        assert client.get(page.url).status_code == 200


def test_one_misfit_leaves_its_neighbours(client, caplog):
    page = make(StandardPage, front_page(), "About")
    stored = [
        WELL_FORMED[0],
        child("from_another_time", {"x": 1}),
        child("heading", 7),
        child("text", "<p>Still here</p>"),
    ]
    store(page, "body", json.dumps(stored))
    with caplog.at_level(logging.WARNING, logger="dscp_cms.fields"):
        shown = client.get(page.url).content.decode()
    assert "A heading" in shown and "Still here" in shown
    assert "'from_another_time' that no longer fits home.StandardPage.body" in caplog.text
    assert "'heading' that no longer fits home.StandardPage.body" in caplog.text


def test_a_block_made_before_a_part_was_added_keeps_what_it_has(caplog):
    mended = mend(StoryBlock(), [child("callout", {"text": "<p>Kept</p>"})], "a test")
    (block,) = StoryBlock().to_python(mended)
    assert block.value["text"].source == "<p>Kept</p>" and block.value["kind"] == "information"
    assert not caplog.text


def test_well_formed_blocks_are_left_as_they_are():
    assert mend(StoryBlock(), WELL_FORMED, "a test") == WELL_FORMED


@pytest.mark.parametrize("value", [-1, 0, True, "abc", 2**31, "9" * 30, 1.5, [1], {"pk": 1}])
def test_a_key_that_no_row_can_have_is_a_misfit(value):
    with pytest.raises(MisfitError):
        mend(StoryBlock().child_blocks["pages"].child_blocks["pages"].child_block, value, "a test")


def test_the_settings_survive_spoilt_links(client):
    site = SiteSettings.load() if hasattr(SiteSettings, "load") else SiteSettings.for_site(front_page().get_site())
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {SiteSettings._meta.db_table} SET social_links = %s WHERE id = %s",
            [json.dumps([child("link", {"title": 5}), child("link", None), "x"]), site.pk],
        )
    assert client.get("/").status_code == 200


def test_definitions_stay_out_of_migrations():
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, StreamField):
                _name, path, args, kwargs = field.deconstruct()
                assert path == "dscp_cms.fields.StreamField" and args == [[]] and "block_lookup" not in kwargs


def test_a_migration_can_save_a_page_without_losing_its_blocks():
    page = make(StandardPage, front_page(), "About", body=[("heading", {"text": "Kept", "level": "h2"})])
    state = MigrationLoader(connection).project_state()
    old = state.apps.get_model("home", "StandardPage").objects.get(pk=page.pk)
    old.offers_exit = True
    old.save()
    page.refresh_from_db()
    assert page.offers_exit and page.body[0].value["text"] == "Kept"
