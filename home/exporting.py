"""Everything that the partnership owns, written out in open formats, so that nobody is locked in.

Tables go out row by row and files in pieces, so memory doesn't grow with the site. Nothing is left out in
silence: a model is exported, or stands in ``LEFT_OUT`` with the reason, and the manifest lists both. The export
holds personal data; whoever makes it keeps it as carefully as the site itself.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.text import slugify
from wagtail.models import Page, Site

from dscp_cms.admin import harmless
from home.exporting_writers import Writer

AT_ONCE = 500  # rows fetched together
HIDDEN = "(left out)"
SECRETS = {  # columns that open doors and mean nothing elsewhere
    "auth.User": ("password",),
    "wagtailcore.PageViewRestriction": ("password",),
    "wagtailcore.CollectionViewRestriction": ("password",),
}
MOMENTARY = "It holds only what the running site needs for a moment."
DERIVED = "It is made anew from what is exported."
SECRET = "It holds keys for signing in, which are worth nothing elsewhere and much to a thief."  # noqa: S105
UPLOADS = "It holds uploads on their way into the site; what became of them is exported."
LEFT_OUT = {
    "contenttypes.ContentType": "It numbers the tables of this very installation.",
    "auth.Permission": "It lists rights that the software defines.",
    "sessions.Session": SECRET,
    "mfa.Authenticator": SECRET,
    "account.EmailConfirmation": SECRET,
    "wagtailimages.Image": "Pictures are in dscp_cms.SiteImage.",
    "wagtaildocs.Document": "Documents are in dscp_cms.SiteDocument.",
    "wagtailimages.Rendition": DERIVED,
    "dscp_cms.SiteRendition": DERIVED,
    "dscp_cms.PagePdf": DERIVED,
    "dscp_cms.Passage": DERIVED,
    "dscp_cms.SearchEntry": DERIVED,
    "dscp_cms.SearchWord": DERIVED,
    "dscp_cms.LinkUse": DERIVED,
    "resources.CurrentFile": DERIVED,
    "resources.Removal": DERIVED,
    "resources.FileText": DERIVED,
    "wagtailembeds.Embed": DERIVED,
    "wagtailcore.ReferenceIndex": DERIVED,
    "wagtailsearch.IndexEntry": DERIVED,
    "wagtailsearch.SQLiteFTSIndexEntry": DERIVED,
    "dscp_cms.LimitCount": MOMENTARY,
    "dscp_cms.ClockRun": MOMENTARY,
    "news.RateToken": MOMENTARY,
    "news.DomainPause": MOMENTARY,
    "news.FormRequest": MOMENTARY,
    "home.SearchSighting": MOMENTARY,
    "django_tasks_database.DBTaskResult": MOMENTARY,
    "wagtailadmin.Admin": MOMENTARY,
    "wagtailadmin.EditingSession": MOMENTARY,
    "wagtailadmin.FormState": MOMENTARY,
    "wagtailcore.UploadedFile": UPLOADS,
    "news.SubscriberImport": UPLOADS,
    "news.SubscriberImport_lists": UPLOADS,
}
NOT_COPIED = {"home.ImportRun": UPLOADS}  # the rows are exported, their files aren't
README = """# The site of the Durham Safeguarding Children Partnership, exported on {made}

**This export holds personal data**: subscribers, bookings, attendance, messages, accounts. Keep it encrypted,
give it to nobody who doesn't need it, and delete it when it has served. It falls under the same retention
periods as the site.

- `pages/`: every page below its address. `index.html` is how readers see it (of a page that isn't published:
  its latest draft), `page.json` is everything that it consists of, with its latest draft where one waits.
- `tables/`: every table twice. `.jsonl` has one JSON object a line and is exact. `.csv` is for spreadsheets; a
  cell that would be taken for a formula begins with an apostrophe there. Columns ending in `_id` hold the `id`
  of a row in another table. Moments are in UTC (ISO 8601).
- `files/`: pictures and documents as they were uploaded. The column `file` of `dscp_cms.sitedocument` and
  `dscp_cms.siteimage` says which is which.
- `manifest.json`: every table with its number of rows, what was left out and why.
- `checksums.txt`: SHA-256 of every file; check it with `sha256sum -c checksums.txt`.

Where to find what: subscribers `news.subscriber`, their consents with wording, date and source `news.consent`,
bookings `training.booking` with their history `training.bookingevent`, attendance `training.attendance`,
certificates `training.certificate`, charges `training.charge`, redirects `wagtailredirects.redirect`, settings
`dscp_cms.sitesettings`, `training.trainingsettings` and `home.retentionsettings`, earlier versions of pages
`wagtailcore.revision`.

