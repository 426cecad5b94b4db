"""Several clients at once, with redis-server and with us: transactions with WATCH, publish and subscribe, and commands that wait.
The same steps give the same replies and messages, in RESP2 and RESP3."""

from harness import *
from wire import Wire, words_of

STEPS = int(os.environ.get("STEPS", 4000))
home = Home().issue_usual()
SERVERS = (serve(home), linked_redis_server(home))
random.seed(int(os.environ.get("SEED", 1)))


class Side:
    """The same client of both servers."""

    def __init__(self, protocol):
        self.wires = [Wire(home.connect(server.port)) for server in SERVERS]
        self.protocol = protocol
        self.marks = 0
        self.hello()

    def hello(self):
        for wire in self.wires:
            wire.command("HELLO", str(self.protocol))

    def same(self, replies, what):
        expect(replies[0] == replies[1], f"RESP{self.protocol} {what}:\nours  {replies[0]!r}\nRedis {replies[1]!r}")
        return replies[0]

    def ask(self, *words):
        return self.same([wire.command(*words) for wire in self.wires], words)

    def send(self, *words):
        for wire in self.wires:
            wire.send([words_of(words)])

    def reply(self, what):
        return self.same([wire.reply() for wire in self.wires], what)

    def all_until_mark(self, what):
        """Whatever has come, replies and messages, until a PING is answered."""
        self.marks += 1
        mark = b"mark-%d" % self.marks
        self.send("PING", mark)
        came = []
        for wire in self.wires:
            came.append([])
            while mark not in repr(came[-1][-1:]).encode():
                came[-1].append(wire.reply())
        # Several patterns that fit are told in no order.
        told = [[reply for reply in one if b"pmessage" in repr(reply).encode()] for one in came]
        expect_equal(*[sorted(one, key=repr) for one in told], f"RESP{self.protocol} messages of patterns after {what}")
        return self.same([[reply for reply in one if reply not in told[0]] for one in came], what)


