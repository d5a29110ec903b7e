"""One kept connection to the mail server, and what its answers mean.

smtplib opens it (EHLO, STARTTLS, sign-in); the messages go through here, because smtplib asks again for
each step what was answered before, copies the message to double its dots, and knows no PIPELINING
(RFC 2920). Our messages have no line that begins with a dot.
"""

import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from django.conf import settings
from django.core.mail.utils import DNS_NAME

LONGEST_LINE = 8192  # bytes of an answer
FINAL_TIMEOUT = 120  # seconds for the answer to the final dot; a server may look for viruses first


class Outcome(Enum):
    """What an answer means for the message, and for the campaign."""

    SENT = "sent"
    LATER = "later"  # refused for now: try again
    REFUSED = "refused"  # this address, for good
    POLICY = "policy"  # our sender, sign-in or content: nobody's address is to blame
    GONE = "gone"  # no server, before the message was handed over
    UNCERTAIN = "uncertain"  # no answer after the final dot
    WITHDRAWN = "withdrawn"  # not to be sent after all
    UNWRITABLE = "unwritable"  # the message can't be made


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome and the server's words."""

    outcome: Outcome
    words: str = ""


SENT, WITHDRAWN = Answer(Outcome.SENT), Answer(Outcome.WITHDRAWN)
ENHANCED = re.compile(r"^([245])\.(\d{1,3})\.(\d{1,3})\b")
# RFC 3463: X.1.x is the address (but 7 and 8 are the sender's), X.2.x the mailbox, X.4.x the way there.
ADDRESS = re.compile(r"^5\.(1\.(?![78]$)\d+|2\.\d+|4\.\d+|0\.0)$")
ADDRESS_AFTER_DATA = re.compile(r"^5\.(1\.[1236]|1\.10|2\.[0-3])$")


def classify(stage: str, code: int, words: str) -> Outcome:
    """What a reply means. ``stage`` is connect, mail, rcpt, data or dot (after the message)."""
    if code == 421 or (stage == "connect" and code < 500):
        return Outcome.GONE
    if 400 <= code < 500:
        return Outcome.LATER
    enhanced = ENHANCED.match(words)
    status = ".".join(enhanced.groups()) if enhanced else ""
    if stage == "rcpt":
        about_address = bool(ADDRESS.match(status)) if status else code in {550, 551, 552, 553}
        return Outcome.REFUSED if about_address else Outcome.POLICY
    if stage in {"data", "dot"} and ADDRESS_AFTER_DATA.match(status):
        return Outcome.REFUSED
    return Outcome.POLICY


class ServerError(Exception):
    """The connection can't be made; ``answer`` says whether waiting may help."""

    def __init__(self, answer: Answer):
        super().__init__(answer.words)
        self.answer = answer


