"""Sets Wagtail's default site from SITE_URL, so that links in mail, feeds and sitemap are right."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand
from wagtail.models import Page, Site


class Command(BaseCommand):
    """Change host name and port of the default site; make the site when there is none."""

    help = "Set Wagtail's default site (host name and port) from SITE_URL."

    def handle(self, *, verbosity, **options):
        """Write only when something differs."""
        parts = urlsplit(settings.PUBLIC_URL)
        wanted = {
            "hostname": parts.hostname,
            "port": parts.port or (443 if parts.scheme == "https" else 80),
        }
        site = Site.objects.filter(is_default_site=True).first()
        if site is None:
            root = Page.objects.filter(depth=2).first() or Page.get_first_root_node()
            site = Site(is_default_site=True, root_page=root)
        if not site.site_name:
            wanted["site_name"] = settings.WAGTAIL_SITE_NAME
        changed = {name: value for name, value in wanted.items() if getattr(site, name) != value}
        if not changed:
            return
        if Site.objects.filter(hostname=wanted["hostname"], port=wanted["port"]).exclude(pk=site.pk).exists():
            self.stderr.write(
                f"Another site already has the address {settings.PUBLIC_URL}, so the default site keeps its own."
            )
            return
        for name, value in changed.items():
            setattr(site, name, value)
        site.save()
        if verbosity:
            self.stdout.write(f"The default site is now {site.root_url}")
