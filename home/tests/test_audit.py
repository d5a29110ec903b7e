"""Who sent, exported and erased is written down: each address that gives a file, each command that takes data out."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command, get_commands
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone
from wagtail_modeladmin.options import ModelAdmin

from dscp_cms import mail
from dscp_cms.admin import FactAdmin
from dscp_cms.models import AuditEntry, OutgoingMail
from home.models import ImportRun
from home.yearly_admin import years_to_choose
from resources import versions
from resources.tests import factories as resources
from training import charges
from training.models import TrainingSession
from training.tests import charging, factories

pytestmark = pytest.mark.django_db

# Every address of ours in the admin whose name says that it gives a file, and how to ask for it; a new one goes here.
FILES = {
    "news_campaigns_export": "get",
    "news_import_report": "the report of an import, kept for an hour",
    "training_reports_export": "get",
    "training_charges_export": "post",
    "training_session_call_list": "a screen, made for paper",
    "training_certificate_pdf": "one certificate, as its holder gets it; the net of the admin notes it",
    "training_day_paper": "a screen, made for paper",
    "training_day_sheet": "get",
    "training_day_file": "takes a file in",
    "programme_download": "get",
    "programme_sheet": "a form",
    "yearly_pack_file": "get",
    "import_file": "get",
    "import_report": "a screen",
    "import_table_file": "the table of a trial, made by the same person; the net of the admin notes it",
    "withdraw_file_version": "a form",
    "check_file_version": "a form",
    "read_file_version_again": "a form",
    "file_version_picture": "a picture on the screen",
    "resources_downloads": "a screen with counts",
}
SAYS_FILE = re.compile(r"export|download|_file|file_|pdf|sheet|paper|call_list|report$|csv|xlsx")
COMMANDS = {"export_site", "backup"}  # take data out; the others of ours don't
OTHER_COMMANDS = {
    *(
        "bench",
        "bench_sending",
        "bench_speed",
        "clock",
        "create_administrator",
        "flush",
        "import_courses",
        "import_documents",
    ),
    *("import_newsletters", "import_sessions", "import_subscribers", "import_wordpress", "load_example_site", "mailer"),
    *(
        "migrate",
        "nginx_conf",
        "purge_personal_data",
        "read_bounces",
        "remove_sample_activity",
        "restore",
        "send_issue",
    ),
    *("serve", "sync_roles", "sync_site"),
}
APPS = ("dscp_cms", "home", "news", "resources", "training")


def noted(action="exported"):
    return list(AuditEntry.objects.filter(action=action).order_by("pk").values_list("what", flat=True))


def named_screens():
    """The names of our own addresses below /admin/."""

    def below(patterns, before):
        for one in patterns:
            route = before + str(one.pattern)
            if isinstance(one, URLResolver):
                yield from below(one.url_patterns, route)
            elif route.startswith("admin/") and one.callback.__module__.startswith(APPS) and one.name:
                yield one.name

    return set(below(get_resolver().url_patterns, ""))


def test_no_file_is_forgotten_here():
    lists = re.compile(r"_modeladmin_")
    found = {name for name in named_screens() if SAYS_FILE.search(name) and not lists.search(name)}
    assert found == set(FILES)
    ours = {name for name, app in get_commands().items() if app in APPS}
    assert ours == COMMANDS | OTHER_COMMANDS


def test_each_export_is_written_down_once(admin_client, admin_user):
    session = factories.session(factories.course("Neglect"), days=3)
    factories.fill(session, 1)
    run = ImportRun.objects.create(kind=ImportRun.Kind.SESSIONS)
    year = years_to_choose()[0]
    asked = {
        "news_campaigns_export": (reverse("news_campaigns_export"), "Sendings"),
        "training_reports_export": (reverse("training_reports_export"), "Training reports"),
        "training_day_sheet": (reverse("training_day_sheet", args=[session.days.first().pk]), "Sign-in sheet: Neglect"),
        "programme_download": (
            reverse("programme_download", kwargs={"what": "sessions", "which": "now"}),
            "Sessions as a workbook",
        ),
        "yearly_pack_file": (reverse("yearly_pack_file", args=[year, "xlsx"]), "Yearly pack"),
        "import_file": (reverse("import_file", args=[run.pk]), "import-"),
    }
    assert set(asked) == {name for name, how in FILES.items() if how == "get"}
    for name, (address, words) in asked.items():
        AuditEntry.objects.all().delete()
        answer = admin_client.get(address)
        assert answer.status_code == 200 and "text/html" not in answer["Content-Type"], name
        assert len(noted()) == 1 and words in noted()[0], (name, noted())
        assert AuditEntry.objects.get().user == admin_user
    AuditEntry.objects.all().delete()
    admin_client.get(reverse("programme_download", kwargs={"what": "sessions", "which": "empty"}))
    assert noted() == []  # a form without anything in it


def lists_of_facts():
    """Each list that exports columns of its own."""

    def kinds(of):
        for one in of.__subclasses__():
            yield one
            yield from kinds(one)

    found = {one for one in kinds(FactAdmin) if one.list_export}
    assert all(issubclass(one, FactAdmin) for one in kinds(ModelAdmin) if getattr(one, "list_export", None))
    return sorted(found, key=lambda one: one.__name__)


def test_each_list_of_facts_writes_its_export_down(admin_client):
    names = []
    for one in lists_of_facts():
        address = reverse(f"{one.model._meta.app_label}_{one.model._meta.model_name}_modeladmin_index")
        answer = admin_client.get(address, {"export": "csv"})
        b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert answer["Content-Disposition"].startswith("attachment"), one
        names.append(str(one.model._meta.verbose_name_plural).capitalize())
    assert len(names) >= 7 and noted() == names


def test_finance_gets_its_list_with_a_line_in_the_log(admin_client, admin_user):
    charges.confirm(charging.late().pk, admin_user)
    AuditEntry.objects.all().delete()
    assert admin_client.post(charging.EXPORT, {}).status_code == 200
    assert noted() == ["Charges for finance: 1 new, 0 that it had"]


def test_what_leaves_the_server_and_what_is_erased_in_time_are_written_down(tmp_path):
    call_command("export_site", str(tmp_path / "copy"), stdout=StringIO(), stderr=StringIO())
    assert noted() == ["The whole site, on the server"]
    session = factories.session(days=1)
    factories.fill(session, 2)
    charging.move(session, days=4000)
    TrainingSession.objects.update(ends_at=timezone.now() - timedelta(days=4000))
    call_command("purge_personal_data", dry_run=True, stdout=StringIO())
    assert noted("erased") == []
    call_command("purge_personal_data", stdout=StringIO())
    assert len(noted("erased")) == 1 and "Their time was over: " in noted("erased")[0] and " 2 " in noted("erased")[0]
    call_command("purge_personal_data", stdout=StringIO())
    assert len(noted("erased")) == 1


def test_sending_by_hand_and_files_let_out_are_written_down(admin_client, admin_user):
    mail.send(kind="test", to="delegate.one@example.org", subject="Held", text="Held")
    OutgoingMail.objects.update(not_before=timezone.now() - timedelta(days=2), status="queued")
    admin_client.post(reverse("send_held_mail"))
    assert noted("sent") == ["E-mails that were held: 1"]
    version = resources.version(resources.resource(), checked_at=None)
    assert versions.confirm(version, admin_user) and versions.withdraw(version, admin_user)
    shown = admin_client.get(reverse("who_did_what")).content.decode()
    assert shown.count(str(version)) >= 2 and "E-mails that were held: 1" in shown
