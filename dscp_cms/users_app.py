"""Wagtail's app of users, with our forms."""

from wagtail.users.apps import WagtailUsersAppConfig


class SiteUsersConfig(WagtailUsersAppConfig):
    """Accounts whose name is their e-mail address."""

    user_viewset = "dscp_cms.users.SiteUserViewSet"
