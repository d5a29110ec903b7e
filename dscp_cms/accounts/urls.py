"""Addresses of signing in: only what is used of allauth. Nobody signs up here."""

from allauth.account import views as account
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from dscp_cms.accounts import passwords, views

urlpatterns = [
    path("admin/login/", views.StaffSignIn.as_view(), name="account_login"),
    path("admin/password_reset/", RedirectView.as_view(pattern_name="account_reset_password")),
    path("partners/sign-in/", views.PartnerSignIn.as_view(), name="account_request_login_code"),
    path("partners/sign-in/code/", account.confirm_login_code, name="account_confirm_login_code"),
    path("account/sign-out/", views.sign_out, name="account_logout"),
    path("account/closed/", account.account_inactive, name="account_inactive"),
    path("account/confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("account/password/", views.AskNewPassword.as_view(), name="account_reset_password"),
    path("account/password/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^account/password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "account/password/changed/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("account/second-step/", include("allauth.mfa.urls")),
    # Wagtail's own, which know no limits: in place of a sign-in without a second step, and around two others.
    path("_util/login/", RedirectView.as_view(pattern_name="account_request_login_code", query_string=True)),
    path("_util/authenticate_with_password/<int:restriction_id>/<int:page_id>/", passwords.for_page),
    path("documents/authenticate_with_password/<int:restriction_id>/", passwords.for_files),
]
