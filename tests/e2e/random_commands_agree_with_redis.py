"""100,000 random commands over every type, in RESP2 and in RESP3: redis-server and we reply the same, and have the same keys."""

import random

from harness import *
from wire import Wire, sorted_reply, words_of

COMMANDS_PER_PROTOCOL = int(os.environ.get("COMMANDS", 100_000))
BATCH = 100

home = Home().issue_usual()
ours = serve(home)
theirs = linked_redis_server(home, "--databases", "1")

# A word of a template stands for a random one; the others are themselves. [a|b] is one of them, or nothing with an
# empty choice.  {x} repeats up to four times.
POOLS = {
    "STR": ["s1", "s2", "s3", "s4"], "HASH": ["h1", "h2", "h3"], "LIST": ["l1", "l2", "l3"], "SETK": ["t1", "t2", "t3"],
    "ZSET": ["z1", "z2", "z3", "z4"],
    "VALUE": ["1", "-5", "abc", "", "x" * 200, b"\x00\xff\r\n", "9223372036854775806", "3.5", "1e3", " 1", "01", "0"],
    "FIELD": ["f1", "f2", "f3", "f4", "", b"\xfe\x00"], "MEMBER": ["a", "b", "c", "d", "e", "ab", "", "10", b"\x80"],
    "SCORE": ["0", "1", "2", "-1", "1.5", "inf", "-inf", "3e2", "0.1", "1e300", "abc", "nan", "", "1e17", "123456789012"],
    "INT": ["0", "1", "2", "-1", "-2", "5", "100", "-100", "abc", "", "9223372036854775807", "-9223372036854775808", "1.0", "01"],
    "SMALL": ["0", "1", "2", "3", "-1", "-2", "x"], "POPS": ["0", "1", "2", "10", "-1", "x"],
    "FLOAT": ["1", "0.1", "-2.5", "1e10", "inf", "nan", "abc", "", "0", "1e-7", "12345678.9"],
    "MIN": ["-inf", "0", "(0", "1", "(1", "abc", "(", "2.5", "-1"], "MAX": ["+inf", "inf", "2", "(2", "1.5", "(inf", "x", "0"],
    "LEXMIN": ["-", "[a", "(a", "[b", "a", "+", "[", "("], "LEXMAX": ["+", "[c", "(c", "[z", "z", "-", "[", "("],
    "WHEN": ["EX 1000", "PX 1000000", "EXAT 99999999999", "PXAT 99999999999000", "KEEPTTL", "EX 0", "EX x", "EX", "PERSIST", ""],
    "MILLISECONDS": ["any", "any", "-1", "0", "x", "9223372036854775807"],
    "SECONDS": ["any", "any", "any", "-1", "0", "x", "9223372036854775807", "99999999999999999"],
    "LIMIT": ["LIMIT 0 2", "LIMIT 1 1", "LIMIT 1 -1", "LIMIT -1 2", "LIMIT 0", "LIMIT x y", "", "", ""],
    "SCORES": ["WITHSCORES", "", "", "withscores", "BOGUS"],
    "AGGREGATE": ["AGGREGATE SUM", "AGGREGATE MIN", "AGGREGATE MAX", "AGGREGATE X", "", "", ""],
    "WEIGHTS": ["WEIGHTS 2 3", "WEIGHTS 1.5 -1", "WEIGHTS 1", "WEIGHTS x y", "", "", "", "WEIGHTS inf 0"],
}
POOLS["KEY"] = sum((POOLS[kind] for kind in ("STR", "HASH", "LIST", "SETK", "ZSET")), ["nope", "nope2"])

