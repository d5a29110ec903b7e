"""Put a front page of ours where Wagtail's own installation puts a welcome page."""

from django.db import migrations

NAME = "Durham Safeguarding Children Partnership"


def make(apps, schema_editor):
    """Replace the welcome page, if it is still there and nothing else was made."""
    content_types = apps.get_model("contenttypes.ContentType")
    page_model = apps.get_model("wagtailcore.Page")
    site_model = apps.get_model("wagtailcore.Site")
    home_page = apps.get_model("home.HomePage")
    if home_page.objects.exists():
        return
    page_model.objects.filter(depth=2, slug="home").delete()
    kind, _created = content_types.objects.get_or_create(model="homepage", app_label="home")
    locale = apps.get_model("wagtailcore.Locale").objects.first()
    front = home_page.objects.create(
        title=NAME,
        draft_title=NAME,
        headline="Keeping children safe is everyone's responsibility",
        slug="home",
        content_type=kind,
        path="00010001",
        depth=2,
        numchild=0,
        url_path="/home/",
        show_in_menus=False,
        locale=locale,
    )
    page_model.objects.filter(depth=1).update(numchild=1)
    site_model.objects.all().delete()
    site_model.objects.create(hostname="localhost", site_name=NAME, root_page=front, is_default_site=True)


class Migration(migrations.Migration):
    dependencies = [("home", "0001_initial"), ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes")]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
