"""Accounts of partners: invited for an agency, signed in by mailed codes, ended by staff.

Each agency with partners has a group, so that an editor chooses it in a page's ordinary privacy setting. Groups are
kept here, not by hand: somebody is in the group of their agency while their access stands.
"""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from dscp_cms import audit
from dscp_cms.accounts import letters
from dscp_cms.models import Agency, PartnerGroup, PartnerProfile

GROUP_PREFIX = "Partner: "
ALREADY = "{name} is a partner already, of {agency}. Change the agency there, or end the access first."
STAFF_ACCOUNT = "This address is the account of somebody of the staff, who may read all partner pages anyway."


def group_of(agency: Agency) -> Group:
    """The agency's group, made when it is first needed and named after the agency."""
    link = PartnerGroup.objects.select_related("group").filter(agency=agency).first()
    name = f"{GROUP_PREFIX}{agency.name}"[: Group._meta.get_field("name").max_length]
    if link is None:
        if Group.objects.filter(name=name).exists():  # of a longer name that begins alike, or made by hand
            name = f"{name[:130]} ({agency.pk})"
        link = PartnerGroup.objects.create(agency=agency, group=Group.objects.create(name=name))
    elif link.group.name != name and not Group.objects.filter(name=name).exists():
        link.group.name = name
        link.group.save(update_fields=["name"])
    return link.group


def invite(
    *, email: str, first_name: str, last_name: str, agency: Agency, by=None, tell: bool = True
) -> PartnerProfile:
    """Make somebody a partner of an agency and, unless told not to, send the invitation. Who had left is let in again.

    Raises ValidationError, with the field's name, when the address is staff's or a partner's already.
    """
    email = email.strip().lower()
    if not agency.active:
        raise ValidationError({"agency": f"{agency} is marked as closed or left. Mark it as active first."})
    users = get_user_model().objects
    try:
        with transaction.atomic():
            user = users.select_for_update().filter(username=email).first() or users.create_user(email, email)
            profile = PartnerProfile.objects.filter(user=user).select_related("agency").first()
            _refuse(user, profile)
            user.first_name, user.last_name, user.is_active = first_name.strip(), last_name.strip(), True
            user.save()
            profile = profile or PartnerProfile(user=user)
            profile.agency, profile.invited_by = agency, by
            profile.ended_at = profile.ended_by = None
            profile.save()
            _put_into_group(profile)
            audit.record(audit.Action.INVITED, by, f"Account {user.pk} for {agency}")
            if tell:
                send_invitation(profile)
    except IntegrityError as error:
        raise ValidationError({"email": "Somebody else is inviting this address at this moment."}) from error
    return profile


def _refuse(user, profile: PartnerProfile | None) -> None:
    if profile is None and (user.is_superuser or user.has_usable_password() or user.groups.exists()):
        raise ValidationError({"email": STAFF_ACCOUNT})
    if profile is not None and profile.ended_at is None and user.is_active:
        raise ValidationError({"email": ALREADY.format(name=profile, agency=profile.agency)})


def send_invitation(profile: PartnerProfile) -> None:
    """Send the invitation, also once more."""
    by = profile.invited_by.get_full_name() if profile.invited_by else ""
    address = settings.PUBLIC_URL + reverse("account_request_login_code")
    letters.send_invitation(profile.user.email, agency=str(profile.agency), by=by, address=address)
    profile.sent_at = timezone.now()
    profile.save(update_fields=["sent_at"])


@transaction.atomic
def move(profile: PartnerProfile, agency: Agency) -> None:
    """Make somebody a partner of another agency, and of no other."""
    profile.agency = agency
    profile.save(update_fields=["agency"])
    _put_into_group(profile)


@transaction.atomic
def end_access(profile: PartnerProfile, by=None) -> bool:
    """End somebody's access, and with it every session of theirs at once; return whether it stood until now."""
    if not PartnerProfile.objects.filter(pk=profile.pk, ended_at=None).update(ended_at=timezone.now(), ended_by=by):
        return False
    user = profile.user
    user.is_active = False
    user.set_unusable_password()
    user.save()
    user.groups.remove(*Group.objects.filter(partner_group__isnull=False))
    audit.record(audit.Action.ACCESS_ENDED, by, f"Partner account {user.pk} of {profile.agency}")
    return True


def _put_into_group(profile: PartnerProfile) -> None:
    group = group_of(profile.agency)
    profile.user.groups.remove(*Group.objects.filter(partner_group__isnull=False).exclude(pk=group.pk))
    profile.user.groups.add(group)
