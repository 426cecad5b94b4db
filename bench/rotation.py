"""Time from the swap to the proof of a rotation, beside what a shell script does: redis-cli CONFIG SET, then redis-cli PING over a
new connection. Against the bundled server, redis-server, and valkey-server where 'scripts/setup --with-peers' has unpacked it."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
BINARY = f"{os.environ.get('BUILD', ROOT + '/build/release')}/bin/redis-pki"
VALKEY = f"{ROOT}/build/peers/usr/bin/valkey-server"
ROTATIONS = 30


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def quiet(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def median(values):
    return sorted(values)[len(values) // 2]


class Bench:
    def __init__(self, directory):
        self.directory = directory
        self.home = f"{directory}/home"
        self.pki("init", "--passphrase", "none")
        self.pki("issue", "server", "redis-1", "--san", "localhost")
        self.pki("issue", "client", "app")

    def pki(self, *words):
        return quiet(BINARY, "--home", self.home, *words)

    def file(self, lineage, name):
        return f"{self.home}/certs/{lineage}/current/{name}"

    def start(self, server, in_place, port):
        pair = [self.file("redis-1", "tls.crt"), self.file("redis-1", "tls.key")]
        if in_place:
            pair = [shutil.copy(file, f"{self.directory}/own.{file[-3:]}") for file in pair]
        options = ["--tls-port", str(port), "--bind", "127.0.0.1", "--tls-cert-file", pair[0], "--tls-key-file", pair[1],
                   "--tls-ca-cert-file", f"{self.home}/trust/clients.crt"]
        words = [BINARY, "serve", *options] if server == "redis-pki" else [server, "--port", "0", "--save", "", *options]
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.directory)
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return process, pair
            except OSError:
                time.sleep(0.05)

    def by_hand(self, port, pair):
        """What a script does when the files are there: it proves less."""
        cli = ["redis-cli", "--tls", "-h", "localhost", "-p", str(port), "--cacert", f"{self.home}/ca/root.crt", "--cert",
               self.file("app", "tls.crt"), "--key", self.file("app", "tls.key")]
        begin = time.monotonic()
        quiet(*cli, "CONFIG", "SET", "tls-cert-file", pair[0], "tls-key-file", pair[1])
        quiet(*cli, "PING")
        return (time.monotonic() - begin) * 1000

    def measure(self, server, in_place):
        port = free_port()
        process, pair = self.start(server, in_place, port)
        self.pki("target", "add", "redis-1", "--target", f"localhost:{port}", "--client", "app")
        ours, theirs = [], []
        for _ in range(ROTATIONS):
            ours.append(json.loads(self.pki("--json", "rotate", "redis-1"))["swap_to_proof_us"] / 1000)
            theirs.append(self.by_hand(port, pair))
        self.pki("target", "forget", "redis-1", "--all")
        process.terminate()
        process.wait()
        print(f"{os.path.basename(server):14} {'in place' if in_place else 'linked':9} {median(ours):6.1f} ms ({min(ours):.1f} to "
              f"{max(ours):.1f})   by redis-cli {median(theirs):6.1f} ms   {median(ours) / median(theirs):.2f}x", flush=True)


with tempfile.TemporaryDirectory() as directory:
    bench = Bench(directory)
    for server in ["redis-pki", "redis-server"] + [VALKEY] * os.path.exists(VALKEY):
        for in_place in (False, True):
            bench.measure(server, in_place)
    if not os.path.exists(VALKEY):
        print("valkey-server is not there: scripts/setup --with-peers")
