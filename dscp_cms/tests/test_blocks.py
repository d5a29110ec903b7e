"""Every block and field that editors meet explains itself; every block previews."""

import json

import pytest
from django.apps import apps
from django.db import models
from django.urls import reverse
from wagtail import blocks
from wagtail.contrib.settings.models import BaseGenericSetting, BaseSiteSetting
from wagtail.models import Page
from wagtail.snippets.models import get_snippet_models

from dscp_cms.fields import StreamField

OURS = {"dscp_cms", "home", "news", "training", "resources"}
MODELS = [model for model in apps.get_models() if model._meta.app_label in OURS]


def edited(model):
    """Whether editors meet the model on a form of Wagtail's."""
    kinds = (Page, BaseSiteSetting, BaseGenericSetting)
    return issubclass(model, kinds) or model in get_snippet_models()


def streams():
    """Every stream, by where it stands."""
    return {
        f"{model._meta.label}.{field.name}": field.stream_block
        for model in MODELS
        for field in model._meta.local_fields
        if isinstance(field, StreamField)
    }


def walk(block, where, found):
    """Every block below this one, as (where, block, parent)."""
    children = getattr(block, "child_blocks", None) or {}
    pairs = list(children.items()) + ([("item", block.child_block)] if isinstance(block, blocks.ListBlock) else [])
    for name, child in pairs:
        found.append((f"{where}.{name}", child, block))
        walk(child, f"{where}.{name}", found)
    return found


EVERY = [entry for where, stream in streams().items() for entry in walk(stream, where, [])]
CHOSEN = [(where, block) for where, block, parent in EVERY if isinstance(parent, blocks.StreamBlock)]


@pytest.mark.parametrize("model", [model for model in MODELS if edited(model)], ids=lambda model: model._meta.label)
def test_every_field_says_what_it_is_for(model):
    inherited = {field.name for field in Page._meta.get_fields()} if issubclass(model, Page) else set()
    silent = [
        field.name
        for field in (*model._meta.fields, *model._meta.many_to_many)
        if field.editable
        and not field.help_text
        and field.name not in inherited
        and not field.primary_key
        and not isinstance(field, models.OneToOneField)
        and field.name not in {"site", "latest_revision", "live", "expired", "go_live_at", "expire_at"}
        and not field.name.startswith(("first_published", "last_published", "has_unpublished", "live_revision"))
    ]
    assert not silent


def test_every_part_of_a_block_says_what_it_is_for():
    """Columns of a table and items of a list are explained by the block that they stand in."""
    silent = {
        f"{type(parent).__name__}.{where.rsplit('.', 1)[-1]}"
        for where, block, parent in EVERY
        if isinstance(parent, blocks.StructBlock) and not help_of(block)
    }
    assert not silent


def help_of(block) -> str:
    """The block's help text, wherever its kind keeps it."""
    field = getattr(block, "field", None)
    return (field.help_text if field is not None else "") or getattr(block.meta, "help_text", "") or ""


def test_every_block_has_an_icon_and_a_description():
    plain = {where for where, block in CHOSEN if not block.meta.icon or block.meta.icon == "placeholder"}
    assert not plain
    silent = {where for where, block in CHOSEN if not block.get_description()}
    assert not silent


def test_every_block_offers_a_preview():
    assert CHOSEN
    assert not {where for where, block in CHOSEN if not block.is_previewable}


@pytest.mark.django_db
def test_every_preview_shows_in_the_colours_of_the_site(admin_client):
    seen = set()
    for where, block in CHOSEN:
        if block.definition_prefix in seen:
            continue
        seen.add(block.definition_prefix)
        response = admin_client.get(reverse("wagtailadmin_block_preview"), {"id": block.definition_prefix})
        shown = response.content.decode()
        assert response.status_code == 200, where
        assert "css/site.css" in shown, where
        body = shown.split("<main", 1)[1].split(">", 1)[1].split("</main>")[0]
        assert body.replace('<div class="story">', "").strip(" \n</div>"), where


@pytest.mark.django_db
def test_a_preview_of_an_unknown_block_is_not_found(admin_client):
    for key in ("", "nope", "__", "\x00"):
        assert admin_client.get(reverse("wagtailadmin_block_preview"), {"id": key}).status_code == 404


def test_previews_hold_what_their_blocks_read():
    for where, block in CHOSEN:
        value = block.get_preview_value()
        if value is not None:
            assert json.dumps(block.get_prep_value(value), default=str), where
