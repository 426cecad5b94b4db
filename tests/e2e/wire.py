"""RESP as it is on the wire: replies with their types, many commands at once, and two servers side by side."""


class Wire:
    """A connection whose replies keep their types: (b"$", b"value"), (b"*", [replies]), (b"_", None)."""

    def __init__(self, client):
        self.socket = client.socket
        self.stream = client.socket.makefile("rb", buffering=1 << 16)

    def send(self, commands):
        parts = []
        for words in commands:
            parts.append(b"*%d\r\n" % len(words))
            parts += [b"$%d\r\n%s\r\n" % (len(w), w) for w in words]
        self.socket.sendall(b"".join(parts))

    def reply(self):
        line = self.stream.readline()
        if not line.endswith(b"\r\n"):
            raise EOFError(f"the server has closed the connection after {line!r}")
        kind, rest = line[:1], line[1:-2]
        if kind in b"$=" and rest != b"-1":
            return kind, self.stream.read(int(rest) + 2)[:-2]
        if kind in b"*%~>" and rest != b"-1":
            return kind, [self.reply() for _ in range(int(rest) * (2 if kind == b"%" else 1))]
        return kind, rest

    def command(self, *words):
        self.send([words_of(words)])
        return self.reply()

    def batch(self, commands):
        self.send(commands)
        return [self.reply() for _ in commands]


def words_of(words):
    return [w if isinstance(w, bytes) else str(w).encode() for w in words]


def sorted_reply(reply, pairs=False):
    """The reply with its elements, or pairs of them, in one order: for those that promise none."""
    kind, value = reply
    if not isinstance(value, list):
        return reply
    if pairs:
        value = [value[i:i + 2] for i in range(0, len(value), 2)]
    return kind, sorted(value, key=repr)
