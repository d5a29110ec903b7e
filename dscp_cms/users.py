"""Accounts of staff and partners: the e-mail address, in small letters, is the account's name."""

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Q
from wagtail.users.forms import UserCreationForm, UserEditForm
from wagtail.users.views.users import IndexView, UserViewSet

User = get_user_model()
LONGEST = User._meta.get_field("username").max_length


class _EmailIsName:
    """Takes the user name's field away and fills it from the address."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["username"]
        self.fields["email"].label = "E-mail address"
        self.fields["email"].help_text = "The person signs in with it. Each address has one account."

    def separate_username_field(self):
        return False

    def clean_email(self):
        email = self.cleaned_data["email"].strip().lower()
        if len(email) > LONGEST:
            raise forms.ValidationError(f"This address is too long; at most {LONGEST} characters work.")
        others = User.objects.filter(Q(username__iexact=email) | Q(email__iexact=email)).exclude(pk=self.instance.pk)
        if others.exists():
            raise forms.ValidationError("There is already an account with this address.")
        return email

    def _post_clean(self):
        if email := self.cleaned_data.get("email"):
            self.instance.username = email  # before the password is compared with what it must not resemble
        super()._post_clean()


class SiteUserCreationForm(_EmailIsName, UserCreationForm):
    """A new account."""


class SiteUserEditForm(_EmailIsName, UserEditForm):
    """An account."""


class SiteUserIndexView(IndexView):
    """The accounts."""

    @property
    def columns(self):
        columns = super().columns
        for column in columns:
            if column.name == "username":
                column.label = "E-mail address"
        return columns


class SiteUserViewSet(UserViewSet):
    """Accounts in the admin."""

    index_view_class = SiteUserIndexView

    def get_form_class(self, for_update=False):
        return SiteUserEditForm if for_update else SiteUserCreationForm
