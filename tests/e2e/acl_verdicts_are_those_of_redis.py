"""The same ACL SETUSER lines, commands and keys, to redis-server and to us: the same users, and the same verdicts."""

import random

from harness import *
from wire import Wire, words_of

ROUNDS = int(os.environ.get("ROUNDS", 1500))

home = Home().issue_usual()
ours = serve(home)
theirs = linked_redis_server(home)
wires = [Wire(home.connect(server.port)) for server in (ours, theirs)]

RULES = r"""
on off nopass >secret >other <secret <none resetpass #2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b #12 !12
~* ~k* ~k1 %R~k* %W~k* %RW~k2 %R~* %W~* %X~k %R~ %~k allkeys resetkeys ~k[12] ~
&* &ch* &chan allchannels resetchannels & +@all -@all allcommands nocommands +@read -@read +@write -@write +@string -@string
+@hash -@hash +@list +@set +@sortedset -@sortedset +@keyspace -@keyspace +@dangerous -@dangerous +@admin -@admin +@fast -@fast +@slow
+@pubsub -@pubsub +@connection -@connection +@transaction -@transaction +@blocking -@blocking +@bitmap +@stream -@scripting +@nosuch -@nosuch
+get -get +GET +set -set +mget +del -del +hset -hset +lpush +lmove -lmove +zadd +zunionstore -zunionstore +sunionstore +copy -copy
+config -config +config|get -config|get -config|set +config|nosuch +client|id -client|kill +client +acl|whoami -acl +acl +select|0 +get|x
-select|0 +nosuch -nosuch +ping -ping +publish +subscribe +multi +exec +auth -auth +keys -keys +info -info
(+get\x20~k1) (+@read\x20~k*\x20&ch*) (-@all\x20+set\x20%W~k2) (+nosuch) (~k1 ()  (+get\x20(+set)) clearselectors reset
sanitize-payload skip-sanitize-payload nosuch + - @all
""".split()
RULES = [rule.encode().decode("unicode_escape") for rule in RULES]

CALLS = """
GET k1 | GET x | SET k1 v | SET x v | SET k1 v GET | MGET k1 k2 | MGET k1 x | MSET k1 1 k2 2 | DEL k1 | EXISTS k1 x | HSET k3 f v | HGET k3 f | HGETALL x
LPUSH k1 v | LMOVE k1 k2 LEFT RIGHT | LMOVE k1 x LEFT RIGHT | LMOVE x k1 LEFT RIGHT | RPOPLPUSH k1 x | ZADD k1 1 a | ZUNIONSTORE k1 2 k2 k3
ZUNIONSTORE x 1 k1 | ZUNIONSTORE k1 1 x | ZUNION 2 k1 x | SUNIONSTORE k1 k2 x | SINTERCARD 1 x | SINTERCARD 2 k1 k2 | COPY k1 k2 | COPY k1 x | COPY x k1 | RENAME k1 k2
SMOVE k1 x m | LMPOP 1 k1 LEFT | LMPOP 2 k1 x LEFT | BLPOP k1 x 1 | BZMPOP 1 1 k1 MIN | GETEX k1 | GETDEL x | APPEND k1 v | SETRANGE k1 0 v | BITCOUNT k1 | SETBIT k1 0 1
STRLEN x | TYPE x | TTL x | LLEN x | KEYS * | SCAN 0 | DBSIZE | FLUSHALL | RANDOMKEY | CONFIG GET port | CONFIG SET port 1 | CONFIG RESETSTAT | CLIENT ID
CLIENT LIST | CLIENT KILL 1.1.1.1:1 | ACL WHOAMI | ACL LIST | SELECT 0 | SELECT 1 | INFO | COMMAND | COMMAND COUNT | PING | ECHO x | AUTH a | MULTI | EXEC | WATCH x | WATCH k1
PUBLISH chan m | PUBLISH other m | SUBSCRIBE chan | SUBSCRIBE chan other | PSUBSCRIBE ch* | PSUBSCRIBE c* | SPUBLISH chan m | SSUBSCRIBE other | UNSUBSCRIBE other | PUBSUB CHANNELS
ZRANGESTORE k1 x 0 1 | ZRANGESTORE x k1 0 1 | HRANDFIELD k1 | LINSERT k1 BEFORE a b | EXPIRE k1 10 | PERSIST x | SORT_ x | GET | NOSUCH k1 | TIME | ROLE | SHUTDOWN | HELLO 2
""".replace("\n", " | ")
CALLS = [call.split() for call in CALLS.split("|") if call.split()]


def both(*words):
    replies = [wire.command(*words) for wire in wires]
    expect(replies[0] == replies[1], f"{words}: ours {replies[0]!r}, Redis {replies[1]!r}")
    return replies[0]


def without_commands(described):
    """Redis 7.0 makes up the rules for the commands from what they come to, in its own table; 7.2 and we keep those given."""
    kind, fields = described
    if not isinstance(fields, list):
        return described  # there is no such user
    kept = []
    for name, value in zip(fields[::2], fields[1::2]):
        if name[1] == b"selectors":
            value = value[0], [without_commands(selector) for selector in value[1]]
        kept.append((name, name if name[1] == b"commands" else value))
    return kind, kept


def same_user(name, history):
    replies = [without_commands(wire.command("ACL", "GETUSER", name)) for wire in wires]
    expect(replies[0] == replies[1], f"after {history}:\nours  {replies[0]!r}\nRedis {replies[1]!r}")


random.seed(int(os.environ.get("SEED", 1)))
verdicts = {}
for round in range(ROUNDS):
    history = []
    name = f"u{round % 5}"
    if random.random() < 0.7:
        both("ACL", "SETUSER", name, "reset")
        history.append("reset")
    if random.random() < 0.5:
        common = random.sample(["+@all", "~*", "&*", "+@read", "~k*", "+@write", "on", "+get", "&ch*"], 3)
        both("ACL", "SETUSER", name, *common)
        history += common
    for _ in range(random.randint(1, 5)):
        rules = random.sample(RULES, random.randint(1, 2))
        history += rules
        replies = [wire.command("ACL", "SETUSER", name, *rules) for wire in wires]
        expect(replies[0] == replies[1], f"after {history}: ours {replies[0]!r}, Redis {replies[1]!r}")
    same_user(name, history)
    batch = [words_of(["ACL", "DRYRUN", name, *call]) for call in random.sample(CALLS, 60)]
    for call, one, other in zip(batch, *[wire.batch(batch) for wire in wires]):
        expect(one == other, f"after {history}, {call}: ours {one!r}, Redis {other!r}")
        verdicts[other[0]] = verdicts.get(other[0], 0) + 1
expect(min(verdicts[b"+"], verdicts[b"$"]) > ROUNDS, verdicts)
