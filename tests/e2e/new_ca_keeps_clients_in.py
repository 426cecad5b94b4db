"""A new issuing CA, then a new root, whose keys are encrypted, under a server that looks at a CRL: clients of both CAs are let in
through all phases but the last, after which the old root's are kept out; a revoked one stays out all along."""

from harness import *

home = Home("home", "--key-type", "ec-p384")
home.issue_usual()
home.run("issue", "client", "thief")
os.environ["CA_PASSPHRASE"] = "correct horse"
home.run("passphrase", "change", "--ca-passphrase", "none", "--passphrase", "env:CA_PASSPHRASE")
home.run("revoke", "thief")
secret = "--ca-passphrase", "env:CA_PASSPHRASE"
home.run("crl", *secret)
server = serve(home, "--tls-crl-file", home.path + "/trust/crl.pem")
home.run("target", "add", "redis-1", "--target", f"localhost:{server.port}", "--client", "app")


def copy_of(lineage, name):
    """The pair as it is now, in the hands of a client that keeps it."""
    directory = path(name)
    shutil.copytree(os.path.realpath(os.path.dirname(home.file(lineage, "tls.crt"))), directory)
    return directory


def lets_in(directory):
    context = ssl.create_default_context(cafile=home.path + "/ca/root.crt")
    context.load_cert_chain(directory + "/tls.crt", directory + "/tls.key")
    try:
        return Client(context, server.port).is_alive()
    except ssl.SSLError:
        return False


def rotate_ca(*words, **options):
    return home.run("rotate-ca", *words, *secret, **options)


def issuer(lineage):
    return openssl("x509", "-in", home.file(lineage, "tls.crt"), "-noout", "-issuer").strip()


thief, first = copy_of("thief", "thief"), copy_of("app", "first")
expect(lets_in(first) and not lets_in(thief), "before")
expect_refused(home.run("rotate-ca", check=False), 2, "--ca-passphrase")
expect_refused(rotate_ca("--tier", "leaf", check=False), 2, "a tier is root or issuing")
os.environ["CA_PASSPHRASE"] = "wrong"
expect_refused(rotate_ca("--tier", "issuing", check=False), 1, "passphrase")
os.environ["CA_PASSPHRASE"] = "correct horse"
expect(not os.path.exists(home.path + "/ca/change.json"), "nothing was begun")

home.run("rotate", "redis-1", *secret)
for tier in ("issuing", "root"):
    before = copy_of("app", f"before-{tier}")
    rotate_ca("--tier", tier)
    expect("trust is done" in home.run("rotate-ca", "--status").stdout, "status")
    expect_refused(rotate_ca("--tier", "issuing" if tier == "root" else "root", check=False), 2, "another change of the CA")
    expect(lets_in(before) and not lets_in(thief), f"{tier}: trust")
    if tier == "issuing":
        served = home.connect(server.port).leaf
        home.run("rollback", "redis-1")
        expect(home.connect(server.port).leaf != served, "the way back is to another certificate, not to other roots")
    rotate_ca()
    after = copy_of("app", f"after-{tier}")
    expect(lets_in(before) and lets_in(after) and not lets_in(thief), f"{tier}: reissue")
    expect_equal(read(home.path + "/trust/crl.pem").count("BEGIN X509 CRL"), 2, "lists")
    time.sleep(1.1)
    home.run("-q", "renew", "--all", *secret)
    rotate_ca("--ignore-clients")
    expect_equal(read(home.path + "/trust/crl.pem").count("BEGIN X509 CRL"), 1, "lists at the end")
    expect_equal(lets_in(before), False, f"{tier}: a client of the old CA at the end")
    expect(lets_in(after) and not lets_in(thief), f"{tier}: retire")
    expect("over" in home.run("rotate-ca", "--status").stdout, "status at the end")

expect("G3" in issuer("app") and "G3" in issuer("redis-1"), f"what issues now: {issuer('app')}")
curve = openssl("x509", "-in", home.path + "/ca/root.crt", "-noout", "-text")
expect("384" in curve and "Root CA G2" in curve, "the kind of key, and the name")
home.run("issue", "client", "late", *secret)
expect(lets_in(copy_of("late", "late")), "a client that is issued then")
expect_equal(os.stat(home.path + "/ca/issuing.key").st_mode & 0o777, 0o600, "mode of the key")

# Taken back at the end: the old root is trusted again.
rotate_ca("--undo")
expect(lets_in(before), "after the way back")
rotate_ca("--ignore-clients")
expect(not lets_in(before), "after retiring it again")
home.run("verify", "redis-1")
home.run("check", home.path, "--warn", "1d", "--crit", "1h")
server.stop()

expect_refused(run(BINARY, "--home", path("nowhere"), "rotate-ca", check=False), 1, "there is no CA", "redis-pki init")