TEMPLATES = """
SET STR VALUE [NX|XX|GET|KEEPTTL|] [EX 1000|PX 900000|GET|XX|BOGUS||]
SET STR VALUE WHEN
GET STR | GETDEL STR | GETSET STR VALUE | GETEX STR WHEN | APPEND STR VALUE | STRLEN STR | SETNX STR VALUE | SETEX STR SECONDS VALUE
PSETEX STR MILLISECONDS VALUE | MSET STR VALUE STR VALUE | MSETNX STR VALUE STR VALUE | MSET STR VALUE STR | MGET STR KEY KEY
INCR STR | DECR STR | INCRBY STR INT | DECRBY STR INT | INCRBYFLOAT STR FLOAT | GETRANGE STR SMALL INT | SETRANGE STR SMALL VALUE
SUBSTR STR INT INT | SETBIT STR [0|1|7|100|-1|x|4294967296] [0|1|2] | GETBIT STR [0|1|7|100|-1|x] | BITCOUNT STR
BITCOUNT STR INT INT [BYTE|BIT|BOGUS|] | BITCOUNT STR INT
SET STR [5|10|abc|3.0e3] | SET STR [5|10|-7]
DEL KEY | DEL KEY KEY nope | UNLINK KEY | EXISTS KEY KEY | TOUCH KEY KEY | TYPE KEY | EXPIRE KEY SECONDS [NX|XX|GT|LT||BOGUS] [XX||||]
PEXPIRE KEY MILLISECONDS [NX|XX|GT|LT||] | EXPIREAT KEY [99999999999|1|x|-1|99999999998] [GT|LT|NX|] | PEXPIREAT KEY [99999999999000|1|x] | PERSIST KEY | TTL KEY | PTTL KEY
EXPIRETIME KEY | PEXPIRETIME KEY | RENAME KEY KEY | RENAMENX KEY KEY | COPY KEY KEY [REPLACE|DB 0|BOGUS|] [REPLACE|] | DBSIZE | KEYS [*|s*|?1|[hl]1|nope*|\\*]
HSET HASH FIELD VALUE | HSET HASH FIELD VALUE FIELD VALUE | HSET HASH FIELD VALUE FIELD | HMSET HASH FIELD VALUE FIELD VALUE | HSETNX HASH FIELD VALUE
HGET HASH FIELD | HMGET HASH FIELD FIELD | HGETALL HASH | HKEYS HASH | HVALS HASH | HLEN HASH | HDEL HASH FIELD FIELD | HEXISTS HASH FIELD | HSTRLEN HASH FIELD
HINCRBY HASH FIELD INT | HINCRBYFLOAT HASH FIELD FLOAT | HSET HASH FIELD [5|10|abc|2.5] | HRANDFIELD HASH 0 | HRANDFIELD HASH x | HRANDFIELD HASH 100 WITHVALUES
HRANDFIELD HASH 100 | HRANDFIELD HASH -9223372036854775808 | HRANDFIELD HASH 1 BOGUS
LPUSH LIST {VALUE} | RPUSH LIST {VALUE} | LPUSHX LIST VALUE | RPUSHX LIST {VALUE} | LPOP LIST | RPOP LIST | LPOP LIST POPS | RPOP LIST POPS | LLEN LIST
LRANGE LIST INT INT | LINDEX LIST INT | LSET LIST INT VALUE | LREM LIST SMALL VALUE | LTRIM LIST SMALL INT | LINSERT LIST [BEFORE|AFTER|MID] VALUE VALUE
LMOVE LIST LIST [LEFT|RIGHT|UP] [LEFT|RIGHT] | RPOPLPUSH LIST LIST | LPOS LIST VALUE [RANK 1|RANK -1|RANK 0|RANK 2|RANK x||] [COUNT 0|COUNT 2|COUNT -1||] [MAXLEN 2|MAXLEN 0|MAXLEN -1||]
LMPOP [1|2|3|0|x] LIST LIST [LEFT|RIGHT|UP] [COUNT 2|COUNT 0|COUNT x||] | BLPOP LIST LIST 0.01x | BLPOP LIST LIST -1
SADD SETK {MEMBER} | SREM SETK {MEMBER} | SCARD SETK | SISMEMBER SETK MEMBER | SMISMEMBER SETK MEMBER MEMBER | SMEMBERS SETK | SMOVE SETK SETK MEMBER
SINTER SETK SETK | SUNION SETK SETK | SDIFF SETK SETK | SINTERSTORE SETK SETK SETK | SUNIONSTORE SETK SETK SETK | SDIFFSTORE SETK SETK SETK
SINTERCARD [1|2|0|x|3] SETK SETK [LIMIT 1|LIMIT 0|LIMIT -1|LIMIT x||BOGUS] | SPOP SETK [0|-1|x|100] | SRANDMEMBER SETK [0|100|x|-9223372036854775808]
ZADD ZSET SCORE MEMBER | ZADD ZSET SCORE MEMBER SCORE MEMBER | ZADD ZSET [NX|XX|GT|LT|CH|INCR] [NX|XX|CH|INCR|GT|LT|] SCORE MEMBER
ZADD ZSET [NX|XX||] [CH|] [GT|LT||] SCORE MEMBER SCORE MEMBER | ZADD ZSET 1 | ZADD ZSET NX 1 | ZADD ZSET 1 a 2
ZINCRBY ZSET SCORE MEMBER | ZSCORE ZSET MEMBER | ZMSCORE ZSET MEMBER MEMBER | ZRANK ZSET MEMBER | ZREVRANK ZSET MEMBER | ZCARD ZSET | ZREM ZSET {MEMBER}
ZCOUNT ZSET MIN MAX | ZRANGE ZSET INT INT [REV|] SCORES | ZRANGE ZSET MIN MAX BYSCORE LIMIT SCORES | ZRANGE ZSET MAX MIN BYSCORE REV LIMIT SCORES
ZRANGE ZSET INT INT LIMIT 0 1 | ZREVRANGE ZSET INT INT SCORES | ZRANGEBYSCORE ZSET MIN MAX SCORES LIMIT | ZREVRANGEBYSCORE ZSET MAX MIN SCORES LIMIT
ZPOPMIN ZSET POPS | ZPOPMAX ZSET POPS | ZPOPMIN ZSET | ZPOPMAX ZSET | ZREMRANGEBYRANK ZSET INT SMALL | ZREMRANGEBYSCORE ZSET MIN MAX
ZMPOP [1|2|0|x] ZSET ZSET [MIN|MAX|MID] [COUNT 2|COUNT 0||] | ZRANGESTORE ZSET ZSET SMALL INT [REV|] | ZRANGESTORE ZSET ZSET MIN MAX BYSCORE LIMIT
ZUNIONSTORE ZSET 2 [ZSET|SETK] ZSET WEIGHTS AGGREGATE | ZINTERSTORE ZSET 2 ZSET [ZSET|SETK] WEIGHTS AGGREGATE | ZDIFFSTORE ZSET 2 ZSET ZSET
ZUNION 2 ZSET [ZSET|SETK] WEIGHTS AGGREGATE SCORES | ZINTER 2 ZSET ZSET WEIGHTS AGGREGATE SCORES | ZDIFF 2 ZSET ZSET SCORES | ZDIFF [0|x|9] ZSET ZSET
ZINTERCARD [1|2|0|x] ZSET ZSET [LIMIT 1|LIMIT 0|LIMIT -1|] | ZRANDMEMBER ZSET [0|x|100] | ZRANDMEMBER ZSET 100 [WITHSCORES|BOGUS]
ZADD lex 0 MEMBER | ZREM lex MEMBER | ZRANGEBYLEX lex LEXMIN LEXMAX LIMIT | ZREVRANGEBYLEX lex LEXMAX LEXMIN LIMIT | ZLEXCOUNT lex LEXMIN LEXMAX
ZREMRANGEBYLEX lex LEXMIN [[a|(a|-] | ZRANGE lex LEXMIN LEXMAX BYLEX LIMIT SCORES | ZRANGE lex LEXMAX LEXMIN BYLEX REV LIMIT
ZADD ZSET 1 a 2 b 3 c 4 d | SADD SETK a b c d 1 2 3 | RPUSH LIST a b c d e 1 2 | HSET HASH f1 1 f2 2 f3 x
MULTI | EXEC | DISCARD | WATCH KEY KEY | UNWATCH | MULTI | EXEC | EXEC
GET KEY | HGET KEY FIELD | LPUSH KEY VALUE | SADD KEY MEMBER | ZADD KEY SCORE MEMBER | INCR KEY | APPEND KEY VALUE | HSET KEY FIELD VALUE | LRANGE KEY 0 -1
ZRANGE KEY 0 -1 | SMEMBERS KEY | HLEN KEY | SINTER KEY KEY | ZUNION 2 KEY KEY | LMOVE KEY KEY LEFT RIGHT | SMOVE KEY KEY MEMBER | SUNIONSTORE KEY KEY KEY
GET | SET STR | HSET HASH | HSET HASH f | LPUSH LIST | ZADD ZSET | SADD SETK | DEL | ZRANGE ZSET 0 | LMOVE LIST LIST LEFT | EXPIRE KEY | COPY KEY | BOGUS KEY VALUE
SELECT [0|1|x|-1|99] | ECHO VALUE | PING | PING VALUE | PING a b | TYPE | PUBLISH ch VALUE | CLIENT [GETNAME|BOGUS|SETNAME]
PUBSUB [NUMPAT|CHANNELS|BOGUS|NUMSUB] | PUBSUB NUMSUB ch | PUBSUB SHARDNUMSUB ch | COMMAND [BOGUS|GETKEYS] | COMMAND GETKEYS [SET k v|MSET a 1 b 2|ZUNION 2 a b|GET|NOPE a|ZUNIONSTORE d 2 a b|PING|LMPOP 2 a b LEFT|BLPOP a b 0|EXEC]
SCAN [x|abc|18446744073709551616] | SCAN 0 COUNT [0|x|1000] | SCAN 0 MATCH [s*|nope] COUNT 1000 | SCAN 0 TYPE [set|zset|string|nope] COUNT 1000
HSCAN HASH 0 COUNT 1000 | SSCAN SETK 0 COUNT 1000 | ZSCAN ZSET 0 COUNT 1000 | HSCAN HASH 0 MATCH [f*|f1] COUNT 1000 | SSCAN KEY x | HSCAN HASH 0 BOGUS
FLUSHALL BOGUS | HELLO [x|4] | AUTH | AUTH nobody VALUE | ACL WHOAMI | ACL BOGUS | ACL CAT bogus
""".strip().replace("\n", " | ")


