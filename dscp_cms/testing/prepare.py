"""Makes beforehand what the tests begin with, so that none of a run's processes waits for another to make it.

``python -m dscp_cms.testing.prepare`` makes the example site, with a database's URL a migrated database there.
"""

import os
import sys

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "dscp_cms.settings_test"
    import django

    django.setup()
    from dscp_cms.testing import database, sites

    if len(sys.argv) > 1:
        sites.static()  # while the other process migrates
        database.migrated_postgres(sys.argv[1])
    else:
        sites.example()
