"""Make the virtual environment and fetch the packages when they changed, then run a command in it.

Only the standard library, and only syntax that any Python 3 can read, since it also has to tell
a Python that is too old. Used by the Makefile:

    python3 scripts/bootstrap.py [--dev] COMMAND...

runs COMMAND with the environment's Python; --dev adds what tests and lint need.
"""

import hashlib
import json
import os
import subprocess
import sys

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "installed.json")
PIP_LOG = os.path.join(VENV, "pip.log")

# What pip says when the network, and not the list of packages, is at fault.
NO_NETWORK = (
    "NewConnectionError",
    "ConnectTimeout",
    "ConnectionError",
    "Connection refused",
    "Failed to establish a new connection",
    "Max retries exceeded",
    "Name or service not known",
    "Network is unreachable",
    "ProxyError",
    "Read timed out",
    "SSLError",
    "Temporary failure in name resolution",
)


class Stop(Exception):
    """Ends the start with one sentence."""


def main(arguments):
    """Prepare the environment and become the command."""
    development = "--dev" in arguments[:1]
    command = arguments[1:] if development else arguments
    check_python()
    with one_at_a_time():
        make_environment()
        install("requirements.txt")
        if development:
            install("requirements-dev.txt")
    if command:
        os.chdir(ROOT)
        os.execv(VENV_PYTHON, [VENV_PYTHON] + command)


def check_python():
    """Refuse a Python that is too old."""
    if sys.version_info[:2] < OLDEST:
        raise Stop(
            "This needs Python %d.%d or newer, and %s is Python %d.%d; name a newer one, for example: "
            "make run PYTHON=python3.12" % (OLDEST + (sys.executable,) + tuple(sys.version_info[:2]))
        )


def check_venv_module():
    """Refuse a Python without venv: Debian and Ubuntu ship it as a package of its own."""
    try:
        import ensurepip  # noqa: F401 - only asks whether it is there
        import venv  # noqa: F401
    except ImportError:
        raise Stop(
            "Python's venv module is missing; on Debian and Ubuntu install it with: "
            "apt install python3-venv (or python%d.%d-venv for %s)"
            % (sys.version_info[0], sys.version_info[1], sys.executable)
        ) from None


class one_at_a_time:  # noqa: N801 - reads as a sentence where it is used
    """Two makes at once wait for each other."""

    def __enter__(self):
        import fcntl

        self.folder = os.open(ROOT, os.O_RDONLY)
        fcntl.flock(self.folder, fcntl.LOCK_EX)

    def __exit__(self, *error):
        os.close(self.folder)


def make_environment():
    """Make .venv, anew when it belongs to another Python."""
    version = "%d.%d" % tuple(sys.version_info[:2])
    if read_stamp().get("python") == version and os.path.exists(VENV_PYTHON):
        return
    check_venv_module()
    say("Making the virtual environment in .venv (Python %s)." % version)
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", VENV],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    if made.returncode:
        lines = made.stdout.strip().splitlines() or ["no reason given"]
        raise Stop("The virtual environment can't be made in %s: %s" % (VENV, lines[-1]))
    write_stamp({"python": version})


def install(name):
    """Install a requirements file unless exactly it is installed."""
    with open(os.path.join(ROOT, name), "rb") as file:
        wanted = hashlib.sha256(file.read()).hexdigest()
    stamp = read_stamp()
    if stamp.get(name) == wanted:
        return
    say("Fetching the packages of %s; the first time takes a minute or two." % name)
    command = [VENV_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--retries", "2", "--log", PIP_LOG, "-r", os.path.join(ROOT, name)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    if done.returncode:
        raise Stop(why_pip_failed(done.stdout, name))
    stamp[name] = wanted
    write_stamp(stamp)


def why_pip_failed(output, name):
    """One sentence out of pip's many."""
    if any(word in output for word in NO_NETWORK):
        return (
            "The packages can't be fetched, because PyPI can't be reached; check the network (or proxy) and try again."
        )
    errors = [line for line in output.splitlines() if line.startswith("ERROR: ")] or output.splitlines()[-1:]
    reason = errors[0][len("ERROR: ") :] if errors and errors[0].startswith("ERROR: ") else "".join(errors)
    return "The packages of %s can't be installed (all that pip said is in %s): %s" % (name, PIP_LOG, reason)


def read_stamp():
    """What is installed, as far as we know."""
    try:
        with open(STAMP) as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def write_stamp(stamp):
    """Remember what is installed."""
    with open(STAMP, "w") as file:
        json.dump(stamp, file)


def say(sentence):
    """Print at once, also through a pipe."""
    print(sentence)
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Stop as stop:
        sys.exit(str(stop))
    except KeyboardInterrupt:
        sys.exit(130)
