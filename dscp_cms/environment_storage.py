"""Reads where pictures and documents are kept (``STORAGE_URL``); called by ``dscp_cms.environment`` alone."""

import re
from urllib.parse import parse_qsl, unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

SENTENCE = "STORAGE_URL must look like s3://key:secret@bucket/folder?endpoint=https://s3.example.org&region=eu-west-2."
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def read_storage(env: environ.Env) -> dict:
    """Django's storage for media: a folder unless a bucket is named. Raise ImproperlyConfigured with one sentence."""
    url = env.str("STORAGE_URL", default="")
    if not url:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    try:
        parts = urlsplit(url)
        asked = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError as error:
        raise ImproperlyConfigured(SENTENCE) from error
    endpoint = asked.get("endpoint")
    # As it was typed: ``hostname`` is made small, and no bucket has capitals.
    bucket = parts.netloc.rpartition("@")[2]
    if (
        parts.scheme != "s3"
        or not BUCKET.fullmatch(bucket)
        or asked.keys() - {"endpoint", "region"}
        or (endpoint and not re.fullmatch(r"https?://[^/\s]+/?", endpoint))
        or bool(parts.username) != bool(parts.password)
    ):
        raise ImproperlyConfigured(SENTENCE)
    options = {
        "bucket_name": bucket,
        "location": unquote(parts.path.strip("/")),
        "access_key": unquote(parts.username) if parts.username else None,  # else the machine's own
        "secret_key": unquote(parts.password) if parts.password else None,
        "endpoint_url": endpoint,
        "region_name": asked.get("region"),
        "default_acl": None,  # the bucket's own rule, which is private
        "file_overwrite": False,
        "signature_version": "s3v4",
        "addressing_style": "path" if endpoint else "auto",
        "max_memory_size": 5 * 1024 * 1024,  # of an opened file; more goes to a temporary one
    }
    return {"BACKEND": "dscp_cms.storage_bucket.BucketStorage", "OPTIONS": options}
