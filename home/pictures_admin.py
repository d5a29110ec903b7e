"""Pictures that nobody has looked at yet: who is in each, their consent, its words and its credit, in one table.

An import brings pictures by the hundred, and none is shown before somebody has said who can be recognised in it.
What is the same for many is said once, for all that are ticked.
"""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.images.models import Image
from wagtail.log_actions import log
from wagtail.permission_policies.collections import CollectionOwnershipPermissionPolicy

from dscp_cms.models import SiteImage

ON_A_PAGE = 20
SAME = ("people", "consent_given", "consent_until", "source", "licence")  # what many pictures may have in common
UNKNOWN = SiteImage.People.UNKNOWN
# Wagtail's own for pictures, which each of its versions keeps in another place.
POLICY = CollectionOwnershipPermissionPolicy(SiteImage, auth_model=Image, owner_field_name="uploaded_by_user")


def to_look_at(user):
    """The pictures that this person may change and that aren't ready to be shown, newest first."""
    mine = POLICY.instances_user_has_any_permission_for(user, ["change"])
    without_words = Q(description="", is_decorative=False, consent_ended_at=None)
    return mine.filter(Q(people=UNKNOWN) | without_words).order_by("-pk").prefetch_renditions("max-400x300")


class DateInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self):
        super().__init__(format="%Y-%m-%d")


class PictureForm(forms.ModelForm):
    """One picture. Words may wait; consent must be told whole."""

    chosen = forms.BooleanField(label="Choose it for what is the same", required=False)

    class Meta:
        model = SiteImage
        fields = ("people", "consent_given", "consent_until", "description", "is_decorative", "source", "licence")
        widgets = {"consent_until": DateInput, "description": forms.Textarea({"rows": 2})}
        labels = {
            "people": "People shown",
            "consent_given": "Everyone shown has agreed in writing",
            "consent_until": "Agreed until",
            "description": "Alternative text",
            "is_decorative": "Decorative",
            "source": "Credit",
        }
        help_texts = dict.fromkeys(fields, "")

    def clean(self):
        cleaned = super().clean()
        people, given = cleaned.get("people"), cleaned.get("consent_given")
        if people in {UNKNOWN, SiteImage.People.NONE} and (given or cleaned.get("consent_until")):
            self.add_error("people", "Say who is shown, since you recorded their consent.")
        if cleaned.get("consent_until") and not given:
            self.add_error("consent_given", "Tick this as well, or leave the last day empty.")
        return cleaned

    @property
    def is_changed(self) -> bool:
        """Whether anything but the tick differs from what is stored."""
        return bool(set(self.changed_data) - {"chosen"})


class SameForm(forms.Form):
    """What is the same for every picture that is ticked; what is left empty changes nothing."""

    people = forms.ChoiceField(
        label="People shown",
        required=False,
        choices=[("", "As it is"), *(choice for choice in SiteImage.People.choices if choice[0] != UNKNOWN)],
    )
    consent_given = forms.BooleanField(label="Everyone shown has agreed in writing", required=False)
    consent_until = forms.DateField(label="Agreed until", required=False, widget=DateInput)
    source = forms.CharField(label="Credit", required=False, max_length=200)
    licence = forms.CharField(label="Licence", required=False, max_length=200)


def _with_same(data, pictures: list[SiteImage]):
    """What was sent, where the ticked pictures have what was said for all of them."""
    data = data.copy()
    said = {name: data[f"same-{name}"] for name in SAME if data.get(f"same-{name}")}
    for picture in pictures:
        if data.get(f"picture-{picture.pk}-chosen"):
            data.update({f"picture-{picture.pk}-{name}": value for name, value in said.items()})
    return data


@transaction.atomic
def save(listed: list[PictureForm], user) -> int:
    """Save what was changed, each with its line in the history; return how many were."""
    changed = [form for form in listed if form.is_changed]
    for form in changed:
        log(instance=form.save(), action="wagtail.edit", user=user, content_changed=True)
    return len(changed)


@require_http_methods(["GET", "HEAD", "POST"])
def pictures(request):
    """The table, some pictures at a time."""
    if not POLICY.user_has_any_permission(request.user, ["change"]):
        raise PermissionDenied
    found = Paginator(to_look_at(request.user), ON_A_PAGE)
    page_obj = found.get_page(request.GET.get("p"))
    shown, data, same = list(page_obj), None, SameForm(prefix="same")
    if request.method == "POST":
        # Those that were shown, whatever colleagues have dealt with meanwhile.
        keys = [key for key in request.POST.getlist("picture") if key.isascii() and key.isdigit() and len(key) < 19]
        mine = POLICY.instances_user_has_any_permission_for(request.user, ["change"])
        shown = list(mine.filter(pk__in=keys[:ON_A_PAGE]).order_by("-pk"))
        same = SameForm(request.POST, prefix="same")
        data = _with_same(request.POST, shown) if same.is_valid() else request.POST
    listed = [PictureForm(data, instance=picture, prefix=f"picture-{picture.pk}") for picture in shown]
    if data is not None and same.is_valid() and all([form.is_valid() for form in listed if form.is_changed]):
        number = save(listed, request.user)
        messages.success(request, f"Saved. {number} picture{' was' if number == 1 else 's were'} changed.")
        return redirect(f"{reverse('pictures_to_look_at')}?p={page_obj.number}")
    context = {
        "listed": listed,
        "same": same,
        "page_obj": page_obj,
        "wrong": data is not None,
        "page_title": "Pictures to look at",
        "header_icon": "image",
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": "Home"},
            {"url": "", "label": "Pictures to look at"},
        ],
    }
    return render(request, "home/admin/pictures.html", context)


@hooks.register("register_admin_urls")
def pictures_urls():
    """Where it is."""
    return [path("pictures/to-look-at/", pictures, name="pictures_to_look_at")]


class PicturesMenuItem(MenuItem):
    """For those who have pictures to look at."""

    def is_shown(self, request):
        return POLICY.user_has_any_permission(request.user, ["change"])


@hooks.register("register_reports_menu_item")
def pictures_in_menu():
    """It stands with the reports."""
    address = reverse("pictures_to_look_at")
    return PicturesMenuItem("Pictures to look at", address, name="pictures", icon_name="image", order=60)
