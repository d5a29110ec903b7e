"""Wagtail keeps an attribute called ``decorative`` on every picture for its own ends, and resets it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("dscp_cms", "0006_mail_attachments")]

    operations = [migrations.RenameField("siteimage", "decorative", "is_decorative")]