def choice_words(template):
    """The words of a template; a [choice|of words] is one word."""
    words, rest = [], template.strip()
    while rest:
        if rest.startswith("[") :
            end = rest.index("]", 2) if not rest.startswith("[[a") and not rest.startswith("[*") else rest.rindex("]")
            words.append(rest[1:end].split("|"))
            rest = rest[end + 1:].lstrip()
        else:
            word, _, rest = rest.partition(" ")
            words.append(word)
            rest = rest.lstrip()
    return words


def split_templates(text):
    """At every bar that is not within brackets."""
    parts, depth, part = [], 0, ""
    for i, c in enumerate(text):
        if text.startswith(" | ", i) and depth == 0:
            parts.append(part)
            part = ""
            continue
        depth += (c == "[" and text[i - 1] in " ") - (c == "]" and (text[i + 1:i + 2] in ("", " ")))
        part += c
    return [choice_words(p.lstrip("| ")) for p in parts + [part] if p.strip("| ")]


ALL = split_templates(TEMPLATES)


def expand(word):
    if isinstance(word, list):
        word = random.choice(word)
        return [w for part in word.split() for w in expand(part)]
    if word.startswith("{") and word.endswith("}"):
        return [w for _ in range(random.randint(1, 4)) for w in expand(word[1:-1])]
    if word in POOLS:
        value = random.choice(POOLS[word])
        if value == "any":  # never twice the same: which of two equal ones is later (GT) is a matter of milliseconds
            return [str(random.randrange(10**3, 10**7) * (1000 if word == "MILLISECONDS" else 1))]
        if word in ("WHEN", "LIMIT", "SCORES", "AGGREGATE", "WEIGHTS"):
            return value.split()
        return [value]
    return [word]


