"""What a resource tells search about its file."""

import re

from django.db.models import Prefetch, prefetch_related_objects

from resources.models.facts import FileText
from resources.models.versions import FileVersion

# What a page of such a file is called, and whether a browser opens the file there.
UNITS = {"pdf": ("page", True), "pptx": ("slide", False), "odp": ("slide", False), "xlsx": ("sheet", False)}
UNITS["ods"] = UNITS["xlsx"]


class FileSearch:
    """The visible text of the current version, and what results are narrowed by."""

    @classmethod
    def prepare_faces(cls, pages) -> None:
        """Fetch the current files of several resources at once."""
        super().prepare_faces(pages)
        versions = FileVersion.objects.published().select_related("document")
        prefetch_related_objects(pages, Prefetch("versions", queryset=versions, to_attr="published_versions"))

    def search_facets(self) -> dict[str, list[str]]:
        """Also whether it is local or national."""
        return {**super().search_facets(), "reach": [self.reach]}

    def file_passages(self):
        """The text of the version that readers get now; nothing that is hidden in it.

        Nor any of a file in a restricted collection: the passages of a page are shown to all who may open the page.
        """
        self.__dict__.pop("published_versions", None)
        if self.current_version is None or self.current_version.document.collection.get_view_restrictions():
            return ()
        texts = FileText.objects.filter(facts_id=self.current_version.document_id)
        return [(number, _flowing(text)) for number, text in texts.values_list("number", "text")]

    def place_in_file(self, number: int) -> tuple[str, str] | None:
        """Where a passage stands, for whoever opens the file; browsers open a PDF at its page (RFC 8118)."""
        version = self.current_version
        if version is None:
            return None
        kind = version.document.file_extension.lower()
        unit, opens_there = UNITS.get(kind, ("", False))
        words = f"{unit.capitalize()} {number} of the {kind.upper()} file" if unit else f"In the {kind.upper()} file"
        return words, f"{self.url}download/{f'#page={number}' if opens_there else ''}"


def _flowing(text: str) -> str:
    """The lines of a page joined into paragraphs, and words that were parted at a line's end put together."""
    text = re.sub(r"(?<=\w)-\n(?=[a-z])", "", text)
    return re.sub(r"(?<=[^.!?:\n])\n(?=\S)", " ", text)