def transactions(protocol):
    sides = [Side(protocol) for _ in range(3)]
    keys = ["a", "b", "c"]
    calls = [["MULTI"], ["EXEC"], ["EXEC"], ["DISCARD"], ["WATCH", "K"], ["WATCH", "K", "K"], ["UNWATCH"], ["INCR", "K"], ["SET", "K", "v"],
             ["GET", "K"], ["DEL", "K"], ["RPUSH", "K", "x"], ["BLPOP", "K", "1"], ["NOSUCH"], ["GET"], ["FLUSHALL"], ["PERSIST", "K"],
             ["EXPIRE", "K", "100"], ["PEXPIRE", "K", "-1"], ["RENAME", "K", "K"], ["SUBSCRIBE_", "x"], ["PUBLISH", "x", "y"], ["ECHO", "K"],
             ["LMPOP", "1", "K", "LEFT"], ["HSET", "K", "f", "v"], ["SELECT", "0"], ["RESET"], ["CLIENT", "GETNAME"], ["SETRANGE", "K", "0", ""]]
    in_multi = [False] * len(sides)
    ends = {"0": 0, "+": 0}
    for _ in range(STEPS):
        at = random.randrange(len(sides))
        words = [random.choice(keys) if word == "K" else word for word in random.choice(calls)]
        if words[0] == "BLPOP" and not in_multi[at]:
            continue  # it would wait
        reply = sides[at].ask(*words)
        if words[0] == "RESET":
            sides[at].hello()
        if words[0] == "EXEC" and in_multi[at]:
            ends["+" if reply[0] == b"*" and isinstance(reply[1], list) else "0"] += 1
        if reply[0] != b"-" or words[0] == "EXEC":
            in_multi[at] = {"MULTI": True, "EXEC": False, "DISCARD": False, "RESET": False}.get(words[0], in_multi[at])
    expect(min(ends.values()) > STEPS // 400, f"transactions that were executed and that were not: {ends}")


def messages(protocol):
    publisher = Side(protocol)
    sides = [Side(protocol) for _ in range(3)]
    channels, patterns = ["news", "new", "sport", ""], ["n*", "*", "new?", "[ns]*"]
    received = 0
    for _ in range(STEPS):
        kind = random.choice(["", "", "P", "S"])
        names = random.choices(patterns if kind == "P" else channels, k=random.randint(1, 2))
        if random.random() < 0.5:
            publisher.ask(random.choice(["PUBLISH", "PUBLISH", "SPUBLISH"]), random.choice(channels), "hello")
        elif random.random() < 0.2:
            publisher.ask("PUBSUB", random.choice(["NUMSUB", "SHARDNUMSUB"]), *names)
            publisher.ask("PUBSUB", "NUMPAT")
        side = random.choice(sides)
        call = [kind + random.choice(["SUBSCRIBE", "UNSUBSCRIBE"]), *names]
        if call[0] in ("UNSUBSCRIBE", "PUNSUBSCRIBE") and random.random() < 0.3:
            call = call[:1] + names[:1]
        if random.random() < 0.1:
            call = random.choice([["GET", "x"], ["PING"], ["CLIENT", "ID_"], ["RESET"]])
        side.send(*call)
        if call[0] == "RESET":
            side.all_until_mark(call)
            side.hello()
        for each in sides:
            received += len(each.all_until_mark(call)) - 1
    expect(received > STEPS, received)


def waiting(protocol):
    """Who waits is served in the order in which they came, by whatever fills the key."""
    waiters = [Side(protocol) for _ in range(4)]
    admin = Side(protocol)

    def waits(side, *words):
        before = int(blocked_clients())
        side.send(*words)
        wait_until(lambda: int(blocked_clients()) == before + 1, f"{words} to wait")

    def blocked_clients():
        counts = []
        for wire in admin.wires:
            text = wire.command("INFO", "clients")[1].decode()
            counts.append(next(line.split(":")[1] for line in text.splitlines() if line.startswith("blocked_clients")))
        return counts[0] if counts[0] == counts[1] else "-1"

    for fill, call in ((["RPUSH", "q", "1", "2", "3", "4"], ["BLPOP", "other", "q", "0"]), (["LPUSH", "q", "1", "2", "3", "4"], ["BRPOP", "q", "9"]),
                       (["ZADD", "q", "1", "a", "2", "b", "3", "c", "4", "d"], ["BZPOPMIN", "q", "0"]),
                       (["ZADD", "q", "1", "a", "2", "b", "3", "c", "4", "d"], ["BZMPOP", "0", "2", "none", "q", "MAX"]),
                       (["RPUSH", "q", "1", "2", "3", "4"], ["BLMPOP", "0", "1", "q", "RIGHT"]),
                       (["RPUSH", "q", "1", "2", "3", "4"], ["BLMOVE", "q", "target", "LEFT", "RIGHT", "0"])):
        for waiter in waiters:
            waits(waiter, *call)
        admin.ask("SET", "q", "no list")
        admin.ask("DEL", "q")
        admin.ask(*fill)
        for waiter in waiters:
            waiter.reply(call)
        admin.ask("EXISTS", "q")
        admin.ask("LRANGE", "target", "0", "-1")
        admin.ask("FLUSHALL")
    # A transaction that fills and takes away again serves nobody; a rename and a chain of moves do.
    waits(waiters[0], "BLPOP", "q", "0")
    for words in (["MULTI"], ["RPUSH", "q", "x"], ["DEL", "q"], ["EXEC"], ["RPUSH", "from", "y"], ["RENAME", "from", "q"]):
        admin.ask(*words)
    waiters[0].reply("BLPOP by RENAME")
    waits(waiters[0], "BLMOVE", "one", "two", "LEFT", "LEFT", "0")
    waits(waiters[1], "BLMOVE", "two", "three", "LEFT", "LEFT", "0")
    waits(waiters[2], "BLPOP", "three", "0")
    admin.ask("RPUSH", "one", "z")
    for waiter in waiters[:3]:
        waiter.reply("a chain of moves")
    # Timeouts, CLIENT UNBLOCK, and wrong types.
    for call in (["BLPOP", "q", "0.1"], ["BLMOVE", "q", "t", "LEFT", "LEFT", "0.1"], ["BZPOPMAX", "q", "0.1"], ["BLMPOP", "0.1", "1", "q", "LEFT"],
                 ["BRPOPLPUSH", "q", "t", "0.1"], ["BLPOP", "q", "-1"], ["BLPOP", "q", "x"]):
        waiters[0].ask(*call)
    ids = [wire.command("CLIENT", "ID")[1] for wire in waiters[0].wires]
    for more in ([], ["TIMEOUT"], ["ERROR"]):
        waits(waiters[0], "BLPOP", "q", "0")
        expect_equal([wire.command("CLIENT", "UNBLOCK", number, *more) for wire, number in zip(admin.wires, ids)], [(b":", b"1")] * 2, "UNBLOCK")
        waiters[0].reply(f"CLIENT UNBLOCK {more}")
    admin.ask("SET", "text", "x")
    waiters[0].ask("BLPOP", "text", "1")
    waits(waiters[0], "BLMOVE", "q", "text", "LEFT", "LEFT", "0")
    admin.ask("RPUSH", "q", "x")
    waiters[0].reply("BLMOVE to a text")
    admin.ask("FLUSHALL")
    # One that has gone is not served.
    waits(waiters[3], "BLPOP", "q", "0")
    for wire in waiters[3].wires:
        wire.stream.close()
        wire.socket.close()
    wait_until(lambda: blocked_clients() == "0", "the one that has gone to be forgotten")
    expect_equal(admin.ask("RPUSH", "q", "kept"), (b":", b"1"), "what it would have got stays")


for protocol in (2, 3):
    transactions(protocol)
    messages(protocol)
    waiting(protocol)
for server in SERVERS:
    server.stop()
