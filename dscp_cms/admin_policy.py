"""The admin's Content-Security-Policy: nothing inline, nothing from elsewhere, on any screen below /admin/.

Wagtail's own screens start some widgets by inline scripts. Templates of the same names in ``templates/wagtailadmin``,
and ``_render`` below for choosers, write a mark in their place, by which ``js/admin.js`` starts the same widgets. The
rich text editor makes style elements: that script gives those, and only those, the answer's nonce.
"""

import json
from functools import wraps

from csp.constants import HEADER, NONCE, NONE, SELF
from django.conf import settings
from django.template.loader import render_to_string
from wagtail.admin.widgets import BaseChooser
from wagtail.admin.widgets.workflows import AdminTaskChooser

POLICY = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"] | {
    "default-src": [NONE],
    "style-src": [SELF, NONCE],
    "img-src": [SELF, "data:", "blob:"],  # a picture is shown before it is uploaded
    "frame-src": [SELF],
}


def enforced(view):
    """A view whose answers have the policy. One that is stricter itself, such as a file, keeps its own."""

    @wraps(view)
    def with_policy(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        # A page's preview comes with the policy of public pages, which lets players of films in.
        if any(origin in response.get(HEADER, "") for origin in settings.VIDEO_ORIGINS):
            del response[HEADER]
        response._csp_replace = POLICY
        return response

    return with_policy


def adopt() -> None:
    """Let choosers be started by the mark. Called once, when the program starts."""
    BaseChooser.render = _render


def _render(self, name, value, attrs=None, renderer=None):
    """As Wagtail's own, but for the script at its end."""
    data = self.get_value_data(value)
    start = {"start": self.js_constructor, "id": attrs["id"]}
    if isinstance(self, AdminTaskChooser):
        start["start"] = "createTaskChooser"
    else:
        start["options"] = json.dumps(self.get_js_init_options(attrs["id"], name, data))
    return self.render_html(name, data, attrs) + render_to_string("wagtailadmin/widgets/start.html", start)
