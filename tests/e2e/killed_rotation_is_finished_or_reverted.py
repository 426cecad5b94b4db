"""kill -9 at random moments of a rotation. With a linked install the pair on disk always matches and the server always
serves; in place the running server does, and the next run heals files and server, also when the server was killed too."""

import random

from harness import *

KILLS = 250 if LONG else 25
random.seed(7)


def matches(certificate, key):
    return openssl("x509", "-noout", "-pubkey", "-in", certificate) == openssl("pkey", "-pubout", "-in", key)


class Rotated:
    """A redis-server that reads the link, or copies in files of its own."""

    def __init__(self, in_place):
        self.home = Home(f"home-{in_place}").issue_usual()
        self.journal = self.home.path + "/certs/redis-1/rotation.journal"
        self.certificate, self.key = (self.home.file("redis-1", name) for name in ("tls.crt", "tls.key"))
        if in_place:
            self.certificate, self.key = (shutil.copy(file, path("own." + file[-3:])) for file in (self.certificate, self.key))
        self.port = free_port()
        self.start()
        self.home.run("rotate", "redis-1", "--target", f"localhost:{self.port}", "--client", "app")
        began = time.monotonic()
        self.home.run("rotate", "redis-1")
        self.duration = time.monotonic() - began

    def start(self):
        self.server = Process("redis-server", [
            "redis-server", "--port", 0, "--tls-port", self.port, "--bind", "127.0.0.1", "--save", "", "--dir", path("."),
            "--tls-cert-file", self.certificate, "--tls-key-file", self.key, "--tls-ca-cert-file",
            self.home.path + "/trust/clients.crt"], self.port)

    def kill_a_rotation(self):
        process = subprocess.Popen([BINARY, "--home", self.home.path, "-q", "rotate", "redis-1"], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        time.sleep(random.uniform(0, self.duration))
        process.kill()
        process.wait()
        return os.path.exists(self.journal)

    def expect_served(self):
        expect(self.home.connect(self.server.port).is_alive(), "the server does not serve")

    def expect_healed(self):
        result = self.home.run("-q", "rotate", "redis-1", check=False)
        if not self.server.process.poll() is None:
            expect(matches(self.certificate, self.key), "the files are not healed before the server is back")
            self.start()
            result = self.home.run("-q", "rotate", "redis-1", check=False)
        expect_equal(result.returncode, 0, result.stderr)
        expect(matches(self.certificate, self.key), "the pair after the next run")
        expect_equal(self.home.connect(self.port).leaf, self.home.leaf(), "the server after the next run")
        expect(not os.path.exists(self.journal), "the journal is still there")

    def expect_whole_home(self):
        """Every generation is whole, and every certificate in the ledger."""
        rows = run("sqlite3", self.home.path + "/ledger.db", "SELECT sha256 FROM certificates").stdout.split()
        generations = os.path.join(self.home.path, "certs/redis-1/generations")
        for name in os.listdir(generations):
            expect_equal(sorted(os.listdir(os.path.join(generations, name))), ["ca.crt", "tls.crt", "tls.key"], name)
            expect(self.home.leaf("redis-1", int(name)) in rows, f"generation {name} is not in the ledger")


linked = Rotated(in_place=False)
cut_off = 0
for _ in range(KILLS):
    cut_off += linked.kill_a_rotation()
    expect(matches(linked.certificate, linked.key), "the pair on disk")
    linked.expect_served()
    linked.expect_healed()
linked.expect_whole_home()
linked.server.stop()
print(f"linked: {KILLS} rotations killed, {cut_off} of them between journal and commit")

in_place = Rotated(in_place=True)
cut_off = halves = 0
for number in range(KILLS):
    cut_off += in_place.kill_a_rotation()
    halves += not matches(in_place.certificate, in_place.key)
    in_place.expect_served()
    if number % 5 == 4 and os.path.exists(in_place.journal):
        in_place.server.kill()
    in_place.expect_healed()
in_place.expect_whole_home()
in_place.server.stop()
print(f"in place: {KILLS} rotations killed, {cut_off} of them between journal and commit, {halves} between the two files")
