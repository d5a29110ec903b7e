"""Links in mail: short, signed for one purpose, never an id."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news import tokens
from news.models import Delivery, Subscriber
from news.tokens import BadTokenError, Purpose

KEY = uuid.UUID("6f1c1c1e-0f3b-4c58-9d8a-3f4f8f0a1b2c")


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_token_gives_its_key_back_for_its_own_purpose_only(purpose):
    token = tokens.make(purpose, KEY)
    assert tokens.read(purpose, token) == KEY
    for other in set(Purpose) - {purpose}:
        with pytest.raises(BadTokenError):
            tokens.read(other, token)


def test_the_addresses_fit_into_a_list_unsubscribe_header(settings):
    settings.PUBLIC_URL = "https://www.durham-example.org.uk"[:33]
    assert len("www.durham-example.org.uk") == 25
    subscriber, delivery = Subscriber(key=KEY), Delivery(key=uuid.uuid4())
    for url in (tokens.unsubscribe_url(subscriber), tokens.unsubscribe_url(subscriber, delivery)):
        assert url.startswith("https://www.durham-example.org.uk/u/")
        assert len(url) <= 75


def test_a_link_with_a_delivery_is_another_than_without():
    subscriber, delivery = Subscriber(key=KEY), Delivery(key=uuid.uuid4())
    assert tokens.unsubscribe_url(subscriber) != tokens.unsubscribe_url(subscriber, delivery)
    assert tokens.unsubscribe_url(subscriber, delivery) == tokens.delivery_unsubscribe_url(delivery.key)
    assert tokens.manage_url(subscriber) == tokens.manage_url_of(KEY)


def test_the_last_secret_key_still_reads_and_no_longer_writes(settings):
    old = tokens.make(Purpose.MANAGE, KEY)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert tokens.read(Purpose.MANAGE, old) == KEY
    assert tokens.make(Purpose.MANAGE, KEY) != old
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(BadTokenError):
        tokens.read(Purpose.MANAGE, old)


def test_every_changed_character_is_noticed():
    token = tokens.make(Purpose.LEAVE, KEY)
    for place in range(len(token)):
        for other in "AZaz09-_":
            changed = token[:place] + other + token[place + 1 :]
            if changed != token:
                with pytest.raises(BadTokenError):
                    tokens.read(Purpose.LEAVE, changed)


@given(st.text(max_size=60))
def test_nonsense_is_refused(text):
    with pytest.raises(BadTokenError):
        tokens.read(Purpose.LEAVE, text)


def test_what_was_signed_along_must_be_the_same():
    token = tokens.make(Purpose.ADDRESS, KEY, "new@example.org")
    assert tokens.key_in(token) == KEY
    assert tokens.matches(Purpose.ADDRESS, token, "new@example.org")
    assert not tokens.matches(Purpose.ADDRESS, token, "other@example.org")
    assert not tokens.matches(Purpose.ADDRESS, token, "")
