"""Imports an export of WordPress: its files, then an empty page for each post and page, then their words.

The order is what lets every internal link find its page. Each step is one transaction with the lines of the
report that it makes and the run's position, so a run that was killed goes on where it was and counts nothing
twice. What became of each part is remembered by its GUID: another run of the same or a newer export changes
only what changed in the export, and nothing that a person changed, or deleted, here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from wagtail.models import Page

from dscp_cms.checking.run import what_blocks
from home.imports import wordpress_pages as pages
from home.imports.report import Report
from home.imports.wordpress_addresses import OldSite, keep_redirect
from home.imports.wordpress_attachments import Attachments
from home.imports.wordpress_file import GONE, Entry, Export, ExportError, Item
from home.imports.wordpress_links import Around
from home.imports.wordpress_terms import Mapping
from home.models import HomePage, WordPressItem
from news.models import NewsIndexPage

# Parts of a WordPress site that are no content.
SILENT = {"revision", "customize_changeset", "oembed_cache", "user_request", "wp_global_styles", "custom_css"}
SILENT |= {"wp_block", "nav_menu_item", "wp_navigation", "wp_template", "wp_template_part", "wp_font_family"}
CHANGED_HERE = "It was changed here since, so it was left as it is. The export has other words now."
NOTHING_YET = "nothing"  # written into an empty page; any version of it is then somebody's own
DELETED_HERE = "It was deleted here, so it isn’t made again."


@dataclass(frozen=True)
class Wishes:
    """What was asked for."""

    dry_run: bool = False
    publish: bool = False  # publish what was public there; otherwise all is a draft to check
    fetch: bool = False  # fetch missing files from the old site


@dataclass
class Step:
    """One thing to do."""

    what: str  # terms, file, shell, words
    entry: Entry | None = None


@dataclass
class Work:
    """An import under way: the export, and what has become of its parts so far."""

    export: Export
    media: object
    wishes: Wishes
    told: Report
    user: object = None
    old: OldSite = field(init=False)
    terms: Mapping = field(init=False)
    known: dict[str, WordPressItem] = field(init=False)

    def __post_init__(self):
        self.old = OldSite(self.export)
        self.terms = Mapping(keep=not self.wishes.dry_run)
        self.known = {item.guid: item for item in WordPressItem.objects.all()}
        self.home = HomePage.objects.first()
        self.news = NewsIndexPage.objects.first()
        if self.home is None or self.news is None:
            raise ExportError(
                "This site has no front page or no news page yet. Make them first: posts go below the news page."
            )
        self.files = Attachments(self)
        self.around = Around(self)

    def steps(self) -> list[Step]:
        """Everything to do, in an order that is the same each time."""
        wanted = [e for e in self.export.entries if e.kind in {"post", "page"} and e.status not in GONE]
        tree = [e for e in wanted if e.kind == "page"]
        ordered = [*self._parents_first(tree), *(e for e in wanted if e.kind == "post")]
        attachments = [e for e in self.export.entries if e.kind == "attachment"]
        return [
            Step("terms"),
            *(Step("file", entry) for entry in attachments),
            *(Step("shell", entry) for entry in ordered if not self.wishes.dry_run),
            *(Step("words", entry) for entry in ordered),
        ]

    def _parents_first(self, entries: list[Entry]) -> Iterator[Entry]:
        """Parents before their children, siblings in their order; a ring of parents is cut."""
        numbers = {entry.post_id: entry for entry in entries}
        children: dict[int, list[Entry]] = {}
        for entry in sorted(entries, key=lambda e: (e.order, e.post_id)):
            children.setdefault(entry.parent if entry.parent in numbers else 0, []).append(entry)
        done: set[int] = set()
        waiting = list(reversed(children.get(0, [])))
        while waiting:
            entry = waiting.pop()
            if id(entry) in done:
                continue
            done.add(id(entry))
            yield entry
            waiting += reversed(children.get(entry.post_id, []) if entry.post_id else [])
        for entry in entries:
            if id(entry) not in done:  # in a ring
                entry.parent = 0
                yield entry

    # One step: what is read, fetched and converted first, what is written after

    def prepare(self, step: Step) -> Callable[[], None]:
        """Do what needs no transaction; return what is left to do inside one."""
        if step.what == "terms":
            return self.tell_of_the_file
        item = self.export.item(step.entry)
        if step.what == "file":
            return self.files.prepare(item)
        if step.what == "shell":
            return lambda: self.make_shell(item)
        return self.prepare_words(item)

    def tell_of_the_file(self) -> None:
        """What is known from the file alone."""
        for what, why in self.export.broken:
            self.told.skipped(what, what.capitalize(), why)
        if self.export.message:
            self.told.unsure("", "The file", self.export.message)
        for entry in self.export.entries:
            if entry.kind in {"post", "page"} and entry.status in GONE:
                self.told.skipped(entry.guid, entry.slug or entry.guid, GONE[entry.status])
            elif entry.kind not in {"post", "page", "attachment"} and entry.kind not in SILENT:
                why = f"WordPress’s kind “{entry.kind}” belongs to a plugin and has no counterpart here."
                self.told.skipped(entry.guid, entry.slug or entry.guid, why)
        for term in self.export.terms:
            self.terms.term(term)
        for term in self.terms.undecided(self.export.terms):
            sentence = (
                "No topic stands for it yet. Choose one, or leave it out, under Settings, and run the import again."
            )
            self.told.unsure(term.slug, str(term), sentence, term if term.pk else None)

    def parent_of(self, entry: Entry) -> tuple[Page, str]:
        """The page below which it belongs, and a sentence where that isn't its old place."""
        if entry.kind == "post":
            return self.news, ""
        if not entry.parent:
            return self.home, ""
        above = self.old.by_number.get(entry.parent)
        item = self.known.get(above.guid) if above else None
        if item is None or item.page_id is None:
            return self.home, "The page above it isn’t here, so it stands below the front page."
        return Page.objects.get(pk=item.page_id), ""

    def make_shell(self, item: Item) -> None:
        """Make the empty page, unless it was made before."""
        entry = item.entry
        if entry.guid in self.known:
            return
        parent, misplaced = self.parent_of(entry)
        slug, renamed = pages.slug_for(entry, item.title, parent)
        page = pages.shell(entry, item, parent, slug)
        self.known[entry.guid] = WordPressItem.objects.create(
            guid=entry.guid, kind=entry.kind, page=page, written=NOTHING_YET
        )
        for sentence in (misplaced, renamed):
            if sentence:
                self.told.unsure(entry.guid, page.title, sentence, page)

    def prepare_words(self, item: Item) -> Callable[[], None]:
        """Convert the words now, since that may take a while; write them later."""
        self.around.begin()
        featured = self.files.image_numbered(item.meta.get("_thumbnail_id", ""))
        content = pages.content_of(item, self.around, self.terms.topics(item.terms), featured)
        content.notes += self.around.notes
        if item.meta.get("_thumbnail_id") and featured is None:
            content.notes.append("Its main picture wasn’t found.")
        if item.password:
            content.notes.append("It was behind a password on the old site, so it is a draft.")
        if item.entry.status in {"private", "future", "pending"}:
            content.notes.append(f"It was “{item.entry.status}” on the old site, so it is a draft.")
        return lambda: self.write_words(item, content)

    def write_words(self, item: Item, content: pages.Content) -> None:
        """Write the words, if they are new and nobody wrote here since; then see to publishing and redirects."""
        entry, known = item.entry, self.known.get(item.entry.guid)
        if known is None:
            self.told.made(entry.guid, content.title)  # only in a trial run
            self.tell_notes(entry, content)
            return
        page = Page.objects.filter(pk=known.page_id).first()
        if page is None:
            self.told.skipped(entry.guid, content.title, DELETED_HERE)
            return
        page = page.specific
        new = not known.digest
        touched = (known.written or NOTHING_YET) != str(page.latest_revision_id or NOTHING_YET)
        if not new and known.digest == content.digest:
            self.publish_if_wished(item, page, touched)
            self.keep_redirects(entry, page)
            self.told.unchanged(entry.guid, page.title, page)
            return
        if touched:
            self.told.skipped(entry.guid, page.title, CHANGED_HERE, page)
            return
        if not self.wishes.dry_run:
            was_live = page.live
            revision = pages.write(page, content, self.user)
            known.digest, known.written = content.digest, str(revision.pk)
            known.save()
            if was_live and not self.wishes.publish:
                content.notes.append("It is public here: publish the new draft when you have looked at it.")
            self.publish_if_wished(item, page, False)
            self.keep_redirects(entry, page)
        (self.told.made if new else self.told.updated)(entry.guid, content.title, page)
        self.tell_notes(entry, content, page)

    def tell_notes(self, entry: Entry, content: pages.Content, page: Page | None = None) -> None:
        """What an editor should look at, in one line a page."""
        if content.notes:
            self.told.unsure(entry.guid, content.title, " ".join(dict.fromkeys(content.notes)), page)

    def publish_if_wished(self, item: Item, page: Page, touched: bool) -> None:
        """Publish what was public there, if asked and if nothing stands in the way.

        A page that a person unpublished, or wrote a new draft of, is left as it is.
        """
        wished = self.wishes.publish and not self.wishes.dry_run
        if not wished or touched or item.entry.status != "publish" or item.password:
            return
        if page.live and not page.has_unpublished_changes or not page.live and page.last_published_at:
            return
        draft = page.get_latest_revision_as_object()
        if found := what_blocks(draft):
            sentence = " ".join(finding.sentence for finding in found)
            self.told.unsure(item.entry.guid, page.title, f"It stays a draft. {sentence}", page)
            return
        page.get_latest_revision().publish(user=self.user)

    def keep_redirects(self, entry: Entry, page: Page) -> None:
        """Lead the old addresses here: the readable one, and the one by number."""
        if self.wishes.dry_run:
            return
        numbered = f"/?{'p' if entry.kind == 'post' else 'page_id'}={entry.post_id}"
        addresses = dict.fromkeys([entry.link, numbered] if entry.post_id else [entry.link])
        for address in addresses:
            if address and (sentence := keep_redirect(address, page)):
                self.told.unsure(entry.guid, page.title, sentence, page)
        self.files.keep_redirects_of_pages(entry.post_id, page)
