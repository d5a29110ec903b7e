"""Makes an administrator's account, such as the first one of a new site."""

import getpass
import secrets
import sys

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q

PASSWORD_BYTES = 18


class Command(BaseCommand):
    """The e-mail address is the account's name. There is no default password."""

    help = (
        "Make an administrator's account. Asks for a password; with --random-password, or where nobody can be "
        "asked, makes a random one and prints it once."
    )

    def add_arguments(self, parser):
        """The address is needed; the password is never an argument, since others could read it there."""
        parser.add_argument("email", help="The administrator's e-mail address, which is also the name to sign in with.")
        parser.add_argument("--random-password", action="store_true", help="Make a random password and print it.")

    def handle(self, *, email, random_password, **options):
        """Refuse what can't be an account; change none that exists."""
        email = email.strip().lower()
        user_model = get_user_model()
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"“{email}” is not an e-mail address.") from None
        if user_model.objects.filter(Q(username__iexact=email) | Q(email__iexact=email)).exists():
            raise CommandError(f"There is already an account for {email}. It was not changed.")
        user = user_model(username=email, email=email, is_staff=True, is_superuser=True)
        asked = not random_password and sys.stdin.isatty()
        password = self._ask(user) if asked else secrets.token_urlsafe(PASSWORD_BYTES)
        user.set_password(password)
        with transaction.atomic():
            user.save()
        self.stdout.write(f"The account {email} can sign in at /admin/.")
        if not asked:
            self.stdout.write(f"Its password, shown only now: {password}")

    def _ask(self, user) -> str:
        """Ask twice, until both are the same and long enough."""
        while True:
            password = getpass.getpass("Password: ")
            if password != getpass.getpass("The same again: "):
                self.stderr.write("The two were not the same.")
                continue
            try:
                validate_password(password, user)
            except ValidationError as error:
                self.stderr.write(" ".join(error.messages))
                continue
            return password
