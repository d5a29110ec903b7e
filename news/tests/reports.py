"""Bounces and complaints as mail servers write them, about a message and an address of a test's choosing."""

import uuid

ORIGINAL = """From: Durham Safeguarding Children Partnership <noreply@localhost>
To: {address}
Subject: News for April
Message-ID: <{key}@localhost>
List-Unsubscribe: <https://www.example.org/u/x/>
MIME-Version: 1.0

"""

DSN = """From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: bounces@example.org
Subject: Undelivered Mail Returned to Sender
Message-ID: <20250401090000.1@mx.example.net>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="part"

--part
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Tue, 1 Apr 2025 09:00:00 +0100

{groups}
--part
Content-Type: {quoted}

{original}
--part--
"""

GROUP = """Final-Recipient: rfc822; {address}
{extra}Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

"""

ARF = """From: complaints@provider.example
To: bounces@example.org
Subject: FW: News for April
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part"

--part
Content-Type: text/plain; charset=us-ascii

This is an email abuse report.

--part
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Provider/1.0
Version: 1
{rcpt}
--part
Content-Type: {quoted}

{original}
--part--
"""

QMAIL = """From: MAILER-DAEMON@mx.example.net
To: bounces@example.org
Subject: failure notice

Hi. This is the qmail-send program at mx.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{address}>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 No such user
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.

{original}
"""

EXIM = """From: Mail Delivery System <Mailer-Daemon@mx.example.net>
To: bounces@example.org
Subject: Mail delivery failed: returning message to sender
X-Failed-Recipients: {address}

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {address}
    SMTP error from remote mail server after RCPT TO:<{address}>:
    550 5.1.1 no such user

------ This is a copy of the message, including all the headers. ------

{original}
"""

HOLIDAY = """From: {address}
To: noreply@localhost
Subject: Automatic reply: News for April
Auto-Submitted: auto-replied
In-Reply-To: <{key}@localhost>

I am away until 12 May. If a child is in danger, call 999.
"""


def dsn(
    address, key=None, *, action="failed", status="5.1.1", said="550 5.1.1 no such user", extra="", quoted=None
) -> bytes:
    """A report as RFC 3464 has it; without a key nothing is quoted that tells which message it was."""
    key = key or uuid.UUID(int=0)
    quoted = quoted or "text/rfc822-headers"
    group = GROUP.format(address=address, action=action, status=status, said=said, extra=extra)
    original = ORIGINAL.format(address=address, key=key) if key.int else ""
    return DSN.format(groups=group, quoted=quoted, original=original).encode()


def dsn_for_two(one, two) -> bytes:
    """A report about two addresses."""
    groups = "".join(
        GROUP.format(address=a, action="failed", status="5.1.1", said="550 no", extra="") for a in (one, two)
    )
    return DSN.format(groups=groups, quoted="text/rfc822-headers", original="").encode()


def arf(address, key=None, *, kind="abuse", names_address=True, quoted="message/rfc822") -> bytes:
    """A complaint as RFC 5965 has it."""
    original = ORIGINAL.format(address=address, key=key) if key else "Subject: News for April\n\n"
    rcpt = f"Original-Rcpt-To: <{address}>\n" if names_address else ""
    return ARF.format(kind=kind, rcpt=rcpt, quoted=quoted, original=original).encode()


def other(form: str, address, key) -> bytes:
    """A report in a form of the server's own."""
    return form.format(address=address, key=key, original=ORIGINAL.format(address=address, key=key)).encode()
