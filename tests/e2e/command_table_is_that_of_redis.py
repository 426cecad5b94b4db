"""COMMAND INFO tells the same of each command as redis-server: arity, flags, keys, and ACL categories."""

from harness import *
from wire import Wire

home = Home().issue_usual()
ours, theirs = serve(home), linked_redis_server(home)
mine, redis = (Wire(home.connect(server.port)) for server in (ours, theirs))

# Of the state of a server that loads, replicates, or runs a script, and of its slow log: none of which we have.
NOT_OURS = {b"loading", b"stale", b"skip_slowlog", b"skip_monitor", b"allow_busy", b"no_async_loading", b"no_multi",
            b"may_replicate", b"no_mandatory_keys"}


def facts(info):
    name, arity, flags, first, last, step, categories = (value for _, value in info[1][:7])
    subcommands = {facts_of[0]: facts_of for facts_of in map(facts, info[1][9][1])} if len(info[1]) > 9 else {}
    return (name, arity, {f for _, f in flags} - NOT_OURS, (first, last, step), {c for _, c in categories}, subcommands)


names = sorted(name for _, name in mine.command("COMMAND", "LIST")[1] if b"|" not in name)
expect(len(names) > 150, len(names))
for name in names:
    one, other = (facts(wire.command("COMMAND", "INFO", name)[1][0]) for wire in (mine, redis))
    expect_equal(one[:5], other[:5], name.decode())
    for subcommand, what in one[5].items():
        if subcommand == b"client|setinfo":  # younger than Redis 7.0; client libraries call it
            continue
        expect_equal(what[:5], other[5][subcommand][:5], subcommand.decode())
expect_equal(mine.command("COMMAND", "INFO", "no-such-command", "get")[1][0][1], redis.command("COMMAND", "INFO", "no-such-command")[1][0][1])
ours.stop()
theirs.stop()