The export is written while the site runs: what changes meanwhile may be in one table and not yet in another.
"""


def exported_models() -> list[type[models.Model]]:
    """Every table of every app, but those that are left out; many-to-many relations too."""
    found = apps.get_models(include_auto_created=True)
    known = [model for model in found if model._meta.label not in LEFT_OUT and model._meta.managed]
    return sorted(known, key=lambda model: model._meta.label_lower)


def export(writer: Writer, tell: Callable[[str], None] = lambda words: None) -> dict:
    """Write everything; return the manifest. Files that are missing are told and named there."""
    manifest = {
        "format": 1,
        "made": timezone.now().isoformat(),
        "site": Site.objects.filter(is_default_site=True).values_list("hostname", flat=True).first() or "",
        "tables": [],
        "pages": 0,
        "pages_without_html": [],
        "files": 0,
        "missing_files": [],
        "left_out": [
            {"model": label, "reason": reason} for label, reason in sorted({**LEFT_OUT, **NOT_COPIED}.items())
        ],
        "columns_left_out": {label: list(names) for label, names in SECRETS.items()},
    }
    writer.text("README.md", README.format(made=timezone.localtime().strftime("%d/%m/%Y at %H:%M")))
    for model in exported_models():
        rows = _table(writer, model)
        manifest["tables"].append({"model": model._meta.label, "name": model._meta.label_lower, "rows": rows})
    tell(f"{sum(table['rows'] for table in manifest['tables'])} rows in {len(manifest['tables'])} tables.")
    _pages(writer, manifest)
    tell(f"{manifest['pages']} pages.")
    _files(writer, manifest)
    tell(f"{manifest['files']} files.")
    writer.text("manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False))
    writer.finish()
    return manifest


def _columns(model: type[models.Model]) -> list[models.Field]:
    """The columns of the table itself; the key of its parent is one of them."""
    return list(model._meta.local_concrete_fields)


def _rows(model: type[models.Model]) -> Iterator[dict]:
    fields = _columns(model)
    hidden = SECRETS.get(model._meta.label, ())
    names = [field.attname for field in fields]
    for values in model._base_manager.order_by("pk").values_list(*names).iterator(chunk_size=AT_ONCE):
        yield {
            name: HIDDEN if name in hidden and value else _value(field, value)
            for name, field, value in zip(names, fields, values, strict=True)
        }


def _value(field: models.Field, value):
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    if isinstance(value, (str, int, float, bool, dict, list, type(None))):
        return value
    if hasattr(value, "raw_data") or isinstance(field, models.FileField):
        return field.get_prep_value(value)
    return value


def _table(writer: Writer, model: type[models.Model]) -> int:
    """Write a table as JSON lines and as CSV; return how many rows it has."""
    name = f"tables/{model._meta.label_lower}"
    number = 0
    with writer.lines(f"{name}.jsonl") as lines, writer.lines(f"{name}.csv") as table:
        table(_csv([field.attname for field in _columns(model)]))
        for row in _rows(model):
            exact = json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)
            lines(f"{exact}\n")
            table(_csv(_cell(value) for value in json.loads(exact).values()))
            number += 1
    return number


def _cell(value):
    return harmless(json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value)


def _csv(cells) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _pages(writer: Writer, manifest: dict) -> None:
    """Each page below its address, as data and as readers see it.

    Two addresses can shorten to the same folder; the second then has the page's key as well.
    """
    folders, taken = {}, set()  # by the page's place in the tree
    keys = Page.objects.filter(depth__gt=1).order_by("path").values_list("pk", flat=True)
    for key in keys.iterator(chunk_size=AT_ONCE):
        page = Page.objects.filter(pk=key).first()
        if page is None:
            continue  # deleted meanwhile
        page = page.specific
        above = folders.get(page.path[: -page.steplen], "pages")
        folder = f"{above}/{slugify(page.slug)[:80] or f'page-{page.pk}'}"
        folder = f"{folder}-{page.pk}" if folder in taken else folder
        folders[page.path] = folder
        taken.add(folder)
        draft = page.get_latest_revision_as_object() if page.has_unpublished_changes or not page.live else None
        data = {
            "type": page._meta.label,
            "address": page.full_url,
            "live": page.live,
            **page.serializable_data(),
            "latest_draft": draft.serializable_data() if draft is not None else None,
        }
        writer.text(f"{folder}/page.json", json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1))
        html = _html(page if page.live else draft or page)
        if html is None:
            manifest["pages_without_html"].append(page.url_path)
        else:
            writer.text(f"{folder}/index.html", html)
        manifest["pages"] += 1


def _html(page: Page) -> str | None:
    """The page as it reads; None where it can't be shown, which no other page should suffer from."""
    try:
        response = page.make_preview_request()
        if hasattr(response, "render"):
            response.render()
        return response.content.decode() if response.status_code == 200 else None
    except Exception:
        return None


def _files(writer: Writer, manifest: dict) -> None:
    """Every uploaded file under the name that its row has."""
    written: set[str] = set()
    for model in exported_models():
        if model._meta.label in NOT_COPIED:
            continue
        for field in (each for each in _columns(model) if isinstance(each, models.FileField)):
            names = model._base_manager.exclude(**{field.name: ""}).order_by("pk").values_list(field.name, flat=True)
            for name in names.iterator(chunk_size=AT_ONCE):
                if not name or name in written:
                    continue
                written.add(name)
                try:
                    with field.storage.open(name, "rb") as source:
                        writer.file(f"files/{_safe(name)}", source)
                    manifest["files"] += 1
                except (OSError, ValueError):
                    manifest["missing_files"].append(name)


def _safe(name: str) -> str:
    """A stored file's name as a path below the export."""
    parts = [part for part in re.split(r"[\\/]+", name) if part not in {"", ".", ".."}]
    return Path(*parts).as_posix() if parts else "unnamed"
