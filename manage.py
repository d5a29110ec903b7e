#!/usr/bin/env python
"""Run a management command; a wrong setting ends in one sentence, not a traceback."""

import os
import sys


def main():
    """Hand over to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dscp_cms.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Wrong setting: {error}")


if __name__ == "__main__":
    main()
