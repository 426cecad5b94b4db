"""Users who log in by password: what they may do, what ACL LOG tells of what they may not, and how users are kept in an aclfile
and in the configuration: as with redis-server."""

from harness import *
from wire import Wire, words_of

home = Home().issue_usual()
USERS = """
user app on >secret ~app:* &news:* +@all -@dangerous
user reader on >secret %R~* +@read +info|server -info
user writer on >secret %W~log:* +@write +set +get (+get %R~config:*)
user gone off >secret ~* +@all
"""


def write_users(name, text):
    return write(f"{name}.acl", text)


ours_file, theirs_file = write_users("ours", USERS), write_users("theirs", USERS)
ours = serve(home, "--aclfile", ours_file)
theirs = linked_redis_server(home, "--aclfile", theirs_file)
SERVERS = (ours, theirs)


def connect():
    return [Wire(home.connect(server.port)) for server in SERVERS]


def both(wires, *words):
    replies = [wire.command(*words) for wire in wires]
    expect(replies[0] == replies[1], f"{words}: ours {replies[0]!r}, Redis {replies[1]!r}")
    return replies[0]


def text_of(reply):
    """A reply without its types."""
    kind, value = reply
    return [text_of(part) for part in value] if isinstance(value, list) else value


# A session of each user, all random, with the same commands.
admin = connect()
both(admin, "ACL", "LOG", "RESET")
random.seed(int(os.environ.get("SEED", 1)))
KEYS = ["app:1", "app:2", "log:1", "config:1", "x"]
CALLS = [["GET", "K"], ["SET", "K", "v"], ["SET", "K", "v", "GET"], ["DEL", "K"], ["MGET", "K", "K"], ["MSET", "K", "1", "K", "2"],
         ["COPY", "K", "K"], ["RENAME", "K", "K"], ["APPEND", "K", "v"], ["STRLEN", "K"], ["TYPE", "K"], ["EXISTS", "K", "K"], ["INFO", "server"],
         ["KEYS", "*"], ["FLUSHALL"], ["CONFIG", "GET", "port"], ["PUBLISH", "news:1", "m"], ["PUBLISH", "other", "m"], ["ACL", "WHOAMI"],
         ["CLIENT", "LIST"], ["PING"], ["NOSUCH"], ["GET"], ["MULTI"], ["EXEC"], ["DISCARD"], ["WATCH", "K"], ["AUTH", "reader", "bad"],
         ["AUTH", "nobody", "secret"], ["AUTH", "gone", "secret"], ["AUTH", "app", "secret"], ["AUTH", "writer", "secret"],
         ["AUTH", "reader", "secret"], ["HELLO", "2", "AUTH", "app", "bad"], ["RPUSH", "list", "a"], ["LRANGE", "list", "0", "1"]]
wires = connect()
denials = 0
for _ in range(6000):
    words = [random.choice(KEYS) if word == "K" else word for word in random.choice(CALLS)]
    replies = [wire.command(*words) for wire in wires]
    if words[0] in ("INFO", "CONFIG", "CLIENT", "KEYS") and replies[0][0] == b"$" or words[0] in ("CONFIG", "EXEC", "KEYS"):
        replies = [reply[0] for reply in replies]
    expect(replies[0] == replies[1], f"{words}: ours {replies[0]!r}, Redis {replies[1]!r}")
    denials += replies[0][0] == b"-" and replies[0][1].startswith(b"NOPERM")
expect(denials > 1000, denials)


def log_of(wire):
    """Without how long ago it was, and who the client is."""
    entries = []
    for entry in text_of(wire.command("ACL", "LOG", "50")):
        fields = dict(zip(entry[::2], entry[1::2]))
        entries.append({name: fields[name] for name in (b"count", b"reason", b"context", b"object", b"username")})
    return entries


for one, other in zip(*map(log_of, admin)):
    expect_equal(one, other, "an entry of ACL LOG")
expect(len(log_of(admin[0])) > 20, "entries of ACL LOG")
info = [Wire(home.connect(s.port)).command("INFO", "stats")[1].decode() for s in SERVERS]
expect("acl_access_denied_key:" in info[0] and "acl_access_denied_cmd:" in info[0], "INFO counts what was denied")

