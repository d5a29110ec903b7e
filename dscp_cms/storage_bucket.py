"""A private bucket that speaks S3, as the place of pictures and documents (``STORAGE_URL``).

Nobody is ever given an address in the bucket: readers ask the site, which decides who may have a file and sends its
bytes with the same headers as from a folder. A redirect would lose those that keep a file from running as a page.
"""

from urllib.parse import urljoin

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage

from dscp_cms.storage import Pieces, StoredFile, UnreachableError


class BucketStorage(S3Storage):
    """A bucket whose objects have this site's own addresses."""

    def url(self, name, parameters=None, expire=None, http_method=None) -> str:
        """The address below MEDIA_URL, as for a folder: the site's own views answer there."""
        return urljoin(settings.MEDIA_URL, filepath_to_uri(name))

    def find(self, name: str) -> StoredFile:
        """What the bucket says of an object.

        Raises FileNotFoundError when it has none, UnreachableError when it can't say.
        """
        key = self._normalize_name(name)
        head = self._ask("head_object", key)

        def read(start: int, length: int) -> Pieces:
            # Of this version only: what has replaced it meanwhile would not fit what was promised.
            part = {"Range": f"bytes={start}-{start + length - 1}"} if length else {}
            return Pieces(self._ask("get_object", key, IfMatch=head["ETag"], **part)["Body"], length)

        changed = int(head["LastModified"].timestamp())
        return StoredFile(head["ContentLength"], changed, head["ETag"], is_local=False, read=read)

    def _ask(self, what: str, key: str, **more) -> dict:
        try:
            return getattr(self.connection.meta.client, what)(Bucket=self.bucket_name, Key=key, **more)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in {404, 412}:  # 412: replaced just now
                raise FileNotFoundError("The bucket has no such file.") from error
            raise UnreachableError("The bucket refused to give a file.") from error
        except BotoCoreError as error:
            raise UnreachableError("The bucket doesn't answer.") from error
