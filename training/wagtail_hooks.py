"""What training adds to the admin."""

from django.urls import path
from wagtail import hooks
from wagtail_modeladmin.options import modeladmin_register

from training import (
    booking_screens,
    certificate_screens,
    charge_screens,
    needs,
    register_import_screen,
    register_screens,
    reports_views,
    session_screens,
)
from training.booking_admin import TrainingGroup

modeladmin_register(TrainingGroup)


@hooks.register("register_admin_urls")
def charge_screens_of_the_team():
    """The screens about charges and their rules."""
    one = [
        path(f"training-charge/<int:pk>/{name}/", screen.as_view(), name=f"training_charge_{name}")
        for name, screen in charge_screens.ABOUT_ONE.items()
    ]
    many = [
        path(f"training-charges/{name}/", screen.as_view(), name=f"training_charges_{name}")
        for name, screen in charge_screens.ABOUT_MANY.items()
    ]
    end = path("training-charging-rule/<int:pk>/end/", charge_screens.EndRule.as_view(), name="training_rule_end")
    return [*one, *many, end]


@hooks.register("register_admin_urls")
def certificate_screens_of_the_team():
    """The screens about certificates."""
    return [
        path(f"training-certificate/<int:pk>/{name}/", screen.as_view(), name=f"training_certificate_{name}")
        for name, screen in certificate_screens.ABOUT_ONE.items()
    ]


@hooks.register("register_admin_urls")
def training_screens():
    """The screens that do a job each."""
    sessions = {
        "copy": session_screens.Copy,
        "series": session_screens.Series,
        "move": session_screens.Move,
        "cancel": session_screens.Cancel,
        "finish": session_screens.Finish,
        "add": session_screens.Add,
        "join": session_screens.Join,
        "call-list": session_screens.CallList,
    }
    bookings = {
        "confirm": booking_screens.Confirm,
        "override": booking_screens.Override,
        "approve": booking_screens.Approve,
        "cancel": booking_screens.CancelBooking,
        "move": booking_screens.Move,
        "substitute": booking_screens.Substitute,
        "address": booking_screens.Address,
        "link": booking_screens.SendLink,
        "attendance": register_screens.Decide,
        "follow": register_screens.Follow,
    }
    days = {
        "register": register_screens.Register,
        "paper": register_screens.Paper,
        "sheet": register_screens.SignInSheet,
        "walk-in": register_screens.AddWalkIn,
        "link": register_screens.Links,
        "file": register_import_screen.ImportFile,
    }
    return [
        path(f"training-{kind}/<int:pk>/{name}/", screen.as_view(), name=f"training_{kind}_{name}".replace("-", "_"))
        for kind, screens in (("session", sessions), ("booking", bookings), ("day", days))
        for name, screen in screens.items()
    ]


@hooks.register("register_log_actions")
def name_log_actions(actions):
    """What the history says of who sees needs."""
    actions.register_action(needs.JOINED, "Become staff of a session", "Made themselves staff of the session")
    actions.register_action(needs.NAMED, "Name the staff of a session", "Named who is staff of the session")


@hooks.register("register_admin_urls")
def report_screens():
    """What was counted, and what evaluations say."""
    return [
        path("training-reports/", reports_views.Reports.as_view(), name="training_reports"),
        path("training-reports/export/", reports_views.Export.as_view(), name="training_reports_export"),
        path("training-reports/course/<int:pk>/", reports_views.Evaluation.as_view(), name="training_evaluation"),
    ]