# Kept in the file, and read again; a file that is wrong changes nothing.
for words in (["SETUSER", "new", "on", ">pass", "~n:*", "+get", "(+set ~s:*)"], ["DELUSER", "gone", "nobody"], ["SAVE"]):
    both(admin, "ACL", *words)
kept = []
for file in (ours_file, theirs_file):
    kept.append({line.split()[1]: line for line in read(file).splitlines()})
expect_equal(sorted(kept[0]), sorted(kept[1]), "whom the file names")
for name in ("new", "default"):
    expect_equal(kept[0][name].split(), kept[1][name].split(), f"the line of {name}")
expect_equal(os.stat(ours_file).st_mode & 0o777, 0o644, "the file's mode stays")
app = connect()
both(app, "AUTH", "app", "secret")
for file in (ours_file, theirs_file):
    with open(file, "a") as opened:
        opened.write("user late on >pass ~* +@all\n")
both(admin, "ACL", "LOAD")
both(admin, "ACL", "DRYRUN", "late", "GET", "k")
for bad in ("user late on +nosuch\n", "user late on\nuser late on\n", "nonsense\n", "user\n"):
    good = [read(file) for file in (ours_file, theirs_file)]
    for file in (ours_file, theirs_file):
        with open(file, "a") as opened:
            opened.write(bad)
    refused = [wire.command("ACL", "LOAD") for wire in admin]
    expect(refused[0][0] == refused[1][0] == b"-", f"{bad}: {refused}")
    expect(b"user late" not in refused[0][1] and ours_file.encode() in refused[0][1], f"what it says: {refused[0]}")
    expect_equal(both(admin, "ACL", "DRYRUN", "late", "GET", "k"), (b"+", b"OK"), "who was there")
    for file, text in zip((ours_file, theirs_file), good):
        with open(file, "w") as opened:
            opened.write(text)
with open(ours_file, "a") as opened:
    opened.write("user two words) (\n")  # redis-server 7.0.15 doesn't survive this
expect_equal(admin[0].command("ACL", "LOAD")[0], b"-", "brackets that don't match")
ours.stop()
expect_refused(home.run("serve", "--lineage", "redis-1", "--tls-port", free_port(), "--aclfile", ours_file, *MLOCK, check=False), 2, ours_file)
write("ours.acl", good[0])
again = serve(home, "--aclfile", ours_file)
client = home.connect(again.port)
expect_equal(client.command("AUTH", "new", "pass"), "+OK", "after a restart")
expect(client.command("ACL", "WHOAMI").startswith("-NOPERM"), "what it may do")
again.stop()

# Kept in the configuration: CONFIG REWRITE writes them, and the next start reads them.
conf = write("server.conf", f"# ours\nport 0\ntls-cert-file {home.file('redis-1', 'tls.crt')}\ntls-key-file "
             f"{home.file('redis-1', 'tls.key')}\ntls-ca-cert-file {home.path}/trust/clients.crt\n"
             'user "app" on >secret ~app:* +@all\n')
server = serve_words(home, conf)
client = home.connect(server.port)
expect_equal(client.command("ACL", "SETUSER", "second", "on", ">two words", "~*", "+@all"), "+OK")
expect(client.command("ACL", "SAVE").startswith("-ERR This Redis instance is not configured to use an ACL file"), "ACL SAVE without a file")
expect_equal(client.command("CONFIG", "REWRITE"), "+OK")
server.stop()
expect("two words" not in read(conf) and "secret" not in read(conf), f"passwords in the configuration: {read(conf)}")
expect("# ours" in read(conf), "comments stay")
server = serve_words(home, conf)
client = home.connect(server.port)
expect_equal(client.command("AUTH", "second", "two words"), "+OK", "a user of the configuration")
expect_equal(client.command("AUTH", "app", "secret"), "+OK", "another")
expect_equal(client.command("SET", "x", "v"), "-NOPERM this user has no permissions to access one of the keys used as arguments", "what it may not do")
server.stop()
expect_refused(run(BINARY, "serve", conf, "--tls-port", free_port(), "--aclfile", ours_file, *MLOCK, check=False), 2, "aclfile", "user")
expect_refused(run(BINARY, "serve", "--lineage", "redis-1", "--user", "x", "+nosuch", "--tls-port", free_port(), *MLOCK, check=False,
                   env={**os.environ, "REDIS_PKI_HOME": home.path}), 2, "+nosuch")
theirs.stop()
