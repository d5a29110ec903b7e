"""Every address that isn't a page's own."""

from django.contrib.sitemaps.views import sitemap
from django.urls import include, path, re_path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.contrib.sitemaps import Sitemap
from wagtail.documents import urls as wagtaildocs_urls
from wagtail.models import get_page_models
from wagtail.utils.urlpatterns import decorate_urlpatterns
from wagtail.views import serve as wagtail_serve

from dscp_cms import admin_policy, draft_views, errors, files, outbox, security_txt
from dscp_cms.accounts import urls as account_urls
from dscp_cms.audit import noting_exports
from dscp_cms.pages import BasePage
from dscp_cms.protection import guarded
from dscp_cms.tree import unrestricted
from home import urls as home_urls
from news import urls as news_urls
from resources import urls as resources_urls


def admin_view(view):
    """Each view of the admin keeps what facts need, writes files that it gives down, and has the admin's policy."""
    return admin_policy.enforced(noting_exports(guarded(view)))


class PublicSitemap(Sitemap):
    """Every page that everybody may read and search engines may list."""

    def items(self):
        hidden = [
            model.objects.filter(hide_from_search=True).values("pk")
            for model in get_page_models()
            if issubclass(model, BasePage) and not model._meta.abstract
        ]
        found = unrestricted(super().items())
        for keys in hidden:
            found = found.exclude(pk__in=keys)
        return found


urlpatterns = [
    path("", include(account_urls)),  # in place of the admin's own sign-in
    path("admin/", include(decorate_urlpatterns(wagtailadmin_urls.urlpatterns, admin_view))),
    # In place of Wagtail's view of the same name, with parts of files.
    re_path(r"^documents/([0-9]{1,18})/([^/]+)$", files.document, name="wagtaildocs_serve"),
    path("documents/", include(wagtaildocs_urls)),
    path("media/images/<path:path>", files.picture, name="picture"),
    path("outbox/", outbox.outbox, name="outbox"),
    path("outbox/<slug:name>/", outbox.message, name="outbox_message"),
    path("outbox/<slug:name>/html/", outbox.message_html, name="outbox_message_html"),
    path("drafts/<str:token>/", draft_views.shared, name="shared_draft"),
    path("approve/<str:token>/", draft_views.approve, name="approve_draft"),
    path("approve/<str:token>/answered/", draft_views.answered, name="draft_answered"),
    path("approve/<str:token>/as/<slug:name>/", draft_views.face, name="draft_face"),
    path(".well-known/security.txt", security_txt.security_txt, name="security_txt"),
    path("sitemap.xml", sitemap, {"sitemaps": {"pages": PublicSitemap}}, name="sitemap"),
    path("", include(home_urls)),
    path("", include(news_urls)),
    path("", include(resources_urls)),
    # Wagtail's own pattern knows no dots; calendar files are routes of pages too.
    re_path(r"^((?:[\w\-]+/)*[\w\-]+\.ics)/?$", wagtail_serve, name="calendar_file"),
    path("", include(wagtail_urls)),
]

handler400 = errors.bad_request
handler404 = errors.not_found
handler500 = errors.server_error
