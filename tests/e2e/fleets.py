"""Fleets of redis-server over TLS with mTLS, and clients that know of them (python3-redis, ioredis)."""

import gc
import threading

from harness import *

KEYS = [f"key-{number}" for number in range(12)]  # in several slots of a cluster


def node_files(home, lineage="redis-1"):
    """A directory of its own with the pair, as a server on another host would have."""
    directory = path(f"node-{random.randrange(1 << 40)}")
    os.mkdir(directory)
    for name in ("tls.crt", "tls.key"):
        shutil.copy(os.path.realpath(home.file(lineage, name)), directory)
    return os.path.join(directory, "tls.crt"), os.path.join(directory, "tls.key")


class Node(Process):
    """A server with a configuration file, so that it can be restarted as it was."""

    def __init__(self, home, files, directives, binary="redis-server", kind="redis", port=None, owns_trust=False):
        port = port or free_port()
        directory = path(f"{kind}-{port}")
        os.makedirs(directory, exist_ok=True)
        self.directory = directory
        trust = home.path + "/trust/clients.crt"
        if owns_trust:
            trust = shutil.copy(trust, directory)
        self.conf = os.path.join(directory, "redis.conf")
        lines = [f"port 0", f"tls-port {port}", "bind 127.0.0.1", f"tls-cert-file {files[0]}", f"tls-key-file {files[1]}",
                 f"tls-ca-cert-file {trust}", f"dir {directory}", "tls-replication yes", *directives]
        with open(self.conf, "w") as conf:
            conf.write("\n".join(lines) + "\n")
        self.words = [binary, self.conf] + (["--sentinel"] if kind == "sentinel" else [])
        self.files = files
        super().__init__(kind, self.words, port)

    def restart(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(self.words, stdout=log, stderr=log)
        kill_at_end(self.process)
        wait_until(self.accepts, "it to listen again")


class Fleet:
    """Servers, how a client reaches them (`kind`, `seeds`), and the target that is named to the product."""

    def __init__(self, home, kind, nodes, seeds):
        self.home, self.kind, self.nodes, self.seeds = home, kind, nodes, seeds

    def cli(self, node, *words):
        return self.home.redis_cli(node.port, *words)

    def info(self, node, section="replication"):
        return dict(line.split(":", 1) for line in self.cli(node, "INFO", section).splitlines() if ":" in line)

    def links_are_up(self):
        for node in self.nodes:
            info = self.info(node)
            if info["role"] == "slave" and info["master_link_status"] != "up":
                return False
            if self.kind == "cluster" and "cluster_state:ok" not in self.cli(node, "CLUSTER", "INFO"):
                return False
        return True

    def expect_served(self, generation=None):
        """Each server, and each Sentinel, shows this generation, in the eyes of Python's ssl."""
        leaf = self.home.leaf("redis-1", generation or "current")
        for node in self.nodes + getattr(self, "sentinels", []):
            expect_equal(self.home.connect(node.port).leaf, leaf, f"what {node.port} serves; log {node.log}")

    def stop(self):
        for node in getattr(self, "sentinels", []) + self.nodes:
            node.process.send_signal(signal.SIGTERM)
        for node in getattr(self, "sentinels", []) + self.nodes:
            node.process.wait(timeout=30)


def start_replication(home, files=lambda: None, binary="redis-server", directives=(), owns_trust=False):
    """A master and two replicas that dial it with TLS."""
    files_of = lambda: files() or node_files(home)
    master = Node(home, files_of(), ["save \"\"", *directives], binary, owns_trust=owns_trust)
    replicas = [Node(home, files_of(), ["save \"\"", f"replicaof 127.0.0.1 {master.port}", *directives], binary,
                     owns_trust=owns_trust)
                for _ in range(2)]
    fleet = Fleet(home, "replication", [master, *replicas], [master])
    wait_until(fleet.links_are_up, "the replicas' links")
    wait_until(lambda: fleet.info(master)["connected_slaves"] == "2", "both replicas")
    return fleet


def start_cluster(home, files=lambda: None, binary="redis-server", directives=()):
    """Three masters and three replicas whose bus is TLS."""
    files_of = lambda: files() or node_files(home)
    nodes = [Node(home, files_of(), ["save \"\"", "cluster-enabled yes", "tls-cluster yes", "cluster-node-timeout 3000", f"cluster-port {free_port()}",
                                     f"cluster-config-file nodes.conf", *directives], binary) for _ in range(6)]
    run("redis-cli", "--tls", *home.client_files(), "--cluster", "create", *[f"127.0.0.1:{n.port}" for n in nodes],
        "--cluster-replicas", 1, "--cluster-yes")
    fleet = Fleet(home, "cluster", nodes, nodes)
    wait_until(fleet.links_are_up, "the cluster", 60)
    wait_until(lambda: all(fleet.cli(n, "CLUSTER", "NODES").count("slave") == 3 for n in nodes), "all know the replicas", 60)
    wait_until(fleet.links_are_up, "the replicas of the cluster", 60)
    return fleet


def start_sentinels(home, files=lambda: None, binary="redis-server", directives=(), owns_trust=False):
    """A master, two replicas and three Sentinels."""
    fleet = start_replication(home, files, binary, directives, owns_trust)
    linked = (home.file("redis-1", "tls.crt"), home.file("redis-1", "tls.key"))
    fleet.sentinels = [
        Node(home, linked, [f"sentinel monitor mymaster 127.0.0.1 {fleet.nodes[0].port} 2",
                            "sentinel down-after-milliseconds mymaster 5000"], binary, "sentinel") for _ in range(3)]
    fleet.kind, fleet.seeds = "sentinel", fleet.sentinels
    count = lambda s: home.redis_cli(s.port, "SENTINEL", "CKQUORUM", "mymaster")
    wait_until(lambda: all(count(s).startswith("OK 3 usable") for s in fleet.sentinels), "the Sentinels to find each other", 60)
    wait_until(lambda: all(home.redis_cli(s.port, "SENTINEL", "REPLICAS", "mymaster").count("runid") == 2
                           for s in fleet.sentinels), "the Sentinels to find the replicas", 60)
    return fleet


def restart_command(fleet):
    """Restarts the Sentinel that it is told, as an operator's script would."""
    lines = ["#!/bin/sh", "case $REDIS_PKI_NODE in"]
    for sentinel in fleet.sentinels:
        pidfile = path(f"sentinel-{sentinel.port}.pid")
        with open(pidfile, "w") as file:
            file.write(str(sentinel.process.pid))
        lines.append(f"*:{sentinel.port}) kill $(cat {pidfile}); while kill -0 $(cat {pidfile}) 2>/dev/null && "
                     f"! grep -q State:.Z /proc/$(cat {pidfile})/status; do sleep 0.05; done; "
                     f"setsid {' '.join(sentinel.words)} >>{sentinel.log} 2>&1 & echo $! >{pidfile};;")
    script = write(f"restart-{random.randrange(1 << 40)}", "\n".join(lines + ["esac", ""]))
    os.chmod(script, 0o755)
    atexit.register(lambda: subprocess.run(["sh", "-c", f"kill -9 $(cat {path('sentinel-')}*.pid) 2>/dev/null"]))
    return script


def copy_command():
    """Brings files to "another host", whole or not at all."""
    script = write("copy", """#!/bin/sh
set -e
bring() { [ -z "$2" ] || { cp "$1" "$2.new" && mv "$2.new" "$2"; }; }
bring "$REDIS_PKI_KEY" "$REDIS_PKI_REMOTE_KEY"
bring "$REDIS_PKI_CERT" "$REDIS_PKI_REMOTE_CERT"
bring "$REDIS_PKI_TRUST" "$REDIS_PKI_REMOTE_TRUST"
""")
    os.chmod(script, 0o755)
    return script


class Load:
    """python3-redis and ioredis count up keys, each in its own, until stop(): no command may fail, none count twice."""

    def __init__(self, fleet):
        self.fleet, home = fleet, fleet.home
        self.ended, self.counts, self.errors = threading.Event(), dict.fromkeys(KEYS, 0), []
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        self.node_log = path(f"ioredis-{random.randrange(1 << 40)}.log")
        self.node = subprocess.Popen(
            ["node", f"{SOURCE}/tests/clients/ioredis_fleet.js", fleet.kind, ",".join(str(s.port) for s in fleet.seeds),
             home.path + "/ca/root.crt", home.file("app", "tls.crt"), home.file("app", "tls.key"), *KEYS],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(self.node_log, "w"), text=True)
        kill_at_end(self.node)
        wait_until(lambda: min(self.counts.values()) > 0 or self.errors, "the first commands")

    def _client(self):
        import redis
        import redis.cluster
        import redis.sentinel
        home = self.fleet.home
        tls = {"ssl": True, "ssl_ca_certs": home.path + "/ca/root.crt", "ssl_certfile": home.file("app", "tls.crt"),
               "ssl_keyfile": home.file("app", "tls.key")}
        port = self.fleet.seeds[0].port
        if self.fleet.kind == "cluster":
            return redis.cluster.RedisCluster(host="127.0.0.1", port=port, **tls)
        if self.fleet.kind == "sentinel":
            hosts = [("127.0.0.1", s.port) for s in self.fleet.seeds]
            return redis.sentinel.Sentinel(hosts, sentinel_kwargs=tls, **tls).master_for("mymaster")
        return redis.Redis(host="127.0.0.1", port=port, **tls)

    def _leave_cluster(self, client):
        """close() of redis-py 4 leaves the connections to the garbage collector, whenever that comes."""
        client.disconnect_connection_pools()
        client.close()
        gc.collect()

    def _run(self):
        try:
            client = self._client()
            rounds = 0
            while not self.ended.is_set():
                for key in KEYS:
                    client.incr("python-" + key)
                    self.counts[key] += 1
                rounds += 1
                if rounds % 10 == 0 and self.fleet.kind != "cluster":
                    client.connection_pool.disconnect()  # also new connections, at any moment of a rotation
                if rounds % 40 == 0 and self.fleet.kind == "cluster":
                    self._leave_cluster(client)
                    client = self._client()
        except Exception as error:
            self.errors.append(repr(error))

    def go_on(self):
        """Until both clients have connected anew and read their files again."""
        before, connects = self.counts[KEYS[0]], read(self.node_log).count("connects")
        wait_until(lambda: self.counts[KEYS[0]] > before + 100 or self.errors, "python3-redis to go on", 60)
        wait_until(lambda: read(self.node_log).count("connects") > connects + 1, f"ioredis to connect anew: {self.node_log}", 60)

    def stop(self):
        """Ends it, expects that nothing failed and all is counted once, also by the replicas; returns the number."""
        self.ended.set()
        self.thread.join()
        replies = json.loads(self.node.communicate("")[0] or read(self.node_log))
        expect_equal(self.errors, [], "python3-redis")
        expect_equal(replies["errors"], [], "ioredis")
        client = self._client()
        total = 0
        for owner, counts in (("python-", self.counts), ("ioredis-", replies["counts"])):
            for key, count in counts.items():
                expect_equal(int(client.get(owner + key) or 0), count, owner + key)
                total += count
        expect(min(self.counts.values()) > 10 and min(replies["counts"].values()) > 10, f"too little load: {total}")
        return total
