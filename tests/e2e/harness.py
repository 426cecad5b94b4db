"""What end-to-end scripts share: homes, servers, and clients that are not ours (Python's ssl, redis-cli)."""

import atexit
import fcntl
import hashlib
import json
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

BINARY = os.environ["REDIS_PKI"]
SOURCE = os.environ.get("SOURCE", "")
LONG = bool(os.environ.get("LONG"))
SANITIZED = bool(os.environ.get("SANITIZED"))

_processes = []
_directory = tempfile.mkdtemp(prefix="redis-pki-e2e-")
os.chmod(_directory, 0o755)


def _clean_up():
    for process in _processes:
        if process.poll() is None:
            process.kill()
            process.wait()
    for lock in _port_locks:
        os.unlink(lock.name)
    shutil.rmtree(_directory, ignore_errors=True)


def kill_at_end(process):
    """A process that outlives a test that failed keeps its output open, and ctest waiting."""
    _processes.append(process)


atexit.register(_clean_up)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def path(name):
    return os.path.join(_directory, name)


def write(name, text):
    with open(path(name), "w") as file:
        file.write(text)
    return path(name)


def read(file):
    with open(file) as opened:
        return opened.read()


def run(*words, check=True, **options):
    result = subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=300, **options)
    if check and result.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))}\nexit {result.returncode}\n{result.stdout}{result.stderr}")
    return result


def openssl(*words, **options):
    return run("openssl", *words, **options).stdout


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


def expect_equal(actual, expected, what=""):
    expect(actual == expected, f"{what}: got {actual!r}, expected {expected!r}")


def expect_refused(result, code, *parts):
    """One clear line on stderr, nothing else, and this exit code."""
    expect_equal(result.returncode, code, f"exit code of: {result.args} {result.stderr}")
    for part in parts:
        expect(part in result.stderr, f"{part!r} is not in: {result.stderr}")
    expect_equal(result.stderr.count("\n"), 1, f"lines of: {result.stderr}")


