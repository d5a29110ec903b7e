"""How a link to a page in rich text becomes HTML; apart, since Wagtail's handler is imported after the models."""

from django.utils.html import escape
from wagtail.models import Page
from wagtail.rich_text.pages import PageLinkHandler

from dscp_cms import rich_text


class LivePageLinkHandler(PageLinkHandler):
    """Takes the pages that ``rich_text.look_up_links`` found; a link to a page that isn't live becomes plain words.

    Wagtail asks for every rich text by itself, and for each page in its own type. The address needs
    neither.
    """

    @classmethod
    def get_many(cls, attrs_list: list[dict]) -> list[Page | None]:
        return rich_text.pages_by_key([str(attrs.get("id")) for attrs in attrs_list])

    @classmethod
    def expand_db_attributes_many(cls, attrs_list: list[dict]) -> list[str]:
        addresses = [page.url if page else None for page in cls.get_many(attrs_list)]
        return [f'<a href="{escape(address)}">' if address else "<a>" for address in addresses]