def random_command():
    words = words_of([w for word in random.choice(ALL) for w in expand(word)])
    return words if words else [b"PING"]


UNORDERED = {b"KEYS", b"SMEMBERS", b"SINTER", b"SUNION", b"SDIFF", b"HKEYS", b"HVALS", b"SPOP", b"SRANDMEMBER", b"ZRANDMEMBER"}
CLOCKS = {b"TTL": 1, b"PTTL": 5000, b"EXPIRETIME": 1, b"PEXPIRETIME": 5000}


def with_float_scores(scanned):
    kind, (cursor, (_, items)) = scanned
    return kind, [cursor, (b"*", [float(v) if i % 2 else v for i, (_, v) in enumerate(items)])]


def without_minus_zero(reply):
    """Redis turns a score of -0 into 0 when it packs a sorted set, we always do."""
    kind, value = reply
    if isinstance(value, list):
        return kind, [without_minus_zero(v) for v in value]
    return (kind, b"0") if value == b"-0" else reply


def agree(command, one, other):
    """Whether the replies say the same."""
    if one == other:
        return True
    if b"Z" in command[0].upper():
        one, other = without_minus_zero(one), without_minus_zero(other)
        if one == other:
            return True
    name = command[0].upper()
    if name == b"EXEC" or one[0] != other[0]:
        return False
    if one[0] in b"-+":
        return False
    if name in CLOCKS:
        return min(int(one[1]), int(other[1])) > 0 and abs(int(one[1]) - int(other[1])) <= CLOCKS[name]
    if name in (b"SCAN", b"HSCAN", b"SSCAN", b"ZSCAN") and len(one[1]) == 2:
        pairs = name in (b"HSCAN", b"ZSCAN")
        if name == b"ZSCAN":  # Redis writes a score in another way when it is packed
            one, other = with_float_scores(one), with_float_scores(other)
        return one[1][0] == other[1][0] and sorted_reply(one[1][1], pairs) == sorted_reply(other[1][1], pairs)
    if name in UNORDERED or (name == b"HRANDFIELD" and len(command) == 3):
        if name == b"ZRANDMEMBER" and len(command) == 4 and one[0] == b"*" and one[1] and one[1][0][0] != b"*":
            return sorted_reply(one, pairs=True) == sorted_reply(other, pairs=True)
        return sorted_reply(one) == sorted_reply(other)
    if name == b"HGETALL" or name == b"HRANDFIELD":
        pairs = not (one[1] and one[1][0][0] == b"*")
        return sorted_reply(one, pairs) == sorted_reply(other, pairs)
    return False