def set_clock(now):
    """What time it is for all programs that are started from now on (libfaketime)."""
    os.environ.update({"FAKETIME": time.strftime("@%Y-%m-%d %H:%M:%S", time.gmtime(now)), "TZ": "UTC", "NO_FAKE_STAT": "1",
                       "LD_PRELOAD": "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                       "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"})


_port_locks = []


def free_port():
    """A port of our own until this script ends: below the range from which the system takes ports for clients, and
    locked against the other scripts that run at the same time."""
    while True:
        port = random.SystemRandom().randrange(20000, 30000)
        lock = open(os.path.join(tempfile.gettempdir(), f"redis-pki-port-{port}.lock"), "w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError:
            lock.close()
            continue
        _port_locks.append(lock)
        return port


def wait_until(condition, what, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        expect(time.monotonic() < end, f"waited {seconds} s for: {what}")
        time.sleep(0.02)


def expired_certificate(ca=None, ca_key=None):
    """A pair for localhost whose certificate ended in 2021, self-signed or by this CA: its path and that of its key."""
    certificate, key = path("expired.crt"), path("expired.key")
    write("expired.db", "")
    conf = write("expired.cnf", f"[ca]\ndefault_ca=d\n[d]\nnew_certs_dir={path('.')}\ndatabase={path('expired.db')}\n"
                 "policy=p\ndefault_md=sha256\nrand_serial=yes\nx509_extensions=x\n[p]\ncommonName=supplied\n[x]\n"
                 "subjectAltName=DNS:localhost,IP:127.0.0.1\nauthorityKeyIdentifier=keyid\n")
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
            "-keyout", key, "-out", path("expired.csr"))
    signer = ["-cert", ca, "-keyfile", ca_key] if ca else ["-selfsign", "-keyfile", key]
    openssl("ca", "-batch", "-config", conf, *signer, "-in", path("expired.csr"), "-out", certificate,
            "-startdate", "20200101000000Z", "-enddate", "20210101000000Z", "-notext")
    return certificate, key


def sha256_of_der(der):
    return hashlib.sha256(der).hexdigest()


class Home:
    """A PKI with a server lineage redis-1 and a client lineage app."""

    def __init__(self, name="home", *init):
        self.path = path(name)
        self.run("init", "--passphrase", "none", *init)

    def run(self, *words, check=True, **options):
        return run(BINARY, "--home", self.path, *words, check=check, **options)

    def json(self, *words):
        return json.loads(self.run("--json", *words).stdout)

    def issue_usual(self):
        self.run("issue", "server", "redis-1", "--san", "localhost", "--san", "127.0.0.1")
        self.run("issue", "client", "app")
        return self

    def file(self, lineage, name, generation="current"):
        if generation != "current":
            generation = f"generations/{generation:04d}"
        return os.path.join(self.path, "certs", lineage, generation, name)

    def generation(self, lineage="redis-1"):
        return int(os.path.basename(os.readlink(os.path.join(self.path, "certs", lineage, "current"))))

    def leaf(self, lineage="redis-1", generation="current"):
        pem = read(self.file(lineage, "tls.crt", generation))
        return sha256_of_der(ssl.PEM_cert_to_DER_cert(pem[: pem.index("-----END") + 26]))

    def client_files(self, client="app", server="redis-1"):
        return ["--cacert", self.file(server, "ca.crt"), "--cert", self.file(client, "tls.crt"),
                "--key", self.file(client, "tls.key")]

    def redis_cli(self, port, *words, check=True, **options):
        return run("redis-cli", "--tls", *self.client_files(), "-h", "localhost", "-p", port, *words, check=check,
                   **options).stdout

    def s_client(self, port, *words, **options):
        """openssl s_client with the client certificate, its intermediates and the home's root."""
        certificate = self.file("app", "tls.crt")
        return openssl("s_client", "-connect", f"localhost:{port}", "-CAfile", self.path + "/ca/root.crt", "-cert",
                       certificate, "-cert_chain", certificate, "-key", self.file("app", "tls.key"), *words, **options)

    def context(self, version=None, client="app"):
        context = ssl.create_default_context(cafile=os.path.join(self.path, "ca", "root.crt"))
        if client:
            context.load_cert_chain(self.file(client, "tls.crt"), self.file(client, "tls.key"))
        if version:
            context.minimum_version = context.maximum_version = version
        return context

    def connect(self, port, **options):
        return Client(self.context(**options), port)


class Process:
    """A server in the background whose output goes to a file."""

    def __init__(self, name, words, port):
        self.log = path(f"{name}-{port}.log")
        self.port = port
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([str(w) for w in words], stdout=log, stderr=log)
        kill_at_end(self.process)
        wait_until(self.accepts, f"{name} to listen on {port}: {self.log}")

    def accepts(self):
        expect(self.process.poll() is None, f"it has ended: {read(self.log)}")
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def stop(self):
        """Ends it in order, and expects that it ends well (also in the eyes of a sanitizer)."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        expect_equal(code, 0, f"exit code; its log: {read(self.log)[-3000:]}")

    def kill(self):
        self.process.kill()
        self.process.wait()


# A process that can't be traced can't be searched for leaks either.
MLOCK = ["--mlock", "no"] if SANITIZED else []
# The bundled server's own tests are run with several event loops, too.
THREADS = ["--io-threads", os.environ["IO_THREADS"]] if "IO_THREADS" in os.environ else []


def serve(home, *directives, lineage="redis-1"):
    return serve_words(home, "--lineage", lineage, *directives)


def serve_words(home, *words):
    port = free_port()
    return Process("serve", [BINARY, "--home", home.path, "serve", *words, "--tls-port", port, *MLOCK, *THREADS], port)


# What is rotated for real: Debian's, and what `scripts/setup --with-peers` has unpacked.
REDIS_SERVERS = ["redis-server"] + [p for p in [f"{SOURCE}/build/peers/usr/bin/valkey-server"] if os.path.exists(p)]


def redis_server(certificate, key, ca, *directives, binary="redis-server"):
    port = free_port()
    directory = path(f"redis-{port}")
    os.mkdir(directory)
    words = [binary, "--port", 0, "--tls-port", port, "--bind", "127.0.0.1", "--tls-cert-file", certificate,
             "--tls-key-file", key, "--tls-ca-cert-file", ca, "--dir", directory, "--save", "", *directives]
    return Process(os.path.basename(binary), words, port)


def linked_redis_server(home, *directives, **options):
    return redis_server(home.file("redis-1", "tls.crt"), home.file("redis-1", "tls.key"),
                        os.path.join(home.path, "trust", "clients.crt"), *directives, **options)


class Client:
    """A TLS connection by Python's ssl that remembers the certificate it got."""

    def __init__(self, context, port, host="localhost"):
        self.port = port
        raw = socket.create_connection(("127.0.0.1", port), timeout=30)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(raw, server_hostname=host)
        self.leaf = sha256_of_der(self.socket.getpeercert(binary_form=True))
        self.buffer = bytearray()

    def send(self, *words):
        words = [w if isinstance(w, bytes) else str(w).encode() for w in words]
        self.socket.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))

    def _fill(self):
        received = self.socket.recv(65536)
        if not received:
            raise EOFError("the server has closed the connection")
        self.buffer += received

    def _line(self):
        while b"\r\n" not in self.buffer:
            self._fill()
        end = self.buffer.index(b"\r\n")
        return self._take(end, end + 2)

    def _take(self, size, used):
        """The first bytes of what has come, of which so many are used up."""
        text = bytes(self.buffer[:size])
        del self.buffer[:used]
        return text

    def reply(self):
        line = self._line()
        kind, rest = line[:1], line[1:]
        if kind == b"$":
            size = int(rest)
            if size < 0:
                return None
            while len(self.buffer) < size + 2:
                self._fill()
            return self._take(size, size + 2)
        if kind == b"*":
            return None if int(rest) < 0 else [self.reply() for _ in range(int(rest))]
        if kind == b":":
            return int(rest)
        if kind in (b"+", b"-"):
            return line.decode()
        raise AssertionError(f"what is {line!r}?")

    def command(self, *words):
        self.send(*words)
        return self.reply()

    def info(self, section="tls"):
        text = self.command("INFO", section).decode()
        return dict(line.split(":", 1) for line in text.split("\r\n") if ":" in line)

    def is_alive(self):
        try:
            return self.command("PING") == "+PONG"
        except (OSError, EOFError):
            return False

    def close(self):
        self.socket.close()
