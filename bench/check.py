"""redis-pki check on 10,000 and 100,000 PEM files beside a shell loop of openssl x509 -checkend and beside reading and parsing alone; and on
1,000 live servers of which 100 are dead."""

import json
import os
import resource
import socket
import ssl
import subprocess
import tempfile
import threading
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
BUILD = os.environ.get("BUILD", ROOT + "/build/release")
BINARY = BUILD + "/bin/redis-pki"
FILES = 100_000
LOOP = 300  # of which the shell loop does so many
RUNS = 5


def make(directory):
    """10,000 leaves in ten copies each, in a hundred directories."""
    home = f"{directory}/home"
    lines = [f"server,redis-{i},redis-{i}.example.com" for i in range(FILES // 10)]
    with open(f"{directory}/batch.csv", "w") as file:
        file.write("\n".join(lines))
    subprocess.run([BINARY, "--home", home, "-q", "init", "--passphrase", "none"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([BINARY, "--home", home, "-q", "issue", "--batch", f"{directory}/batch.csv"], check=True, stdout=subprocess.DEVNULL)
    for i in range(FILES // 10):
        with open(f"{home}/certs/redis-{i}/current/tls.crt") as file:
            leaf = file.read().split("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----\n"
        for copy in range(10):
            folder = f"{directory}/pem/{copy}/{i % 10}"
            os.makedirs(folder, exist_ok=True)
            with open(f"{folder}/{i}.crt", "w") as file:
                file.write(leaf)


def timed(words):
    begin = time.monotonic()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begin


def peak(words):
    """Peak memory of the command in MiB."""
    script = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL); " \
             "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    return float(subprocess.run(["python3", "-c", script, *words], check=True, capture_output=True, text=True).stdout)


def files(directory):
    make(directory)
    check = [BINARY, "--home", "/nonexistent", "check", f"{directory}/pem"]
    ours, floor = [], []
    for _ in range(RUNS):
        floor.append(float(subprocess.run([BUILD + "/bench/check_bench", f"{directory}/pem"], check=True, capture_output=True, text=True).stdout))
        ours.append(timed(check))
    loop = f'n=0; for f in {directory}/pem/0/0/*.crt; do openssl x509 -in "$f" -noout -checkend 604800 || exit 1; ' \
           f'n=$((n+1)); [ $n -lt {LOOP} ] || break; done'
    shell = timed(["bash", "-c", loop]) / LOOP * FILES
    ours, floor = sorted(ours)[RUNS // 2], sorted(floor)[RUNS // 2]
    print(f"{FILES} files: check {ours:.2f} s; reading and parsing alone {floor:.2f} s: {ours / floor:.2f}x; "
          f"shell loop {shell:.0f} s: {shell / ours:.0f} times as long")
    print(f"memory: {peak([*check[:-1], check[-1] + '/0']):.0f} MiB for {FILES // 10} files, {peak(check):.0f} MiB for {FILES}")


def servers(directory):
    """A TLS server with a thread a connection; it stands for 900."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pair = f"{directory}/home/certs/redis-1/current"
    context.load_cert_chain(pair + "/tls.crt", pair + "/tls.key")
    live, dead = (socket.create_server(("", 0), backlog=1000) for _ in range(2))

    def serve(connection):
        try:
            with context.wrap_socket(connection, server_side=True) as stream:
                stream.recv(1)
        except OSError:
            pass

    def accept():
        while True:
            threading.Thread(target=serve, args=(live.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    targets = [f"127.0.{i // 250}.{i % 250 + 1}:{(live if i % 10 else dead).getsockname()[1]}" for i in range(1000)]
    words = [BINARY, "--home", f"{directory}/home", "--json", "check", *targets, "--timeout", "5s"]
    begin = time.monotonic()
    document = json.loads(subprocess.run(words, capture_output=True, text=True).stdout)
    elapsed = time.monotonic() - begin
    print(f"1,000 servers, {document['summary']['unknown']} of them dead, deadline 5 s: {elapsed:.1f} s")


resource.setrlimit(resource.RLIMIT_NOFILE, (8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIRECTORY")) as directory:
    files(directory)
    servers(directory)
