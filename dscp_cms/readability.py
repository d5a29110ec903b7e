"""How old somebody must be to read a text easily, by the Flesch-Kincaid grade.

The formula: 0.39 × words a sentence + 11.8 × syllables a word − 15.59 is a school year in the United
States, whose pupils are five years older than its number (Kincaid, Fishburne, Rogers and Chissom,
*Derivation of new readability formulas for Navy enlisted personnel*, 1975). Syllables are counted by
groups of vowels, which is right for about nine English words in ten: enough for a hint, not for a
judgement.
"""

import re

FEWEST_WORDS = 100  # a shorter text says little
# Addresses and figures aren't read syllable by syllable.
NOT_WORDS = re.compile(r"https?://\S+|\S+@\S+|\[\d+\]|\b[\d.,/:-]+\b")
WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?", re.IGNORECASE)
SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)]*(?:\s|$)|\n\s*\n|\n\s*(?:-|\d+\.)\s")
VOWELS = re.compile(r"[aeiouy]+")


def syllables(word: str) -> int:
    """About how many syllables an English word has; at least one."""
    word = word.lower().removesuffix("'s").removesuffix("’s")
    count = len(VOWELS.findall(word))
    silent = word.endswith("e") and not word.endswith(("le", "ee", "ie", "ye", "oe"))
    silent = silent or (word.endswith("ed") and len(word) > 3 and word[-3] not in "tdaeiou")
    silent = silent or (
        word.endswith("es") and len(word) > 3 and word[-3] not in "aeiouscxzhg" and not word.endswith("les")
    )
    return max(1, count - silent)


def reading_age(text: str) -> int | None:
    """The age in years at which the text reads easily, or None where it is too short to tell.

    Takes plain text; an empty line or a list's mark ends a sentence too.
    """
    text = NOT_WORDS.sub(" ", text)
    words = WORD.findall(text)
    if len(words) < FEWEST_WORDS:
        return None
    sentences = max(1, sum(1 for part in SENTENCE_END.split(text) if WORD.search(part)))
    grade = 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
    return max(5, round(grade + 5))
