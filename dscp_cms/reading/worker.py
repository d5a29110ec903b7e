"""The program that reads one file: ``worker.py path extension cpu memory pages text``.

Writes what it found, or a sentence why not, into the folder where it is started.
"""

import json
import resource
import sys
from dataclasses import asdict
from pathlib import Path

MOST_OUTPUT = 64 * 1024 * 1024  # bytes of any file it writes


def limit(cpu: int, memory: int) -> None:
    """Have the kernel end this program beyond its time, and refuse it more memory."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_OUTPUT, MOST_OUTPUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def main(path: str, extension: str, cpu: str, memory: str, pages: str, text: str) -> None:
    """Read the file and write the answer."""
    limit(int(cpu), int(memory))
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
    from dscp_cms.reading.facts import CannotRead

    try:
        from dscp_cms.reading.kinds import read_kind

        answer = asdict(read_kind(path, extension, int(pages), int(text)))
    except CannotRead as error:
        answer = {"error": str(error)}
    except MemoryError:
        answer = {"error": "Reading the file needs too much memory."}
    except RecursionError:
        answer = {"error": "The file is nested too deeply to be read."}
    Path("answer.json").write_text(json.dumps(answer), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
