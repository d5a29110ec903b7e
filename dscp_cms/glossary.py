"""Explains abbreviations on pages, with what the Glossary says they stand for."""

import re

from bs4 import BeautifulSoup

from dscp_cms.models import GlossaryTerm

NOT_INSIDE = ["a", "abbr", "code", "h2", "h3", "h4"]


def abbreviations() -> dict[str, str]:
    """What each abbreviation of the Glossary stands for; terms that are ordinary words are left out."""
    rows = GlossaryTerm.objects.exclude(stands_for="").values_list("term", "stands_for")
    return {term: words for term, words in rows if sum(letter.isupper() for letter in term) > 1 and " " not in term}


def explain(html: str, terms: dict[str, str], seen: set[str]) -> str:
    """Mark the first use of each abbreviation with what it stands for; ``seen`` holds those already explained.

    A text that writes the words out beside the abbreviation is left alone. Links and headings are too.
    """
    wanted = [term for term in terms if term not in seen and term in html]
    if not wanted:
        return html
    pattern = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, sorted(wanted, key=len, reverse=True)))})(?=s?\b)")
    soup = BeautifulSoup(html, "html.parser")
    changed = False
    for text in soup.find_all(string=pattern):
        if text.find_parent(NOT_INSIDE):
            continue
        parts, position = [], 0
        for match in pattern.finditer(text):
            term = match[1]
            if term in seen:
                continue
            seen.add(term)
            if text[: match.start()].rstrip().endswith("(") or text[match.end() :].lstrip("s").lstrip().startswith("("):
                continue
            mark = soup.new_tag("abbr", title=terms[term])
            mark.string = term
            parts += [text[position : match.start()], mark]
            position = match.end()
        if parts:
            text.replace_with(*[part for part in (*parts, text[position:]) if part != ""])
            changed = True
    return soup.decode(formatter="minimal") if changed else html
