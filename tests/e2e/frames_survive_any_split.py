"""Records and commands that are split or joined anywhere, large values, and clients that don't read."""

from harness import *

home = Home().issue_usual()
server = serve(home)


class Relay:
    """TLS in memory over a raw socket, so that the test decides which bytes go out together."""

    def __init__(self, version=None):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = home.context(version=version).wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
        self.raw = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        self.raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def flush(self, step=None):
        data = self.outgoing.read()
        for at in range(0, len(data), step or max(len(data), 1)):
            self.raw.sendall(data[at : at + (step or len(data))])
            if step == 1:
                time.sleep(0.0002)

    def handshake(self, step=None):
        while True:
            try:
                self.tls.do_handshake()
                return self.flush(step)
            except ssl.SSLWantReadError:
                self.flush(step)
                self.incoming.write(self.raw.recv(65536))

    def read(self, size):
        text = b""
        while len(text) < size:
            try:
                text += self.tls.read(size - len(text))
            except ssl.SSLWantReadError:
                received = self.raw.recv(65536)
                expect(received, "closed")
                self.incoming.write(received)
        return text


for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
    relay = Relay(version)
    relay.handshake(step=1)
    for step in (1, 2, 3, 7, 100):
        relay.tls.write(b"*2\r\n$4\r\nECHO\r\n$10\r\n0123456789\r\n")
        relay.flush(step)
        expect_equal(relay.read(17), b"$10\r\n0123456789\r\n", f"step {step}")

    # A pipeline of 16,385 bytes over two records; 2,000 one-command records in one burst.
    commands = b"PING\r\n" * 2731
    relay.tls.write(commands[:16385])
    relay.tls.write(commands[16385:])
    relay.flush()
    expect_equal(relay.read(7 * 2731), b"+PONG\r\n" * 2731)
    for _ in range(2000):
        relay.tls.write(b"PING\r\n")
    relay.flush()
    expect_equal(relay.read(7 * 2000), b"+PONG\r\n" * 2000)

    # Every position of one cut through a record that holds three commands.
    for cut in range(1, 80):
        relay.tls.write(b"*1\r\n$4\r\nPING\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$1\r\nx\r\n")
        data = relay.outgoing.read()
        relay.raw.sendall(data[:cut])
        relay.raw.sendall(data[cut:])
        expect_equal(relay.read(21), b"+PONG\r\n+PONG\r\n$1\r\nx\r\n", f"cut at {cut}")

# Large values both ways, written while nobody reads.
client = home.connect(server.port)
value = os.urandom(1 << 20) * (8 if SANITIZED else 64)
expect_equal(client.command("SET", "large", value), "+OK")
got = client.command("GET", "large")
expect(got == value, "a large value has changed")
for _ in range(3):
    client.send("GET", "large")
time.sleep(0.3)
expect(all(client.reply() == value for _ in range(3)), "a large value has changed on the way to a slow reader")

# A client that sends its whole pipeline before it reads the first reply, as many do.
pipeline = home.connect(server.port)
payload = os.urandom(65536)
for _ in range(60 if SANITIZED else 400):
    pipeline.send("ECHO", payload)
expect(all(pipeline.reply() == payload for _ in range(60 if SANITIZED else 400)), "a reply of a long pipeline has changed")

# A client that sends and never reads is not read from any more, and hurts nobody.
deaf = home.connect(server.port)
deaf.socket.settimeout(0.5)
try:
    for _ in range(3000):
        deaf.send("GET", "large")
except (TimeoutError, ssl.SSLError, OSError):
    pass
expect(home.connect(server.port).is_alive(), "a deaf client has stopped the server")
memory = int([line for line in read(f"/proc/{server.process.pid}/status").split("\n") if "VmRSS" in line][0].split()[1])
expect(SANITIZED or memory < 700_000, f"a deaf client costs memory without bound: {memory} kB")

# Garbage, plaintext, and peers that vanish.
for junk in (b"PING\r\n", b"GET / HTTP/1.0\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"x" * 100, os.urandom(1000)):
    raw = socket.create_connection(("127.0.0.1", server.port))
    raw.sendall(junk)
    raw.settimeout(5)
    try:
        while raw.recv(1000):
            pass
    except ConnectionError:
        pass
for _ in range(50):
    vanishing = Relay()
    vanishing.handshake()
    vanishing.tls.write(b"GET large\r\n")
    vanishing.flush()
    vanishing.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    vanishing.raw.close()
expect(home.connect(server.port).is_alive(), "the server was hurt")

# Protocol errors end the connection with Redis' words.
for bad, words in ((b"*abc\r\n", "-ERR Protocol error: invalid multibulk length"),
                   (b"*1\r\n$-5\r\n", "-ERR Protocol error: invalid bulk length"),
                   (b"*1\r\n:1\r\n", "-ERR Protocol error"),
                   (b'PING "x\r\n', "-ERR Protocol error: unbalanced quotes in request")):
    client = home.connect(server.port)
    client.socket.sendall(bad)
    reply = client.reply()
    expect(reply.startswith(words), reply)
    expect(not client.is_alive(), "the connection goes on after a protocol error")
server.stop()
