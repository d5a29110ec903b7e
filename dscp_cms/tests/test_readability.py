"""Reading age."""

import pytest

from dscp_cms.readability import reading_age, syllables

EASY = "The cat sat on the mat. It saw a dog. The dog ran off. " * 8
HARD = (
    "Multi-agency safeguarding arrangements necessitate comprehensive interdisciplinary collaboration, "
    "notwithstanding organisational considerations regarding information governance and proportionality. "
) * 8


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("cat", 1),
        ("the", 1),
        ("people", 2),
        ("worried", 2),
        ("needed", 2),
        ("safeguarding", 4),
        ("little", 2),
        ("tree", 1),
        ("changes", 2),
    ],
)
def test_syllables(word, count):
    assert syllables(word) == count


def test_easy_words_are_for_the_young_and_long_ones_for_nobody():
    assert reading_age(EASY) <= 7
    assert reading_age(HARD) >= 20


def test_a_few_words_say_nothing():
    assert reading_age("Safeguarding is everyone's responsibility.") is None
    assert reading_age("") is None


def test_addresses_and_figures_are_not_counted():
    assert reading_age(
        EASY + " https://example.org/multidisciplinary-organisational-arrangements " * 40
    ) == reading_age(EASY)
