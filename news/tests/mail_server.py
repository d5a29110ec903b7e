"""A real mail server on the loopback address, which answers as a test tells it to."""

import asyncio
import contextlib
import email
import email.policy
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP


@dataclass
class Received:
    """A message that was taken, or at least reached the final dot."""

    sender: str
    recipient: str
    content: bytes
    at: float

    @property
    def message(self):
        """The message, parsed."""
        return email.message_from_bytes(self.content, policy=email.policy.default)


@dataclass
class Script:
    """What the server answers, by the recipient's address; None is the usual answer. DROP closes the connection."""

    mail: Callable[[str], str | None] = lambda address: None
    rcpt: Callable[[str], str | None] = lambda address: None
    data: Callable[[str], str | None] = lambda address: None
    pipelining: bool = False
    delay: float = 0.0  # seconds before the answer to each message
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    @property
    def recipients(self) -> list[str]:
        """Who got something, in order."""
        return [each.recipient for each in self.received]


DROP = "DROP"


class Handler:
    """Turns a script into aiosmtpd's hooks."""

    def __init__(self, script: Script):
        self.script, self.lock = script, threading.Lock()

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.script.connections += 1
        session.host_name = hostname
        return [*responses[:-1], *(["250-PIPELINING"] if self.script.pipelining else []), responses[-1]]

    async def handle_MAIL(self, server, session, envelope, address, options):
        answer = self.script.mail(address)
        if answer:
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.script.rcpt(address)
        if answer == DROP:
            server.transport.abort()
            return "421 gone"
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.script.delay:
            await asyncio.sleep(self.script.delay)
        recipient = envelope.rcpt_tos[0]
        answer = self.script.data(recipient)
        if answer is None or answer == DROP:
            with self.lock:
                self.script.received.append(
                    Received(envelope.mail_from, recipient, envelope.original_content, time.monotonic())
                )
        if answer == DROP:
            server.transport.abort()
        return answer or "250 taken"


@contextlib.contextmanager
def mail_server(script: Script | None = None, **options) -> Iterator[Script]:
    """Run a server until the block ends; ``options`` are aiosmtpd's, such as ``tls_context``."""
    script = script or Script()
    loop = asyncio.new_event_loop()
    handler = Handler(script)

    def conversation() -> SMTP:
        return SMTP(handler, hostname="sink.example.org", loop=loop, enable_SMTPUTF8=True, **options)

    # All of the loop stays in its own thread: a browser that is open in this one keeps a loop running here.
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listening = asyncio.run_coroutine_threadsafe(_listen(conversation), loop).result(5)
    script.port = listening.sockets[0].getsockname()[1]
    try:
        yield script
    finally:
        asyncio.run_coroutine_threadsafe(_hang_up(listening), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _listen(conversation: Callable[[], SMTP]) -> asyncio.Server:
    return await asyncio.get_running_loop().create_server(conversation, "127.0.0.1", 0)


async def _hang_up(listening: asyncio.Server) -> None:
    """Take no more calls, and end every conversation that is still open."""
    listening.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)
