"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dscp_cms.settings")

application = get_wsgi_application()

from dscp_cms.page_cache import PageCache  # noqa: E402 - needs the settings

application = PageCache(application)
