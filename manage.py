#!/usr/bin/env python
"""Run a management command; a wrong setting, a database that is away or a full disk end in one sentence."""

import errno
import os
import sys


def main():
    """Hand over to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dscp_cms.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Wrong setting: {error}")
    except OperationalError as error:
        sys.exit(f"The database can't be used: {(str(error).strip().splitlines() or ['no reason given'])[0]}")
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES}:
            raise
        sys.exit(f"{error.filename or 'A file'} can't be written ({error.strerror}).")


if __name__ == "__main__":
    main()
