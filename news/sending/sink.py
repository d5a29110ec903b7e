"""A mail server that takes everything and keeps nothing, to measure sending against: one process, loopback only."""

import argparse
import asyncio


class Sink(asyncio.Protocol):
    """One connection. Answers each command after ``delay`` seconds."""

    delay, pipelining = 0.0, False
    count = 0

    def connection_made(self, transport):
        self.transport, self.buffer, self.in_data = transport, b"", False
        self.answer(b"220 sink\r\n")

    def answer(self, words: bytes):
        """Answer now or after the delay; what is pipelined is answered together."""
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self.transport.write, words)
        else:
            self.transport.write(words)

    def data_received(self, data):
        self.buffer += data
        answers = b""
        while True:
            if self.in_data:
                end = self.buffer.find(b"\r\n.\r\n")
                if end < 0:
                    break
                self.buffer, self.in_data = self.buffer[end + 5 :], False
                Sink.count += 1
                answers += b"250 taken\r\n"
                continue
            line, found, rest = self.buffer.partition(b"\r\n")
            if not found:
                break
            self.buffer = rest
            answers += self.command(line[:4].upper())
        if answers:
            self.answer(answers)

    def command(self, verb: bytes) -> bytes:
        """The answer to one command."""
        if verb == b"EHLO":
            return (
                b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
                if self.pipelining
                else b"250-sink\r\n250 8BITMIME\r\n"
            )
        if verb == b"DATA":
            self.in_data = True
            return b"354 go on\r\n"
        if verb == b"QUIT":
            self.transport.write(b"221 bye\r\n")
            self.transport.close()
            return b""
        if verb == b"XCNT":
            return f"250 {Sink.count}\r\n".encode()
        return b"250 ok\r\n"


async def serve(delay: float, pipelining: bool) -> None:
    """Listen on a free port of the loopback address, print it, and take mail until killed."""
    Sink.delay, Sink.pipelining = delay, pipelining
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--pipelining", action="store_true")
    given = parser.parse_args()
    asyncio.run(serve(given.delay, given.pipelining))
