"""What the bundled server costs beside redis-server, and valkey-server where 'scripts/setup --with-peers' has unpacked it: CPU per
command and per handshake, throughput of large values, memory per idle connection, and latency while certificates are installed.

    scripts/bench server [ROW...]      RUNS=5 alternating runs of each; PEERS=/path/to/server,... for further ones
    scripts/bench server loops         what a second event loop costs
    scripts/bench server steps         the data path in memory, step by step

The server has one core of its own, the load another. CPU is what the kernel has accounted to the server's threads."""

import glob
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
BINARY = f"{os.environ.get('BUILD', ROOT + '/build/release')}/bin/redis-pki"
PEERS = ["redis-server", f"{ROOT}/build/peers/usr/bin/valkey-server"] + [p for p in os.environ.get("PEERS", "").split(",") if p]
RUNS = int(os.environ.get("RUNS", "5"))
IDLE_CONNECTIONS = 2000


def quiet(*words):
    return subprocess.run([str(w) for w in words], check=True, capture_output=True, text=True).stdout


def median(values):
    return sorted(values)[len(values) // 2]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Pki:
    """Two certificates for localhost, P-256."""

    def __init__(self, directory):
        self.home = f"{directory}/home"
        self.run("init", "--passphrase", "none")
        for name in ("a", "b"):
            self.run("issue", "server", name, "--san", "localhost", "--key-type", "ec-p256")
        self.root = f"{self.home}/ca/root.crt"

    def run(self, *words):
        return quiet(BINARY, "--home", self.home, *words)

    def pair(self, name):
        return [f"{self.home}/certs/{name}/current/tls.{kind}" for kind in ("crt", "key")]


class Server:
    def __init__(self, program, pki, directory, *options, cores="0"):
        self.pki, self.port = pki, free_port()
        certificate, key = pki.pair("a")
        words = [BINARY, "serve"] if program == BINARY else [program, "--port", "0", "--save", ""]
        words += ["--tls-port", self.port, "--bind", "127.0.0.1", "--tls-cert-file", certificate, "--tls-key-file", key,
                  "--tls-ca-cert-file", pki.root, "--tls-auth-clients", "no", "--maxclients", "20000", *options]
        self.process = subprocess.Popen(["taskset", "-c", cores, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        cwd=directory)
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.02)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def cpu(self):
        """Nanoseconds, user and system, of all its threads."""
        total = 0
        for file in glob.glob(f"/proc/{self.process.pid}/task/*/schedstat"):
            with open(file) as schedstat:
                total += int(schedstat.read().split()[0])
        return total

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s*(\d+)", status.read()).group(1)) * 1024

    def context(self):
        return ssl.create_default_context(cafile=self.pki.root)

    def tls(self, context=None):
        return (context or self.context()).wrap_socket(socket.create_connection(("127.0.0.1", self.port)), server_hostname="localhost")

    def benchmark(self, *options):
        return quiet("taskset", "-c", "1", "redis-benchmark", "--tls", "--cacert", self.pki.root, "-h", "localhost", "-p", self.port, "-c",
                     "50", *options)


def cpu_per_command(command, pipeline, count, *options, first=("-t", "set"), last=()):
    """Of a test of redis-benchmark's list, or of the command that is given last."""
    def measure(server):
        common = ["-n", count, "-P", pipeline, "-d", "100", "-q", *options]
        server.benchmark(*common, *first)
        before = server.cpu()
        server.benchmark(*common, *(last or ("-t", command)))
        return (server.cpu() - before) / count / 1000
    return measure


def cpu_of_collection(command, **options):
    """Of up to 10,000 members, where members are named by chance."""
    return f"CPU per {command.upper()}, -P 16 -r 10000", "us", cpu_per_command(command, 16, 1_000_000, "-r", 10_000, **options)


def throughput_of_set(size, count):
    def measure(server):
        text = server.benchmark("-t", "set", "-n", count, "-d", size, "--csv")
        return float(text.splitlines()[-1].split(",")[1].strip('"'))
    return measure


def cpu_per_handshake(server):
    before = server.cpu()
    text = quiet("taskset", "-c", "1", "openssl", "s_time", "-connect", f"localhost:{server.port}", "-new", "-time", "3", "-tls1_3",
                 "-CAfile", server.pki.root)
    count = int(re.search(r"^(\d+) connections in \d+ real seconds", text, re.M).group(1))
    return (server.cpu() - before) / count / 1000


def cpu_per_connection(server):
    """A client that connects, says PING, and leaves: the session ticket is in it."""
    before, count = server.cpu(), 1000
    context = server.context()
    for _ in range(count):
        connection = server.tls(context)
        connection.sendall(b"PING\r\n")
        connection.recv(64)
        connection.close()
    return (server.cpu() - before) / count / 1000


def memory_of_idle_connections(server):
    server.tls().close()
    before = server.memory()
    connections = [server.tls() for _ in range(IDLE_CONNECTIONS)]
    for connection in connections:
        connection.sendall(b"PING\r\n")
        connection.recv(64)
    time.sleep(0.5)
    return (server.memory() - before) / IDLE_CONNECTIONS / 1024


def slowest_with_installs(server):
    """p99.9 in milliseconds with an installation each second, and the same without."""
    def slowest():
        text = server.benchmark("-t", "get", "-n", "500000", "--precision", "3")
        steps = re.findall(r"([\d.]+)% <= ([\d.]+) milliseconds", text)
        return next(float(time) for percent, time in steps if float(percent) >= 99.9)

    def install():
        connection = server.tls()
        number = 0
        while not ended.wait(1):
            certificate, key = server.pki.pair("ba"[number % 2])
            words = ["CONFIG", "SET", "tls-cert-file", certificate, "tls-key-file", key]
            connection.sendall((f"*{len(words)}\r\n" + "".join(f"${len(w)}\r\n{w}\r\n" for w in words)).encode())
            if not connection.recv(1024).startswith(b"+OK"):
                raise SystemExit("a certificate was refused")
            number += 1

    without = slowest()
    ended = threading.Event()
    thread = threading.Thread(target=install)
    thread.start()
    with_installs = slowest()
    ended.set()
    thread.join()
    return with_installs / without


ROWS = {
    "get-1": ("CPU per GET, -P 1", "us", cpu_per_command("get", 1, 200_000)),
    "set-1": ("CPU per SET, -P 1", "us", cpu_per_command("set", 1, 200_000)),
    "get-16": ("CPU per GET, -P 16", "us", cpu_per_command("get", 16, 1_000_000)),
    "set-16": ("CPU per SET, -P 16", "us", cpu_per_command("set", 16, 1_000_000)),
    "get-random": ("CPU per GET, -P 16 -r 500000", "us", cpu_per_command("get", 16, 1_500_000, "-r", 500_000)),
    "set-random": ("CPU per SET, -P 16 -r 500000", "us", cpu_per_command("set", 16, 1_500_000, "-r", 500_000)),
    "lpush": cpu_of_collection("lpush", first=("-t", "lpush")),
    "lpop": cpu_of_collection("lpop", first=("-t", "lpush")),
    "sadd": cpu_of_collection("sadd", first=("-t", "sadd")),
    "hset": cpu_of_collection("hset", first=("-t", "hset")),
    "zadd": cpu_of_collection("zadd", first=("-t", "zadd")),
    "lrange": ("CPU per LRANGE of 100, -P 16", "us", cpu_per_command("", 16, 100_000, first=("-t", "lpush"), last=("LRANGE", "mylist", 0, 99))),
    "mset": ("CPU per MSET of 10, -P 16 -r 10000", "us", cpu_per_command("mset", 16, 300_000, "-r", 10_000, first=("-t", "mset"))),
    "set-16k": ("SET of 16 KiB", "/s", throughput_of_set(16384, 20_000)),
    "set-64k": ("SET of 64 KiB", "/s", throughput_of_set(65536, 10_000)),
    "handshake": ("CPU per full TLS 1.3 handshake", "us", cpu_per_handshake),
    "connection": ("CPU per connection with one PING", "us", cpu_per_connection),
    "memory": ("memory per idle connection", "KiB", memory_of_idle_connections),
    "installs": ("p99.9 with an installation each second, against without", "x", slowest_with_installs),
}


def two_loops():
    """CPU per command with a second loop, against one: ours alone, on two cores that the load shares."""
    ratios = {pipeline: [] for pipeline in (1, 16)}
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIRECTORY")) as directory:
        pki = Pki(directory)
        for _ in range(RUNS):
            for pipeline, count in ((1, 200_000), (16, 1_000_000)):
                costs = []
                for loops, cores in ((1, "0"), (2, "0,1")):
                    server = Server(BINARY, pki, directory, "--io-threads", str(loops), cores=cores)
                    costs.append(cpu_per_command("get", pipeline, count)(server))
                    server.stop()
                ratios[pipeline].append(costs[1] / costs[0])
    for pipeline, values in ratios.items():
        print(f"CPU per GET, -P {pipeline}, two loops against one: {median(values):.2f}x [{min(values):.2f} to {max(values):.2f}]", flush=True)


def main(names):
    if names == ["steps"]:
        os.execv(f"{ROOT}/build/release/bench/server_bench", ["server_bench"])
    if names == ["loops"]:
        return two_loops()
    servers = {"redis-pki": BINARY}
    for peer in PEERS:
        version = subprocess.run(["sh", "-c", f"{peer} --version"], capture_output=True, text=True).stdout
        number = re.search(r"v=([\d.]+)", version)
        if not number:
            print(f"{peer} is not there" + (": scripts/setup --with-peers" if "valkey" in peer else ""))
            continue
        servers[os.path.basename(peer).split("-")[0] + " " + number.group(1)] = peer
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIRECTORY")) as directory:
        pki = Pki(directory)
        for name in names or ROWS:
            title, unit, measure = ROWS[name]
            seen = {server: [] for server in servers}
            for _ in range(RUNS):
                for server, program in servers.items():
                    running = Server(program, pki, directory)
                    seen[server].append(measure(running))
                    running.stop()
            ours = median(seen["redis-pki"])
            for server, values in seen.items():
                ratio = "" if server == "redis-pki" else f"   {ours / median(values):.2f}x"
                print(f"{title:55} {server:15} {median(values):10.2f} {unit} [{min(values):.2f} to {max(values):.2f}]{ratio}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
