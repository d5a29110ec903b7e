"""Prints nginx's configuration for this site; docs/deploying.md says where it belongs."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dscp_cms import nginx


class Command(BaseCommand):
    """Print it; nothing is written."""

    help = "Print nginx's configuration, made from the site's settings."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--certificate", help="By default where certbot puts it.")
        parser.add_argument("--key", help="By default where certbot puts it.")

        parser.add_argument("--brotli", action="store_true", help="nginx has the module for static Brotli.")

    def handle(self, *, certificate, key, brotli, **options):
        """Refuse a site without https: nobody should serve this in the clear."""
        if not settings.HTTPS:
            raise CommandError("SITE_URL must be set, and begin with https://, for nginx's configuration.")
        folder = f"/etc/letsencrypt/live/{urlsplit(settings.SITE_URL).hostname}"
        certificate, key = certificate or f"{folder}/fullchain.pem", key or f"{folder}/privkey.pem"
        self.stdout.write(nginx.configuration(certificate, key, brotli=brotli), ending="")
