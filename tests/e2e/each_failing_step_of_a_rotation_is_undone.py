"""A real redis-server, or the way to it, fails at each step of a rotation: the exit code says how it stands, files match each
other, the old certificate serves or the new one is proved, and the next run converges."""

import threading

from harness import *

home = Home().issue_usual()
own = path("own")
os.mkdir(own)


class Relay:
    """A TCP relay to a server, which can be cut."""

    def __init__(self, port):
        self.to = port
        self.open, self.pairs = True, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            if not self.open:
                client.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                client.close()
                continue
            self.pairs.append((client, server))
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self.pump, args=(source, sink), daemon=True).start()

    @staticmethod
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        self.open = False
        for pair in self.pairs:
            for end in pair:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def mend(self):
        self.open = True


def public_keys(certificate, key):
    return openssl("x509", "-noout", "-pubkey", "-in", certificate), openssl("pkey", "-pubout", "-in", key)


def expect_pair(certificate, key, what):
    of_certificate, of_key = public_keys(certificate, key)
    expect_equal(of_certificate, of_key, f"the pair on disk: {what}")


class Case:
    """A server that reads the link, or files of its own, and a rotation that is stopped behind a step."""

    def __init__(self, in_place):
        self.in_place = in_place
        self.files = [f"{own}/tls.crt", f"{own}/tls.key"] if in_place else [home.file("redis-1", "tls.crt"),
                                                                          home.file("redis-1", "tls.key")]
        if in_place:
            for name in ("tls.crt", "tls.key"):
                shutil.copy(home.file("redis-1", name), own)
        self.start()
        self.relay = Relay(self.server.port)
        home.run("target", "add", "redis-1", "--target", f"localhost:{self.relay.port}", "--client", "app", "--timeout", "2s")
        home.run("rotate", "redis-1")

    def start(self, port=None):
        words = ["redis-server", "--port", 0, "--tls-port", port or free_port(), "--bind", "127.0.0.1", "--save", "", "--dir",
                 path("."), "--tls-cert-file", self.files[0], "--tls-key-file", self.files[1], "--tls-ca-cert-file",
                 home.path + "/trust/clients.crt"]
        self.server = Process("redis-server", words, words[4])

    def restart(self):
        self.start(self.server.port)

    def interrupted(self, step, action):
        """A rotation during which something happens right behind a step."""
        env = {**os.environ, "LD_PRELOAD": os.environ["STOP_AT_LIBRARY"], "STOP_AT": step,
               "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
        process = subprocess.Popen([BINARY, "--home", home.path, "rotate", "redis-1"], env=env, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        expect(os.WIFSTOPPED(status), f"it has not printed '{step}'")
        action()
        process.send_signal(signal.SIGCONT)
        out, err = process.communicate(timeout=60)
        expect_pair(*self.files, step)
        expect(err.count("\n") == (process.returncode != 0), err)
        return process.returncode, err

    def served(self):
        return home.connect(self.server.port).leaf

    def expect_converged(self, what):
        before = home.generation()
        result = home.run("rotate", "redis-1", check=False)
        if "rolled back" in result.stderr:
            result = home.run("rotate", "redis-1", check=False)
        expect_equal(result.returncode, 0, f"{what}, the next run: {result.stdout}{result.stderr}")
        expect(home.generation() >= before, what)
        expect_equal(self.served(), home.leaf(), f"{what}, the next run")
        expect_pair(*self.files, what)
        expect(not os.path.exists(home.path + "/certs/redis-1/rotation.journal"), what)

    def end(self):
        home.run("target", "forget", "redis-1", "--all")
        self.server.stop()


for in_place in (False, True):
    case = Case(in_place)

    # Killed between swap and reload: nobody serves, so a person must look; when it is back, the next run goes on.
    code, line = case.interrupted("swapped to", case.server.kill)
    expect_equal(code, 4, line)
    case.restart()
    expect(case.server.accepts(), "it does not start again")
    case.expect_converged("killed between swap and reload")

    # Restarted between swap and reload: it has the new certificate already, over a connection that is new.
    code, line = case.interrupted("swapped to", lambda: (case.server.kill(), case.restart()))
    expect_equal((code, case.served()), (0, home.leaf()), line)

    # Frozen between swap and reload, and alive again afterwards.
    code, line = case.interrupted("swapped to", lambda: case.server.process.send_signal(signal.SIGSTOP))
    expect_equal(code, 4, line)
    expect("no answer in time" in line, line)
    case.server.process.send_signal(signal.SIGCONT)
    case.expect_converged("frozen")

    # The network is cut between reload and proof: unproved, whatever the server serves; mended, the next run converges.
    code, line = case.interrupted("reloaded", case.relay.cut)
    expect_equal(code, 4, line)
    case.relay.mend()
    expect(case.served() in (home.leaf("redis-1", home.generation()), home.leaf("redis-1", home.generation() + 1)), line)
    case.expect_converged("network cut")

    # It can't read the new key: the reload is refused, and all goes back.
    served = case.served()

    def spoil():
        with open(case.files[1], "w") as key:
            key.write("")

    if in_place:
        kept = read(case.files[1])
        code, line = case.interrupted("swapped to", spoil)
        expect_equal((code, case.served()), (3, served), line)
        expect("Unable to update TLS configuration" in line, line)
        expect_equal(read(case.files[1]), kept, "the key after the way back")
        case.expect_converged("unreadable key")

    case.end()
