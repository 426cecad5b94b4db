"""A master with replicas, a cluster, and Sentinels: one rotate gives all of them the next certificate, node by node and replicas
first, found by asking one of them; clients that know of replicas, slots and Sentinels lose and repeat no command; killed in
the middle at any moment, the next run ends it."""

from fleets import *

ROUNDS, KILLS = (10, 30) if LONG else (2, 2)
chance = random.Random(10)


def expect_order(output, fleet):
    """Replicas are proved before masters, Sentinels last."""
    proved = [int(line.split()[-1].rsplit(":", 1)[1]) for line in output.splitlines() if "  proved generation" in line]
    role = lambda port: ("sentinel" if any(s.port == port for s in getattr(fleet, "sentinels", [])) else
                         next(fleet.info(n)["role"] for n in fleet.nodes if n.port == port))
    roles = [role(port) for port in proved]
    expect_equal(roles, sorted(roles, key=["slave", "master", "sentinel"].index), "the order")
    expect_equal(len(set(proved)), len(fleet.nodes) + len(getattr(fleet, "sentinels", [])), "how many were proved")


def kill_at_random(home):
    """A rotation that is killed before it ends."""
    process = subprocess.Popen([BINARY, "--home", home.path, "rotate", "redis-1"], stdout=subprocess.PIPE, text=True)
    for _ in range(chance.randrange(1, 20)):
        process.stdout.readline()
    time.sleep(chance.random() * 0.01)
    process.kill()
    process.wait()


def rotate_fleet(name, start, options=lambda fleet: [], home_options=(), **more):
    home = Home(name)
    sans = ["--san", "localhost", "--san", "127.0.0.1"]
    home.run("issue", "peer", "redis-1", *sans)
    home.run("issue", "client", "app")
    fleet = start(home, **more)
    load = Load(fleet)
    first = home.run("rotate", "redis-1", "--target", f"127.0.0.1:{fleet.seeds[0].port}", "--client", "app", "--discover",
                     *options(fleet))
    expect_order(first.stdout, fleet)
    fleet.expect_served(2)
    for _ in range(ROUNDS - 1):
        expect_order(home.run("rotate", "redis-1").stdout, fleet)
        fleet.expect_served()
    for _ in range(KILLS):
        kill_at_random(home)
        home.run("rotate", "redis-1")
        fleet.expect_served()
    status = home.json("status", "redis-1")[0]
    latest = status["issued"]
    expect_equal({(t["deployed"], t["verified"], t["last_error"]) for t in status["targets"]}, {(latest, latest, "")}, "status")
    expect_equal(len(status["targets"]), len(fleet.nodes) + len(getattr(fleet, "sentinels", [])), "targets")
    # What is rotated is what they read when they start anew, and what they dial each other with.
    expect(fleet.links_are_up(), "the links are up")
    total = load.stop()
    for node in fleet.nodes[1:]:
        node.restart()
        wait_until(fleet.links_are_up, f"the links after a restart of {node.port}: {node.log}", 60)
    fleet.expect_served()
    print(f"{name}: {ROUNDS} rotations and {KILLS} killed ones, generation {latest}, {total} commands counted once each")
    return home, fleet


# Files of their own on this host, one server after another.
if LONG:
    for binary in REDIS_SERVERS[1:]:
        for kind, start in (("replication", start_replication), ("cluster", start_cluster)):
            rotate_fleet(f"{kind}-{os.path.basename(binary)}", start, binary=binary)[1].stop()
home, fleet = rotate_fleet("replication", start_replication)
# The files of one of them can't be written: it stops there, those before keep what they have, the next run goes on.
bad = fleet.nodes[2]
os.rename(bad.files[1], bad.files[1] + ".away")
refused = home.run("-q", "rotate", "redis-1", check=False)
expect_equal(refused.returncode, 4 if "1 of 3 targets serve" in refused.stderr else 1, refused.stderr)
os.rename(bad.files[1] + ".away", bad.files[1])
bad.kill()
expect_refused(home.run("-q", "rotate", "redis-1", check=False), 1, str(bad.port), "can't connect")
home.run("target", "forget", "redis-1", "--target", f"127.0.0.1:{bad.port}")
home.run("rotate", "redis-1")
fleet.nodes.remove(bad)
fleet.expect_served()
fleet.stop()

# The link, which all share: they go forward and back together.
home, fleet = rotate_fleet("cluster", start_cluster, files=lambda: (f"{path('cluster')}/certs/redis-1/current/tls.crt",
                                                                   f"{path('cluster')}/certs/redis-1/current/tls.key"))
fleet.stop()

# "Another host" that a command brings the files to, and Sentinels that a command restarts.
copy = copy_command()
home, fleet = rotate_fleet("sentinel", start_sentinels,
                           lambda fleet: ["--copy-command", copy, "--restart-command", restart_command(fleet)])
# Without a restart command a person is told, and the next run proves what they did.
restart = [t for t in json.loads(read(home.path + "/certs/redis-1/targets.json"))["targets"]][0]["restart_command"]
for sentinel in fleet.sentinels:
    home.run("target", "add", "redis-1", "--target", f"127.0.0.1:{sentinel.port}", "--client", "app", "--copy-command", copy)
told = home.run("-q", "rotate", "redis-1", check=False)
expect_refused(told, 4, "restart these Sentinels, one after another", *[str(s.port) for s in fleet.sentinels])
expect(all(t["last_error"] == "waits for its restart" for t in home.json("status", "redis-1")[0]["targets"]
           if t["verified"] != t["deployed"]), "status tells which wait")
expect_refused(home.run("-q", "rotate", "redis-1", check=False), 4, "restart these Sentinels")
for sentinel in fleet.sentinels:
    run(restart, env={**os.environ, "REDIS_PKI_NODE": f"127.0.0.1:{sentinel.port}"})
    wait_until(lambda: home.redis_cli(sentinel.port, "SENTINEL", "CKQUORUM", "mymaster", check=False).startswith("OK 3"), "it")
generation = home.json("status", "redis-1")[0]["issued"]
home.run("rotate", "redis-1", "--no-issue")
fleet.expect_served(generation)
expect_equal({t["verified"] for t in home.json("status", "redis-1")[0]["targets"]}, {generation}, "status")

# A copy command that can't be run stops there, and the next run goes on from there.
missing = path("no-such-program")
last = fleet.nodes[0]
home.run("target", "add", "redis-1", "--target", f"127.0.0.1:{last.port}", "--client", "app", "--copy-command", missing)
expect_refused(home.run("-q", "rotate", "redis-1", check=False), 4, f"{last.port}: ", missing, "2 of 6 targets serve generation")
home.run("target", "add", "redis-1", "--target", f"127.0.0.1:{last.port}", "--client", "app", "--copy-command", copy)
expect_refused(home.run("-q", "rotate", "redis-1", check=False), 4, "restart these Sentinels")
fleet.sentinels = []
fleet.expect_served(generation + 1)
fleet.stop()
