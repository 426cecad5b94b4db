"""What `conf` prints starts redis-server (and valkey-server, where it is at hand), whose settings then are what it says; the
snippets for redis-cli, Python and Node are run against it, those for Go and Java are read by gofmt and javac where they are."""

from fleets import *

home = Home("my home").issue_usual()
home.run("issue", "peer", "peer-1", "--san", "localhost")
home.run("issue", "client", "dials")


def start(kind, *words, binary="redis-server"):
    """A server with that fragment as its configuration file."""
    port = free_port()
    text = home.run("conf", kind, *words, "--port", port).stdout
    directory = path(f"{kind}-{port}")
    os.mkdir(directory)
    extra = f"dir {directory}\nsave \"\"\nbind 127.0.0.1\n" if kind != "sentinel" else f"dir {directory}\nbind 127.0.0.1\n"
    if kind == "cluster":
        extra += f"cluster-port {free_port()}\n"
    with open(directory + "/redis.conf", "w") as file:
        file.write(text + extra)
    server = Process(kind, [binary, directory + "/redis.conf"] + (["--sentinel"] if kind == "sentinel" else []), port)
    server.text = text
    return server


def expect_settings(server):
    """Each directive of the fragment, in the server's own words."""
    for line in server.text.splitlines():
        if line.startswith("#"):
            continue
        name, value = line.split(" ", 1)
        value = value.strip('"')
        got = home.redis_cli(server.port, "CONFIG", "GET", name).splitlines()
        if name == "replicaof":
            expect_equal(got[1], value, name)
        else:
            expect_equal(got, [name, value], name)


for binary in REDIS_SERVERS:
    master = start("server", "redis-1", binary=binary)
    expect_settings(master)
    for auth, lets_in in (("no", True), ("optional", True)):
        other = start("server", "redis-1", "--auth-clients", auth, binary=binary)
        expect_settings(other)
        expect(Client(home.context(client=None), other.port).is_alive() == lets_in, f"tls-auth-clients {auth}")
        other.stop()
    replica = start("replica", "peer-1", "--master", f"localhost:{master.port}", binary=binary)
    expect_settings(replica)
    home.redis_cli(master.port, "CONFIG", "SET", "tls-replication", "yes")
    # A server whose certificate only serves dials with another pair.
    separate = start("replica", "redis-1", "--client", "dials", "--master", f"localhost:{master.port}", binary=binary)
    expect_settings(separate)
    for each in (replica, separate):
        wait_until(lambda: "master_link_status:up" in home.redis_cli(each.port, "INFO", "replication"), f"the link: {each.log}")
    node = start("cluster", "peer-1", binary=binary)
    expect_settings(node)
    expect("cluster_enabled:1" in home.redis_cli(node.port, "INFO", "cluster"), "it is a node of a cluster")
    sentinel = start("sentinel", "peer-1", "--master", f"127.0.0.1:{master.port}", "--quorum", "1", binary=binary)
    wait_until(lambda: "OK 1 usable" in home.redis_cli(sentinel.port, "SENTINEL", "CKQUORUM", "mymaster"), f"it: {sentinel.log}")
    for server in (sentinel, node, separate, replica):
        server.stop()
    if binary != REDIS_SERVERS[-1]:
        master.stop()

snippet = lambda language: home.run("conf", "client", "app", "--lang", language, "--server", "redis-1", "--port", master.port).stdout
expect_equal(run("bash", "-c", snippet("redis-cli")).stdout, "PONG\n", "redis-cli")
expect_equal(run("/usr/bin/python3", write("ping.py", snippet("python"))).stdout, "True\n", "Python")
node = run("node", write("ping.js", snippet("node")), env={**os.environ, "NODE_PATH": f"{SOURCE}/tests/clients/node_modules"})
expect_equal(node.stdout, "PONG\n", "Node")
if shutil.which("gofmt"):
    run("gofmt", "-l", "-e", write("ping.go", snippet("go")))
java = snippet("java")
expect("app.p12" in java and home.file("app", "ca.crt").split("/certs")[0] in java, "Java")
master.stop()

expect_refused(home.run("conf", "replica", "redis-1", check=False), 2, "only serves", "--client")
expect_refused(home.run("conf", "replica", "redis-1", "--client", "redis-1", check=False), 2, "only serves")
expect_refused(home.run("conf", "server", "app", check=False), 2, "is a client's")
expect_refused(home.run("conf", "client", "redis-1", check=False), 2, "only serves")
expect_refused(home.run("conf", "client", "app", "--lang", "perl", check=False), 2, "python, node, go or java")
expect_refused(home.run("conf", "sentinel", "peer-1", check=False), 2, "--master HOST:PORT")
expect_refused(home.run("conf", "sidecar", "redis-1", "--upstream", "http://x", check=False), 2, "--upstream", "redis://HOST:PORT")
expect_refused(home.run("conf", "server", "nobody", check=False), 1, "nobody")
