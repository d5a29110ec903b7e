"""A mailbox that speaks enough IMAP for our reader: login, select, search, fetch, store."""

import contextlib
import re
import socketserver
import threading


class Conversation(socketserver.StreamRequestHandler):
    """One client."""

    def handle(self):
        self.wfile.write(b"* OK ready\r\n")
        for line in self.rfile:
            tag, _, command = line.strip().partition(b" ")
            verb = command.upper()
            if verb.startswith(b"CAPABILITY"):
                self.wfile.write(b"* CAPABILITY IMAP4rev1\r\n")
            elif verb.startswith(b"LOGIN"):
                self.server.signed_in = tuple(part.decode().strip('"') for part in command.split(b" ", 2)[1:])
            elif verb.startswith(b"SELECT"):
                self.wfile.write(f"* {len(self.server.messages)} EXISTS\r\n".encode())
            elif verb.startswith(b"UID SEARCH"):
                unseen = [str(uid) for uid in range(1, len(self.server.messages) + 1) if uid not in self.server.seen]
                self.wfile.write(f"* SEARCH {' '.join(unseen)}\r\n".encode())
            elif verb.startswith(b"UID FETCH"):
                uid = int(command.split()[2])
                content = self.server.messages[uid - 1]
                self.wfile.write(
                    f"* {uid} FETCH (UID {uid} BODY[] {{{len(content)}}}\r\n".encode() + content + b")\r\n"
                )
            elif verb.startswith(b"UID STORE"):
                assert re.search(rb"\+FLAGS \(?\\Seen", command, re.I)
                self.server.seen.add(int(command.split()[2]))
            self.wfile.write(tag + b" OK done\r\n")
            if verb.startswith(b"LOGOUT"):
                return


class Server(socketserver.ThreadingTCPServer):
    """The mailbox."""

    daemon_threads = True


@contextlib.contextmanager
def imap_server(messages: list[bytes]):
    """Serve the messages, all unread, until the block ends."""
    with Server(("127.0.0.1", 0), Conversation) as server:
        server.messages, server.seen, server.signed_in = messages, set(), None
        server.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
