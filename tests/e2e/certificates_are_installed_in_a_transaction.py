"""CONFIG SET of a certificate within MULTI: the replies of EXEC keep their order, and the certificate is in service when they come."""

from harness import *

home = Home().issue_usual()
for _ in range(3):
    home.run("issue", "server", "redis-1", "--san", "localhost", "--san", "127.0.0.1")
PAIR = ("tls-cert-file", "tls-key-file")


def files(generation):
    return [word for name, file in zip(PAIR, ("tls.crt", "tls.key")) for word in (name, home.file("redis-1", file, generation))]


def transaction(client, *commands):
    expect_equal(client.command("MULTI"), "+OK")
    for command in commands:
        expect_equal(client.command(*command), "+QUEUED")
    return client.command("EXEC")


server = serve_words(home, "--tls-cert-file", home.file("redis-1", "tls.crt", 1), "--tls-key-file", home.file("redis-1", "tls.key", 1),
                     "--tls-ca-cert-file", home.path + "/trust/clients.crt")
on_first = home.connect(server.port)
expect_equal(transaction(on_first, ["CONFIG", "SET", *files(2)], ["ECHO", "x"]), ["+OK", b"x"])
on_second = home.connect(server.port)
expect_equal(on_second.leaf, home.leaf(generation=2))

# The third ends the connections of the first, which takes its time when they don't read.
on_first.send("ECHO", "y" * 100_000)
expect_equal(transaction(on_second, ["SET", "k", "v"], ["CONFIG", "SET", *files(3)], ["ECHO", "x"], ["GET", "k"]), ["+OK", "+OK", b"x", b"v"])
expect_equal(home.connect(server.port).leaf, home.leaf(generation=3), "in service when the reply comes")
expect_equal(on_second.command("ECHO", "still here"), b"still here")

# The fourth ends the one that asks: it gets its replies, all of them.
expect_equal(transaction(on_second, ["CONFIG", "SET", *files(4)], ["ECHO", "x"]), ["+OK", b"x"])
expect_equal(home.connect(server.port).leaf, home.leaf(generation=4))
expect(not on_second.is_alive(), "it had the superseded certificate")

# What is refused changes nothing, and is one of the replies.
on_fourth = home.connect(server.port)
replies = transaction(on_fourth, ["CONFIG", "SET", "tls-cert-file", path("none.crt")], ["ECHO", "x"])
expect(replies[0].startswith("-ERR CONFIG SET failed") and replies[1] == b"x", replies)
expect_equal(home.connect(server.port).leaf, home.leaf(generation=4))
server.stop()
