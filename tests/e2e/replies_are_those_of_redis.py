"""The same commands to redis-server and to us get the same replies and error texts, in RESP2 and RESP3."""

import random

from harness import *

home = Home().issue_usual()
ours = serve(home)
theirs = linked_redis_server(home)

FIXED = """
PING | PING hello | PING a b | ECHO x | ECHO | SELECT 0 | SELECT 99 | SELECT x | SET k v | GET k | GET | GET a b
SET k v NX | SET k v XX | SET k2 v NX | SET k v NX XX | SET k v GET | SET nope v XX GET | SET k v EX 100 | TTL k
SET k v EX 0 | SET k v EX -1 | SET k v EX x | SET k v PX 100000 | SET k v EX 1 PX 1 | SET k v KEEPTTL | TTL k | SET k v BOGUS
SET k v EXAT 99999999999 | SET k v PXAT 1 | GET k | SET k v KEEPTTL EX 1 | SET k v EX
DEL k | DEL k nope k2 | DEL | EXISTS k | EXISTS | MSET a 1 b 2 | MSET a | MSET a 1 b | MGET a b nope | MGET | INCR a | INCR a x
INCRBY a 5 | DECR a | DECRBY a 3 | INCRBY a x | DECRBY a -9223372036854775808 | INCRBY s
SET s abc | INCR s | SET n 9223372036854775807 | INCR n | EXISTS a a b | EXPIRE a 100 | EXPIRE a 100 NX | EXPIRE a 200 XX | TTL a
EXPIRE a 50 GT | EXPIRE a 300 GT | EXPIRE a 100 LT | EXPIRE a 1 BOGUS | EXPIRE a x | EXPIRE nope 1 | EXPIRE b 0 | EXISTS b
EXPIRE a -1 | EXISTS a | TTL nope | TTL s | DBSIZE | DBSIZE x | FLUSHALL | FLUSHALL ASYNC | FLUSHALL BOGUS | DBSIZE
CLIENT GETNAME | CLIENT SETNAME me | CLIENT GETNAME | CLIENT BOGUS | CLIENT | CONFIG | CONFIG GET save | CONFIG GET appendonly
CONFIG GET no-such-directive | CONFIG SET no-such-directive 1 | CONFIG SET maxclients | NOSUCHCOMMAND a b c
nosuch | AUTH x | AUTH default x | HELLO 4 | HELLO 2 BOGUS | HELLO 3 AUTH default | RESET
SET bin \\x00\\xff | GET bin | SET empty "" | GET empty | Set MiXed 1 | gEt MiXed
""".replace("\n", " | ")


def commands():
    for text in FIXED.split("|"):
        if text.strip():
            yield [w.encode().decode("unicode_escape").encode("latin-1") if w != '""' else b"" for w in text.split()]
    random.seed(11)
    keys = [b"k%d" % n for n in range(8)]
    values = [b"1", b"-5", b"abc", b"", b"x" * 1000, b"\x00\xff\r\n", b"9223372036854775806"]
    for _ in range(3000):
        key, value = random.choice(keys), random.choice(values)
        yield random.choice([
            [b"SET", key, value], [b"GET", key], [b"DEL", key, random.choice(keys)], [b"INCR", key], [b"EXISTS", key, key],
            [b"MSET", key, value, random.choice(keys), value], [b"MGET", *keys], [b"TTL", key], [b"EXPIRE", key, b"1000"],
            [b"EXPIRE", key, random.choice([b"500", b"2000", b"-1"]), random.choice([b"NX", b"XX", b"GT", b"LT"])],
            [b"SET", key, value, random.choice([b"NX", b"XX", b"GET", b"KEEPTTL"])], [b"SET", key, value, b"EX", b"1000"],
            [b"DBSIZE"]])


def raw_reply(client):
    """The bytes of one reply, as they came."""
    line = client._line()
    text = line + b"\r\n"
    kind = line[:1]
    if kind in b"$=" and line[1:] != b"-1":
        size = int(line[1:])
        while len(client.buffer) < size + 2:
            client._fill()
        text += client._take(size + 2, size + 2)
    elif kind in b"*%~>" and line[1:] != b"-1":
        for _ in range(int(line[1:]) * (2 if kind == b"%" else 1)):
            text += raw_reply(client)
    return text


for protocol in (2, 3):
    pair = [home.connect(ours.port), home.connect(theirs.port)]
    for client in pair:
        client.send("HELLO", protocol)
        raw_reply(client)
        client.send("FLUSHALL")
        raw_reply(client)
    count = 0
    for command in commands():
        replies = []
        for client in pair:
            client.send(*command)
            replies.append(raw_reply(client))
        # TTL counts down between the two.
        if command[0] == b"TTL" and replies[0][:1] == b":" and int(replies[0][1:]) > 0:
            expect(abs(int(replies[0][1:]) - int(replies[1][1:])) <= 1, f"{command}: {replies}")
        else:
            expect(replies[0] == replies[1], f"RESP{protocol} {command}: ours {replies[0]!r}, Redis {replies[1]!r}")
        count += 1
    expect(count > 3000, count)

# A Redis client library that asks for much at its start.
import redis
for server in (ours, theirs):
    client = redis.Redis(host="localhost", port=server.port, ssl=True, ssl_ca_certs=home.path + "/ca/root.crt",
                         ssl_certfile=home.file("app", "tls.crt"), ssl_keyfile=home.file("app", "tls.key"), client_name="me")
    expect(client.set("a", b"1", ex=100) and client.get("a") == b"1", "python3-redis")
    expect_equal(client.pipeline(transaction=False).incr("a").mget("a", "b").delete("a").execute(), [2, [b"2", None], 1])
    expect_equal(client.client_getname(), "me")
    expect("connected_clients" in client.info(), "INFO")

# requirepass
locked = serve(home, "--requirepass", "secret word")
client = home.connect(locked.port)
expect_equal(client.command("GET", "k"), "-NOAUTH Authentication required.")
expect(client.command("AUTH", "wrong").startswith("-WRONGPASS"), "wrong password")
expect_equal(client.command("AUTH", "secret word"), "+OK")
expect_equal(client.command("GET", "k"), None)
expect_equal(client.command("RESET"), "+RESET")
expect_equal(client.command("GET", "k"), "-NOAUTH Authentication required.")
stranger = home.connect(locked.port)
stranger.socket.sendall(b"*1\r\n$100000\r\n")
expect(stranger.reply().startswith("-ERR Protocol error: "), "a stranger may send large values")
for server in (ours, theirs, locked):
    server.stop()
