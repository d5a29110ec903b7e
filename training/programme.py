"""Courses as a workbook: exported, filled in or changed by people, and imported again.

A cell counts as a change only where it says something else than the export would say today. So a sheet that
was imported once changes nothing the second time, and what a cell can't hold (bold words, links, pictures)
stays as it is on the page for as long as nobody rewrites that cell.
"""

import json
import re
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from wagtail.log_actions import log

from dscp_cms.models import Audience, Topic
from training.models import CoursePage, TrainingIndexPage
from training.models.catalogue import DeliveryMethod, Level
from training.programme_book import write
from training.programme_sheets import (
    BadRowError,
    BadSheetError,
    Column,
    Sheet,
    SheetRow,
    complaint,
    one_of,
    text,
    whole_number,
    yes_or_no,
)
from training.programme_text import is_plain, plain, plain_block, rich

YES_NO = ("Yes", "No")
LEVELS = {level.value: level.label for level in Level}
COLUMNS = (
    Column("key", "Number", "Empty for a new course. Leave the others as they are: they tell courses apart.", 9),
    Column("title", "Title", "The course’s name. Needed.", 36),
    Column("summary", "Summary", "One or two sentences, at most 300 characters.", 40),
    Column("level", "Level", "Empty if it has none.", 16, tuple(LEVELS.values())),
    *(Column(f"is_{method.value}", method.label, "", 12, YES_NO) for method in DeliveryMethod),
    Column("duration", "Duration", "Such as half a day.", 16),
    Column("facilitator", "Facilitator", "Who usually runs it.", 20),
    Column("accreditation", "Accreditation", "Who accredits it, if anybody does.", 18),
    Column("body", "Description", "Paragraphs, each on a line of its own (Alt and Enter). Begin items with •.", 60),
    Column("learning_outcomes", "Learning outcomes", "One on each line.", 50),
    Column("who_should_attend", "Who should attend", "Paragraphs, as above.", 40),
    Column("take_another", "Who should take another course", "Paragraphs, as above.", 40),
    Column("topics", "Topics", "Names of topics, with semicolons between them.", 24),
    Column("audiences", "Audiences", "Names of audiences, with semicolons between them.", 24),
    Column("external_url", "Booked elsewhere at", "The full address, if it is booked or taken on another site.", 30),
    Column("external_label", "Words of that link", "Such as “Register or sign in”. Needed with an address.", 24),
    Column("state", "State", "Only to read. New courses become drafts.", 18, told=True),
)
LABELS = {column.name: column.label for column in COLUMNS}
BY_NAME = {column.name: column for column in COLUMNS}
LINES = ("summary", "duration", "facilitator", "accreditation", "external_url", "external_label")
TEXTS = ("who_should_attend", "take_another")
NOTES = (
    "Courses of the training programme, one a row. Grey columns are only to read.",
    "Export it, change what you like, import it again: rows that say the same change nothing.",
    "An empty cell of a course that has a number empties that field. Take a column out to leave it alone.",
)


def template() -> bytes:
    """An empty workbook to fill in."""
    return write("Courses", COLUMNS, [], NOTES)


def export() -> bytes:
    """Every course as a workbook, its latest draft where there is one."""
    return write("Courses", COLUMNS, (_numbered(page) for page in _courses()), NOTES)


def _courses() -> Iterator[CoursePage]:
    for page in CoursePage.objects.order_by("title").prefetch_related("topics", "audiences"):
        yield latest(page)


def latest(page: CoursePage) -> CoursePage:
    """The course as its editors see it."""
    return page.get_latest_revision_as_object() if page.has_unpublished_changes or not page.live else page


def _numbered(page: CoursePage) -> dict:
    return {"key": page.pk, **exported(page)}


def exported(page: CoursePage) -> dict[str, str]:
    """What the sheet says of a course, but its number."""
    return {
        "title": page.title,
        **{name: getattr(page, name) for name in LINES},
        "level": LEVELS.get(page.level, ""),
        **{f"is_{method}": text(getattr(page, f"is_{method}")) for method in DeliveryMethod.values},
        "body": "\n".join(plain_block(block) for block in page.body),
        "learning_outcomes": plain(page.learning_outcomes).replace("• ", ""),
        **{name: plain(getattr(page, name)) for name in TEXTS},
        "topics": "; ".join(sorted(topic.name for topic in page.topics.all())),
        "audiences": "; ".join(sorted(audience.name for audience in page.audiences.all())),
        "state": ("Published, with changes" if page.has_unpublished_changes else "Published") if page.live else "Draft",
    }


