"""How often somebody may try to sign in, without keeping out whom the account belongs to.

Tries are counted for an address from one network, and for an address from anywhere. A browser that has signed in
to the account before is known by a cookie and has a count of its own: whatever strangers do, its owner gets in.
Every count ends by itself. Counts stand in the database (``dscp_cms.limits``), so that they hold across processes.
"""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac

from dscp_cms import limits

COOKIE = "known_here"
COOKIE_AGE = 180 * 24 * 3600
QUARTER = 15 * 60


@dataclass(frozen=True)
class Rate:
    """How many tries: in a quarter of an hour by a known browser or by one network, in an hour by everybody else."""

    name: str
    known: int
    network: int
    anywhere: int


PASSWORD = Rate("sign in", known=20, network=10, anywhere=60)
CODE = Rate("sign-in code", known=6, network=5, anywhere=20)
RESET = Rate("password reset", known=6, network=5, anywhere=20)
SECOND_STEP = 10  # wrong codes in a quarter of an hour; who types them knows the password already


def may_try(request, rate: Rate, email: str) -> bool:
    """Count one more try for this address, known or not, and say whether it may be made."""
    email = email.strip().lower()
    browser = _browser(request, email)
    if browser:
        return limits.within(rate.name, f"browser:{browser}", most=rate.known, seconds=QUARTER)
    near = limits.within(rate.name, _near(request, email), most=rate.network, seconds=QUARTER)
    return limits.within(rate.name, f"address:{email}", most=rate.anywhere) and near


def succeeded(request, rate: Rate, email: str) -> None:
    """Forget the tries of this browser and of this network: they were the owner's."""
    email = email.strip().lower()
    limits.forget(rate.name, _near(request, email), seconds=QUARTER)
    if browser := _browser(request, email):
        limits.forget(rate.name, f"browser:{browser}", seconds=QUARTER)


def may_try_second_step(user) -> bool:
    """Count one more code typed for this account."""
    return limits.within("second step", f"user:{user.pk}", most=SECOND_STEP, seconds=QUARTER)


def second_step_succeeded(user) -> None:
    """Forget the codes typed."""
    limits.forget("second step", f"user:{user.pk}", seconds=QUARTER)


def remember_browser(request, response, email: str) -> None:
    """Let this browser be known from now on, for this address. The cookie goes to the sign-in pages only."""
    email = email.strip().lower()
    key = _browser(request, email) or get_random_string(22)
    value = signing.dumps([_digest(email), key], salt=COOKIE)
    for path in settings.SIGN_IN_PATHS:
        # One name for each path: two cookies of one name can't be told apart in an answer.
        response.set_cookie(
            _name(path),
            value,
            max_age=COOKIE_AGE,
            path=path,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Strict",
        )


def _name(path: str) -> str:
    return f"{COOKIE}_{path.strip('/').replace('/', '_').replace('-', '_')}"


def _browser(request, email: str) -> str:
    for path in settings.SIGN_IN_PATHS:
        try:
            digest, key = signing.loads(request.COOKIES.get(_name(path), ""), salt=COOKIE, max_age=COOKIE_AGE)
        except (signing.BadSignature, ValueError, TypeError):
            continue
        if constant_time_compare(digest, _digest(email)):
            return key
    return ""


def _digest(email: str) -> str:
    return salted_hmac("dscp_cms.accounts.throttle", email, algorithm="sha256").hexdigest()


def _near(request, email: str) -> str:
    return f"{email} from {limits.client_network(request)}"
