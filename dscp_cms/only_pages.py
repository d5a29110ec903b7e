"""Pages of which there is one, such as an archive: the admin's menu asks what somebody may do there on every screen."""

from django.contrib.contenttypes.models import ContentType
from wagtail.models import Page, get_page_models

KEPT = "_pages_of_which_there_is_one"


def only_page(model: type[Page], user) -> Page | None:
    """The one page of this kind, without the fields of its kind.

    All pages of such kinds are asked for at once, and kept on the account for as long as a request lasts.
    """
    if not hasattr(user, KEPT):
        kinds = ContentType.objects.get_for_models(*(kind for kind in get_page_models() if kind.max_count == 1))
        pages = Page.objects.filter(content_type__in=kinds.values()).order_by("-path")
        setattr(user, KEPT, {page.content_type_id: page for page in pages})
    return getattr(user, KEPT).get(ContentType.objects.get_for_model(model).pk)
