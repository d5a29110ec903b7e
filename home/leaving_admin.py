"""The administrators' screens about accounts: somebody has left, somebody lost their second step."""

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from wagtail import hooks
from wagtail.admin.widgets import Button

from dscp_cms.accounts import second_factor
from dscp_cms.staff import has_second_step
from home import leaving


class HandOverForm(forms.Form):
    """Who takes over."""

    to = forms.ModelChoiceField(
        get_user_model().objects.none(),
        required=False,
        label="Who takes over",
        help_text="They are asked to review the pages, and run the sessions.",
    )

    def __init__(self, *args, without, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = leaving.staff(without)
        self.fields["to"].label_from_instance = lambda user: f"{leaving.name_of(user)} ({user.email})"


def _account(request, pk: int):
    if not request.user.is_superuser:
        raise PermissionDenied
    return get_object_or_404(get_user_model(), pk=pk)


def person_left(request, pk: int):
    """What somebody answers for, and one button that hands it over and closes the account."""
    person = _account(request, pk)
    form = HandOverForm(request.POST or None, without=person)
    if request.method == "POST" and form.is_valid():
        try:
            leaving.leave(person, to=form.cleaned_data["to"], by=request.user)
        except ValidationError as error:
            form.add_error("to", error)
        else:
            messages.success(request, f"{leaving.name_of(person)} can no longer sign in. What they had is handed over.")
            return redirect("wagtailusers_users:index")
    context = {"person": person, "name": leaving.name_of(person), "owned": leaving.owned(person), "form": form}
    return render(request, "home/admin/person_left.html", context)


def reset_second_step(request, pk: int):
    """Take somebody's second step off, after asking."""
    person = _account(request, pk)
    if request.method == "POST":
        if second_factor.reset(person, request.user):
            messages.success(request, f"{leaving.name_of(person)} signs in without a second step, then adds a new one.")
        return redirect("wagtailusers_users:index")
    context = {"person": person, "name": leaving.name_of(person), "has_one": has_second_step(person)}
    return render(request, "home/admin/reset_second_step.html", context)


@hooks.register("register_admin_urls")
def account_screens():
    """Where they are."""
    return [
        path("accounts/<int:pk>/left/", person_left, name="person_left"),
        path("accounts/<int:pk>/second-step/", reset_second_step, name="reset_second_step"),
    ]


@hooks.register("register_user_listing_buttons")
def account_buttons(user, request_user):
    """The ways to them, from the list of accounts."""
    if not request_user.is_superuser:
        return
    if user != request_user:
        yield Button("This person has left", reverse("person_left", args=[user.pk]), icon_name="logout", priority=40)
    yield Button(
        "Take off second step", reverse("reset_second_step", args=[user.pk]), icon_name="lock-open", priority=50
    )


@hooks.register("register_account_menu_item")
def own_second_step(request):
    """The way to one's own second step, from “Account”."""
    return {
        "url": reverse("mfa_index"),
        "label": "Second step of signing in",
        "help_text": "Passkey, authenticator app, recovery codes",
    }