def executed(queued, one, other):
    """Whether an EXEC's replies agree with each other, each as its command's."""
    if one[0] != b"*" or other[0] != b"*" or len(one[1]) != len(other[1]) or len(queued) != len(one[1]):
        return one == other
    return all(agree(c, a, b) for c, a, b in zip(queued, one[1], other[1]))


def dump(wire):
    """Every key with its type, value, and whether it expires."""
    keys = sorted(k for _, k in wire.command("KEYS", "*")[1])
    read = {b"string": ["GET"], b"hash": ["HGETALL"], b"list": ["LRANGE", "0", "-1"], b"set": ["SMEMBERS"],
            b"zset": ["ZRANGE", "0", "-1", "WITHSCORES"]}
    result = {}
    for key in keys:
        kind = wire.command("TYPE", key)[1]
        words = read[kind]
        value = wire.command(words[0], key, *words[1:])
        if kind in (b"set", b"hash"):
            value = sorted_reply(value, pairs=kind == b"hash")
        result[key] = kind, value, wire.command("TTL", key)[1] == b"-1"
    return result


def differences(protocol, most=int(os.environ.get("DIFFERENCES", 1))):
    wires = [Wire(home.connect(server.port)) for server in (ours, theirs)]
    for wire in wires:
        wire.command("HELLO", protocol)
        wire.command("FLUSHALL")
    queued, in_transaction, found, done = [], False, [], 0
    while done < COMMANDS_PER_PROTOCOL and len(found) < most:
        batch = [random_command() for _ in range(BATCH)]
        replies = [wire.batch(batch) for wire in wires]
        done += BATCH
        for command, one, other in zip(batch, *replies):
            name = command[0].upper()
            if in_transaction and name == b"EXEC":
                same = executed(queued, one, other)
            else:
                same = agree(command, one, other)
            if not same:
                found.append(f"RESP{protocol} {command}: ours {one!r}, Redis {other!r}")
            if other == (b"+", b"QUEUED"):
                queued.append(command)
            elif name == b"MULTI" and other[0] == b"+":
                in_transaction, queued = True, []
            elif name in (b"EXEC", b"DISCARD"):
                in_transaction = False
    for wire in wires:
        wire.command("DISCARD")
    if not found and dump(wires[0]) != dump(wires[1]):
        found.append(f"the keys differ: {dump(wires[0])}, {dump(wires[1])}")
    return found


for protocol in (2, 3):
    random.seed(protocol)
    found = differences(protocol)
    expect(not found, "\n".join(found))
ours.stop()
theirs.stop()