class Connection:
    """A connection that is kept from message to message. Belongs to one thread."""

    def __init__(self):
        self._smtp = self._open()
        self.sent_before = False
        self._unread = b""
        self._pipelining = self._smtp.has_extn("pipelining")
        self._utf8 = self._smtp.has_extn("smtputf8")

    @staticmethod
    def _open() -> smtplib.SMTP:
        """Open it as the settings say. Asked-for TLS that fails is an error, never plain text instead."""
        kind = smtplib.SMTP
        arguments = {"timeout": settings.EMAIL_TIMEOUT or 20, "local_hostname": DNS_NAME.get_fqdn()}
        context = ssl.create_default_context()
        if settings.EMAIL_USE_SSL:
            kind, arguments = smtplib.SMTP_SSL, {**arguments, "context": context}
        smtp = None
        try:
            smtp = kind(settings.EMAIL_HOST, settings.EMAIL_PORT, **arguments)
            smtp.ehlo_or_helo_if_needed()
            if settings.EMAIL_USE_TLS:
                smtp.starttls(context=context)
                smtp.ehlo()
            if settings.EMAIL_HOST_USER:
                smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
            smtp.sock.setsockopt(6, 1, 1)  # TCP_NODELAY: nothing we send waits for more
        except (OSError, smtplib.SMTPException) as error:
            if smtp is not None:
                smtp.close()
            raise ServerError(_why(error)) from error
        return smtp

    def send(
        self,
        sender: str,
        recipient: str,
        message: bytes,
        *,
        begin: Callable[[], Callable[[], bool]] = lambda: lambda: True,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> Answer:
        """Hand over one message (CRLF lines, none beginning with a dot, ending with CRLF); say what became of it.

        ``begin`` is called while the server looks at the envelope. What it returns is called before DATA,
        and also if it doesn't come to that; False withdraws the message. ``meanwhile`` is called while
        the server looks at the message. After GONE and UNCERTAIN
        the connection can't be used any more.
        """
        envelope = self._envelope(sender, recipient)
        if isinstance(envelope, Answer):
            return envelope if begin()() else WITHDRAWN
        try:
            refused = (self._pipelined if self._pipelining else self._step_by_step)(*envelope, begin)
            if refused:
                return refused
            self._smtp.sock.sendall(message + b".\r\n")
        except OSError as error:
            # The final dot's line never left whole: sendall fails only with some bytes unsent.
            return Answer(Outcome.GONE, _words(error))
        meanwhile()
        return self._final()

    def _final(self) -> Answer:
        try:
            self._smtp.sock.settimeout(max(FINAL_TIMEOUT, settings.EMAIL_TIMEOUT or 0))
            code, words = self._reply()
            self._smtp.sock.settimeout(settings.EMAIL_TIMEOUT or 20)
        except OSError as error:
            return Answer(Outcome.UNCERTAIN, f"No answer after the message: {_words(error)}")
        self.sent_before = True
        if 200 <= code < 300:
            return SENT
        # Even a 421 is an answer here: it says that the message wasn't taken.
        outcome = Outcome.LATER if code < 500 else classify("dot", code, words)
        return Answer(outcome, f"{code} {words}")

    def _envelope(self, sender: str, recipient: str) -> tuple[bytes, bytes] | Answer:
        try:
            address = _wire_address(recipient, self._utf8)
        except ValueError as error:
            return Answer(Outcome.REFUSED, str(error))
        extra = "" if address.isascii() else " SMTPUTF8"
        return f"MAIL FROM:<{sender}>{extra}\r\n".encode(), f"RCPT TO:<{address}>\r\n".encode()

    def _step_by_step(self, mail: bytes, rcpt: bytes, begin: Callable[[], Callable[[], bool]]) -> Answer | None:
        self._smtp.sock.sendall(mail)
        begun = begin()
        try:
            refused = self._expect("mail", 250) or self._ask("rcpt", rcpt, 250, 251)
        finally:
            wanted = begun()
        if not wanted:
            return self._withdraw()
        refused = refused or self._ask("data", b"DATA\r\n", 354)
        return self._refused(*refused) if refused else None

    def _ask(self, stage: str, command: bytes, *expected: int) -> tuple[str, int, str] | None:
        self._smtp.sock.sendall(command)
        return self._expect(stage, *expected)

    def _expect(self, stage: str, *expected: int) -> tuple[str, int, str] | None:
        """None if the server agrees, else what it says instead."""
        code, words = self._reply()
        return None if code in expected else (stage, code, words)

    def _pipelined(self, mail: bytes, rcpt: bytes, begin: Callable[[], Callable[[], bool]]) -> Answer | None:
        self._smtp.sock.sendall(mail + rcpt)
        if not begin()():
            self._reply(), self._reply()
            return self._withdraw()
        self._smtp.sock.sendall(b"DATA\r\n")
        answers = [("mail", *self._reply()), ("rcpt", *self._reply()), ("data", *self._reply())]
        expected = {"mail": (250,), "rcpt": (250, 251), "data": (354,)}
        refused = next((answer for answer in answers if answer[1] not in expected[answer[0]]), None)
        if refused is None:
            return None
        if answers[2][1] == 354:  # it waits for a message that has no recipient: give it an empty one
            self._smtp.sock.sendall(b".\r\n")
            self._reply()
        return self._refused(*refused)

    def _withdraw(self) -> Answer:
        self._smtp.sock.sendall(b"RSET\r\n")
        self._reply()
        return WITHDRAWN

    def _refused(self, stage: str, code: int, words: str) -> Answer:
        outcome = classify(stage, code, words)
        if outcome is not Outcome.GONE:
            self._smtp.sock.sendall(b"RSET\r\n")
            self._reply()
        return Answer(outcome, f"{code} {words}")

    def _reply(self) -> tuple[int, str]:
        words = []
        while True:
            line = self._line()
            words.append(line[4:].strip().decode(errors="replace"))
            if line[3:4] != b"-":
                break
        if not line[:3].isdigit():
            raise ConnectionError("the server doesn't speak SMTP")
        return int(line[:3]), " ".join(words)

    def _line(self) -> bytes:
        while not (end := self._unread.find(b"\n") + 1):
            more = self._smtp.sock.recv(4096)
            if not more or len(self._unread) > LONGEST_LINE:
                raise ConnectionError("the server closed the connection" if not more else "the server talks too much")
            self._unread += more
        line, self._unread = self._unread[:end], self._unread[end:]
        return line

    def close(self, *, politely: bool = True) -> None:
        """Say goodbye, if there is somebody to say it to."""
        try:
            if politely:
                self._smtp.sock.sendall(b"QUIT\r\n")
        except OSError:
            pass
        self._smtp.close()


def _wire_address(address: str, utf8: bool) -> str:
    """The address as the envelope carries it; ValueError where it can't."""
    if re.search(r"[\x00-\x20\x7f<>]", address):
        raise ValueError("The address has characters that no mail server takes.")
    local, at, domain = address.rpartition("@")
    if not local.isascii():
        if not utf8:
            raise ValueError("The mail server takes no addresses with accented letters.")
        return address
    try:
        return local + at + domain.encode("idna").decode()
    except UnicodeError as error:
        raise ValueError("The address's domain isn't a valid one.") from error


def _words(error: Exception) -> str:
    return (getattr(error, "strerror", "") or str(error) or type(error).__name__)[:200]


def _why(error: Exception) -> Answer:
    """What a failure to connect means: POLICY where only a person can help, else GONE."""
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        words = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
        outcome = Outcome.POLICY if error.smtp_code >= 500 else Outcome.GONE
        return Answer(outcome, f"{error.smtp_code} {words}")
    if isinstance(error, smtplib.SMTPNotSupportedError | ssl.SSLError):
        return Answer(Outcome.POLICY, f"No safe connection: {_words(error)}")
    return Answer(Outcome.GONE, _words(error))
