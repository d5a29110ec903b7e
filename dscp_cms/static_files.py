"""Static files of the releases before and after this one, while one takes over from the other."""

import os
import re

from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import IsDirectoryError, MissingFileError

HASHED = re.compile(r"\.[0-9a-f]{12}\.[a-z0-9.]+$")


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """Serves collected files, also those collected after this process began.

    While a new release takes over, a page from a new process may send a browser to an old one for its style sheet.
    Only names with a hash are looked for, which never change; what is known already costs nothing more.
    """

    def __call__(self, request):
        path = request.path_info
        if path not in self.files and path.startswith(self.static_prefix) and HASHED.search(path):
            self._look_for(path)
        return super().__call__(request)

    def _look_for(self, url: str) -> None:
        root = os.path.abspath(self.static_root) + os.sep
        path = os.path.join(root, url[len(self.static_prefix) :])
        if not self.url_is_canonical(url) or not self.path_is_child_of(path, root) or self.is_compressed_variant(path):
            return
        try:
            self.files[url] = self.get_static_file(path, url)
        except (MissingFileError, IsDirectoryError):
            return