class Courses:
    """One import of a sheet of courses."""

    def __init__(self, told, *, user=None, dry_run: bool = False, publish: bool = False):
        self.told, self.user, self.dry_run, self.publish = told, user, dry_run, publish
        self.catalogue = TrainingIndexPage.objects.first()
        if self.catalogue is None:
            raise BadSheetError("The site has no training catalogue yet. Add its page first.")
        self.topics = {topic.name.casefold(): topic for topic in Topic.objects.all()}
        self.audiences = {audience.name.casefold(): audience for audience in Audience.objects.all()}
        self.seen: dict[str, int] = {}  # rows that were imported, by what they stand for

    def run(self, sheet: Sheet) -> None:
        """Import every row, and tell of each; one that is wrong stops no other.

        New courses become drafts. Changes to a course that is published become a draft of it, published at once
        only where ``publish`` says so and nobody else's changes wait. In a dry run nothing is written.
        """
        for head in sheet.unknown:
            self.told.unsure("columns", head, "This column isn’t known, so nothing in it was imported.")
        self.names = sheet.names
        for row in sheet.rows:
            key, title = f"row {row.number}", row.text("title")
            try:
                if row.wrong:
                    raise BadRowError(row.wrong)
                self.doubts: list[str] = []
                with transaction.atomic():
                    outcome, page, reason = self._row(row)
                    if self.dry_run:
                        transaction.set_rollback(True)
            except BadRowError as error:
                self.told.skipped(key, title, str(error))
            except ValidationError as error:
                self.told.skipped(key, title, complaint(error, LABELS))
            else:
                self.seen |= dict.fromkeys(self.standing, row.number)
                shown = None if self.dry_run and outcome == "made" else page
                getattr(self.told, outcome)(key, title or page.title, shown, reason)
                for doubt in self.doubts:
                    self.told.unsure(key, title, doubt, shown)

    def _row(self, row: SheetRow) -> tuple[str, CoursePage, str]:
        page = self._find(row)
        self._once(row, page)
        if page is None:
            page = CoursePage(live=False, owner=self.user)
            self._apply(row, page, self._changes(row, {}, keep_empty=True))
            self._make(page)
            self.standing.append(f"#{page.pk}")
            return "made", page, "A draft."
        if page.locked:
            raise BadRowError("The course is locked. Unlock it on its page first.")
        waiting = page.has_unpublished_changes
        draft = latest(page)
        changes = self._changes(row, exported(draft), keep_empty=not row.text("key"))
        if not changes or not self._apply(row, draft, changes):
            return "unchanged", page, ""
        draft.full_clean()
        revision = draft.save_revision(user=self.user, changed=True, log_action=True)
        told = f"Changed: {', '.join(LABELS[name] for name in changes)}."
        if not page.live:
            return "updated", page, told
        if self.publish and not waiting:
            revision.publish(user=self.user)
            return "updated", page, f"{told} Published."
        return "updated", page, f"{told} A draft waits to be published."

    def _find(self, row: SheetRow) -> CoursePage | None:
        key = whole_number(row, BY_NAME["key"], least=1, most=99_999_999)
        if key is not None:
            found = CoursePage.objects.filter(pk=key).first()
            if found is None:
                raise BadRowError(f"There is no course with the number {key}. Leave the number empty for a new course.")
            return found
        title = row.text("title")
        if not title:
            raise BadRowError("The row has no title.")
        same = list(CoursePage.objects.filter(title__iexact=title)[:2])
        same = same or list(CoursePage.objects.filter(draft_title__iexact=title)[:2])
        if len(same) > 1:
            raise BadRowError("Several courses have this title. Write the number of the right one.")
        return same[0] if same else None

    def _once(self, row: SheetRow, page: CoursePage | None) -> None:
        name = f"#{page.pk}" if page else row.text("title").casefold()
        if first := self.seen.get(name):
            raise BadRowError(f"This course stands in row {first} already.")
        self.standing = [name]

    def _changes(self, row: SheetRow, before: dict[str, str], *, keep_empty: bool) -> list[str]:
        """The columns that say something else than now; empty cells only where they are meant to empty."""
        found = []
        for name in self.names - {"key", "state"}:
            if name not in BY_NAME:
                continue
            now, was = row.text(name), before.get(name, "")
            if name.startswith("is_") and not now and keep_empty:
                continue
            same = _same(name, now, was)
            if not same and (now or not keep_empty):
                found.append(name)
        return [column.name for column in COLUMNS if column.name in found]

    def _apply(self, row: SheetRow, page: CoursePage, changes: list[str]) -> bool:
        """Write the changed cells to the page; drop from ``changes`` what can't be written, with a doubt."""
        for name in list(changes):
            if not self._write(row, page, name):
                changes.remove(name)
        if not page.title:
            raise BadRowError("The row has no title.")
        return bool(changes)

    def _write(self, row: SheetRow, page: CoursePage, name: str) -> bool:
        words = row.text(name)
        if name == "title" or name in LINES:
            setattr(page, name, " ".join(words.split()))
        elif name == "level":
            page.level = one_of(row, BY_NAME[name], LEVELS, "")
        elif name.startswith("is_"):
            setattr(page, name, yes_or_no(row, BY_NAME[name]))
        elif name in {"topics", "audiences"}:
            return self._write_names(page, name, words)
        elif name == "body":
            kinds = {block.block_type for block in page.body}
            if kinds - {"text"} or not all(is_plain(block.value.source) for block in page.body):
                return self._keep("Its description has headings, links or more than words. Change it on its page.")
            page.body = json.dumps([{"type": "text", "value": rich(words)}] if words else [])
        else:
            if not is_plain(getattr(page, name)):
                return self._keep(f"“{LABELS[name]}” has links or bold words. Change it on its page.")
            bullets = "\n".join(f"• {line.lstrip('•*- ')}" for line in words.split("\n") if line.strip())
            setattr(page, name, rich(bullets if name == "learning_outcomes" else words))
        return True

    def _keep(self, sentence: str) -> bool:
        self.doubts.append(f"{sentence} It was left as it is.")
        return False

    def _write_names(self, page: CoursePage, name: str, words: str) -> bool:
        known = getattr(self, name)
        names = [part.strip() for part in re.split(r"[;\n]", words) if part.strip()]
        if any(part.casefold() not in known and "," in part for part in names):
            names = [part.strip() for part in re.split(r"[;,\n]", words) if part.strip()]
        unknown = [part for part in names if part.casefold() not in known]
        self.doubts += [f"There is no {name[:-1]} “{part[:60]}”; it was left out." for part in unknown]
        wanted = {known[part.casefold()].pk: known[part.casefold()] for part in names if part.casefold() in known}
        if {each.pk for each in getattr(page, name).all()} == set(wanted):
            return False
        setattr(page, name, list(wanted.values()))
        return True

    def _make(self, page: CoursePage) -> None:
        stem = slugify(page.title)[:200] or "course"
        taken = set(self.catalogue.get_children().filter(slug__startswith=stem).values_list("slug", flat=True))
        taken |= set(self.catalogue.reserved_slugs)
        page.slug = next(
            slug for n in range(1, len(taken) + 3) if (slug := stem if n == 1 else f"{stem}-{n}") not in taken
        )
        page.draft_title = page.title
        page.full_clean(exclude=["path", "depth", "numchild", "url_path", "content_type", "locale", "translation_key"])
        self.catalogue.add_child(instance=page)
        page.save_revision(user=self.user, log_action=False)
        log(instance=page, action="wagtail.create", user=self.user, content_changed=True)


def _same(name: str, now: str, was: str) -> bool:
    """Whether a cell says what the export would; how lines are broken and lists written doesn't matter."""
    if name in {"topics", "audiences"}:
        return sorted(filter(None, re.split(r"\s*;\s*", now.casefold()))) == sorted(
            filter(None, re.split(r"\s*;\s*", was.casefold()))
        )
    if name.startswith("is_") or name == "level":
        return now.casefold() == was.casefold()
    tidy = [re.sub(r"[•\s]+", " ", value).strip() for value in (now, was)]
    return tidy[0] == tidy[1]
