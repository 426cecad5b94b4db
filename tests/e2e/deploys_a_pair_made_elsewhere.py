"""deploy brings a pair that openssl has made, laid out as certbot does, to a redis-server: by its own link, in place, or to
the lineage's; what can't be trusted, doesn't match or has expired is refused, and what is there already is only proved."""

from harness import *

home = Home().issue_usual()
trust = home.path + "/trust/clients.crt"
openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=Company Root", "-days", "100",
        "-keyout", path("root.key"), "-out", path("root.crt"))
openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=Company CA", "-days", "50", "-CA",
        path("root.crt"), "-CAkey", path("root.key"), "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0", "-keyout",
        path("ca.key"), "-out", path("ca.crt"))


def make(number, days="30", key_type="ec", usages="serverAuth,clientAuth"):
    """archive/fullchainN.pem and privkeyN.pem."""
    os.makedirs(path("archive"), exist_ok=True)
    full, key = path(f"archive/fullchain{number}.pem"), path(f"archive/privkey{number}.pem")
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if key_type == "ec" else ["-newkey", "rsa:2048"]
    openssl("req", "-x509", *kind, "-nodes", "-subj", "/CN=redis.example.com", "-days", days, "-CA", path("ca.crt"), "-CAkey",
            path("ca.key"), "-addext", "subjectAltName=DNS:redis.example.com,DNS:localhost", "-addext",
            f"extendedKeyUsage={usages}", "-addext", "basicConstraints=CA:FALSE", "-keyout", key, "-out", full)
    with open(full, "a") as file:
        file.write(read(path("ca.crt")))
    return full, key


def leaf_of(full):
    pem = read(full)
    return sha256_of_der(ssl.PEM_cert_to_DER_cert(pem[: pem.index("-----END") + 26]))


def point_at(number):
    os.makedirs(path("live"), exist_ok=True)
    for name in ("fullchain", "privkey"):
        link = path(f"live/{name}.pem")
        if os.path.lexists(link):
            os.unlink(link)
        os.symlink(f"../archive/{name}{number}.pem", link)


def served(server):
    context = ssl.create_default_context(cafile=path("root.crt"))
    context.load_cert_chain(home.file("app", "tls.crt"), home.file("app", "tls.key"))
    return Client(context, server.port).leaf


def deploy(pair, *words):
    return home.run("-q", "deploy", "--cert", pair[0], "--key", pair[1], "--ca", path("root.crt"), *words, check=False)


pairs = {number: make(number) for number in (1, 2, 3, 4)}
point_at(1)
server = redis_server(path("live/fullchain.pem"), path("live/privkey.pem"), trust)
target = ["--target", f"localhost:{server.port}", "--client", "app", "--cacert", path("root.crt")]

# Two templates of Vault Agent write the halves one after the other: the second is waited for.
shutil.copy(pairs[1][0], path("half.crt"))
shutil.copy(pairs[2][1], path("half.key"))
late = subprocess.Popen(["sh", "-c", f"sleep 1; cp {pairs[2][0]} {path('half.crt')}"])
expect_refused(deploy((path("half.crt"), path("half.key")), "--name", "halves"), 2, "'halves' has no target yet")
late.wait()

# Nothing to deploy to, and pairs that can't be.
expect_refused(deploy(pairs[1]), 2, "'redis.example.com' has no target yet")
expect_refused(deploy((pairs[1][0], pairs[2][1]), *target), 1, "is not the key of a certificate in")
expect_refused(deploy((home.file("redis-1", "tls.crt"), home.file("redis-1", "tls.key")), *target), 1, "nothing here certifies")
expect_refused(deploy(pairs[1], *target, "--name", "redis-1"), 2, "'redis-1' is issued by this PKI")
expect_equal(home.json("status", "redis-1")[0]["targets"], [])

# As certbot's hook would: the link has moved already, and the server is only told and proved.
point_at(2)
result = deploy((path("live/fullchain.pem"), path("live/privkey.pem")), *target)
expect_equal((result.returncode, served(server)), (0, leaf_of(pairs[2][0])), result.stderr)
expect(os.path.islink(path("live/privkey.pem")), "certbot's link is replaced")
status = home.json("status", "redis.example.com")[0]
expect_equal((status["issuer"], status["issued"], status["targets"][0]["verified"]), ("external", 1, 1))
# Again: the same generation, proved anew.
expect_equal(deploy(pairs[2]).returncode, 0)
expect_equal(home.json("status", "redis.example.com")[0]["issued"], 1)

# A pair that the link doesn't lead to is not written over it; --adopt takes the server off.
expect_refused(deploy(pairs[3]), 1, "a link that others keep", "--adopt")
expect_equal(deploy(pairs[3], "--adopt").returncode, 0)
expect_equal(served(server), leaf_of(pairs[3][0]), "adopted")
expect_equal(deploy(make(5, key_type="rsa")).returncode, 0)
expect_equal(served(server), leaf_of(path("archive/fullchain5.pem")), "RSA after EC")

# What clients don't trust is refused before anything changes; so are expired ones, and a lineage that isn't issued here.
elsewhere = (home.file("redis-1", "tls.crt"), home.file("redis-1", "tls.key"))
refused = home.run("-q", "deploy", "--cert", elsewhere[0], "--key", elsewhere[1], "--name", "redis.example.com", check=False)
expect_refused(refused, 1, "not trusted")
expect_equal(served(server), leaf_of(path("archive/fullchain5.pem")), "after the refusal")
expired = expired_certificate()
expect_refused(home.run("-q", "deploy", "--cert", expired[0], "--key", expired[1], "--name", "redis.example.com", check=False), 1,
               "expired")
expect_refused(home.run("issue", "server", "redis.example.com", check=False), 2, "come from outside")
expect_equal(deploy(pairs[4]).returncode, 0)
expect_equal(served(server), leaf_of(pairs[4][0]), "the next good one")
server.stop()
