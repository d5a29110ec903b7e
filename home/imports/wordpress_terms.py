"""Categories and tags of WordPress, and the topics that stand for them: a table that people correct."""

import csv
from pathlib import Path

from django.db.models import Q

from dscp_cms.models import Topic
from home.imports.wordpress_file import Term
from home.models import WordPressTerm

UNSORTED = {"uncategorized", "uncategorised"}


class Mapping:
    """Tells the topics of a post. Terms never seen before join the table, if ``keep``."""

    def __init__(self, *, keep: bool):
        self.keep = keep
        self.known: dict[tuple[str, str], WordPressTerm] = {
            (term.taxonomy, term.slug): term for term in WordPressTerm.objects.all()
        }

    def term(self, term: Term) -> WordPressTerm:
        """The row of a term; where its words are those of a topic, that topic stands for it."""
        key = (term.taxonomy, term.slug[:200])
        if key not in self.known:
            name = (term.name or term.slug)[:200]
            row = WordPressTerm(
                taxonomy=term.taxonomy,
                slug=key[1],
                name=name,
                topic=Topic.objects.filter(Q(slug=key[1]) | Q(name__iexact=name)).first(),
                left_out=key[1] in UNSORTED,
            )
            if self.keep:
                row.save()
            self.known[key] = row
        return self.known[key]

    def topics(self, terms: list[Term]) -> list[int]:
        """The keys of the topics of these terms."""
        return sorted({key for term in terms if (key := self.term(term).topic_id)})

    def undecided(self, terms: list[Term]) -> list[WordPressTerm]:
        """Those of these terms that nobody has said anything about."""
        rows = dict.fromkeys((term.taxonomy, term.slug[:200]) for term in terms)
        found = [self.known[key] for key in rows if key in self.known]
        return [term for term in found if term.topic_id is None and not term.left_out]


def read_csv(path: Path) -> list[str]:
    """Take the mapping from a CSV as the admin exports it; return sentences on lines that weren't understood.

    Columns: taxonomy (category or tag), slug, name, topic (its name or slug), left_out (yes, or empty).
    """
    problems = []
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            cells = {(name or "").strip().lower().replace(" ", "_"): (value or "").strip()
                     for name, value in row.items() if isinstance(value, str)}  # fmt: skip
            taxonomy = "post_tag" if cells.get("taxonomy", "").lower() in {"tag", "post_tag"} else "category"
            slug, words = cells.get("slug", "")[:200], cells.get("topic", "")
            topic = Topic.objects.filter(Q(slug=words) | Q(name__iexact=words)).first() if words else None
            if not slug or (words and topic is None):
                problems.append(
                    f"Line {number}: " + (f"there is no topic “{words}”." if slug else "the slug is missing.")
                )
                continue
            left_out = topic is None and cells.get("left_out", "").lower() in {"yes", "true", "1", "y", "x"}
            WordPressTerm.objects.update_or_create(
                taxonomy=taxonomy,
                slug=slug,
                defaults={"topic": topic, "left_out": left_out},
                create_defaults={"topic": topic, "left_out": left_out, "name": cells.get("name", "")[:200] or slug},
            )
    return problems
