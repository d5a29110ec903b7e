"""How much more memory something takes at its peak than before it."""

import contextlib
from pathlib import Path


class Peak:
    """The peak in MB, after the block."""

    megabytes = 0.0


@contextlib.contextmanager
def peak():
    """Measure this process's resident memory while the block runs: its peak, less what there was before."""
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak of what was before
    before, found = _status("VmRSS"), Peak()
    yield found
    found.megabytes = (_status("VmHWM") - before) / 1024


def _status(name: str) -> int:
    """A line of /proc/self/status, in kB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))
