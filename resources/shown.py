"""What of resources readers see on pages (dscp_cms/page_cache_editions.py).

How often something was downloaded only orders a list; each day's first edition has it right.
"""

from dscp_cms.page_cache_editions import shown
from resources.models import FileFacts, FileVersion

shown(FileVersion, FileFacts)
