"""verify, sign, crl and export agree with openssl (and keytool, where Java is) over key types, profiles and tiers: on what
is good, and on what is bad."""

from harness import *

KEYS = {"ec-p256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "ec-p384": ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
        "ed25519": ["ed25519"], "rsa-2048": ["rsa:2048"]}
PURPOSES = {"server": ["sslserver"], "client": ["sslclient"], "peer": ["sslserver", "sslclient"]}
stranger = Home("stranger")
secret = write("secret", "a passphrase\n")
agreed = {True: 0, False: 0}


def openssl_accepts(chain, ca, purpose, host=None, at=None, crl=None):
    def accepts(one):
        words = ["verify", "-x509_strict", "-purpose", one, "-CAfile", ca, "-untrusted", chain]
        if host:
            words += ["-verify_ip" if ":" in host or host[0].isdigit() else "-verify_hostname", host]
        words += ["-attime", at] if at else []
        words += ["-crl_check", "-CRLfile", crl] if crl else []
        return run("openssl", *words, chain, check=False).returncode == 0

    return all(map(accepts, PURPOSES[purpose]))


def we_accept(home, chain, ca, purpose, host=None, at=None, crl=None):
    words = ["verify", chain, "--ca", ca, "--purpose", purpose]
    words += ["--host", host] if host else []
    words += ["--at", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))] if at else []
    words += ["--crl", crl] if crl else []
    result = home.run(*words, check=False)
    expect(result.returncode in (0, 1), result.stderr)
    return result.returncode == 0


def agree(home, expected, *words, **options):
    what = f"{words} {options}"
    expect_equal(openssl_accepts(*words, **options), expected, f"openssl: {what}")
    expect_equal(we_accept(home, *words, **options), expected, f"redis-pki: {what}")
    agreed[expected] += 1


def damaged(pem):
    """The same chain, with one bit of the leaf's signature flipped."""
    end = pem.index("-----END")
    der = bytearray(ssl.PEM_cert_to_DER_cert(pem[: end + 26]))
    der[-1] ^= 1
    return ssl.DER_cert_to_PEM_cert(bytes(der)) + pem[end + 26 :]


def signs_as_openssl_verifies(home, key_type):
    key, csr = path("req.key"), path("req.csr")
    openssl("req", "-new", "-newkey", *KEYS[key_type], "-nodes", "-keyout", key, "-out", csr, "-subj", "/CN=theirs",
            "-addext", "subjectAltName=DNS:theirs.example.com")
    openssl("req", "-in", csr, "-outform", "DER", "-out", path("req.der"))
    with open(path("req.der"), "rb") as file:
        der = bytearray(file.read())
    der[-1] ^= 1
    with open(path("bad.der"), "wb") as file:
        file.write(der)
    openssl("req", "-inform", "DER", "-in", path("bad.der"), "-out", path("bad.csr"))
    for file, expected in ((csr, True), (path("bad.csr"), False)):
        theirs = "verify OK" in run("openssl", "req", "-verify", "-noout", "-in", file, check=False).stderr
        ours = home.run("sign", file, "--profile", "server", "--out", path("signed.crt"), check=False)
        expect_equal((theirs, ours.returncode == 0), (expected, expected), f"{key_type}: {ours.stderr}")
        agreed[expected] += 1


def keystore_is_read(home, name):
    store = path("store.p12")
    home.run("export", name, "--format", "p12", "--passphrase", f"file:{secret}", "--out", store)
    readers = [["openssl", "pkcs12", "-in", store, "-noout", "-passin"]]
    if shutil.which("keytool"):
        readers.append(["keytool", "-list", "-keystore", store, "-storepass:file"])
    for reader in readers:
        good = secret if reader[0] == "keytool" else f"file:{secret}"
        bad = write("wrong", "not the passphrase\n")
        expect_equal(run(*reader, good, check=False).returncode, 0, f"{reader} {name}")
        expect(run(*reader, bad if reader[0] == "keytool" else f"file:{bad}", check=False).returncode != 0, reader)
        agreed[True] += 1
        agreed[False] += 1


for tier in ([], ["--single-tier"]):
    for ca_type in KEYS if LONG else ("rsa-2048",) if tier else ("ec-p256", "rsa-2048"):
        home = Home(f"home-{ca_type}-{len(tier)}", "--key-type", ca_type, *tier)
        ca = home.path + "/ca/root.crt"
        crl = home.path + "/trust/crl.pem"
        names = ["--san", "redis.example.com,*.example.org,10.0.0.1,::1"]
        home.run("issue", "client", "revoked")
        home.run("revoke", "revoked")
        home.run("crl")
        signer = home.path + ("/ca/root.crt" if tier else "/ca/issuing.crt")
        openssl("crl", "-noout", "-verify", "-CAfile", signer, "-in", crl)
        other = run("openssl", "crl", "-noout", "-verify", "-CAfile", stranger.path + "/ca/issuing.crt", "-in", crl, check=False)
        expect("verify OK" not in other.stderr, "the CRL verifies with a CA that did not sign it")
        agree(home, False, home.file("revoked", "tls.crt"), ca, "client", crl=crl)
        agree(home, True, home.file("revoked", "tls.crt"), ca, "client")
        for key_type in KEYS if LONG or ca_type == "ec-p256" else [ca_type]:
            for profile in PURPOSES:
                name = f"{profile}-{key_type}"
                home.run("issue", profile, name, "--key-type", key_type, *names)
                chain = home.file(name, "tls.crt")
                agree(home, True, chain, ca, profile)
                agree(home, True, chain, ca, profile, crl=crl)
                agree(home, False, chain, stranger.path + "/ca/root.crt", profile)
                agree(home, False, chain, ca, profile, at=int(time.time()) + 100 * 86400)
                agree(home, False, chain, ca, profile, at=int(time.time()) - 86400)
                agree(home, False, write("damaged.crt", damaged(read(chain))), ca, profile)
                for purpose in PURPOSES:
                    agree(home, profile in (purpose, "peer"), chain, ca, purpose)
                for host, good in (("redis.example.com", True), ("REDIS.example.com", True), ("a.example.org", True),
                                   ("10.0.0.1", True), ("0:0:0:0:0:0:0:1", True), ("example.org", False),
                                   ("a.b.example.org", False), ("10.0.0.2", False), ("::2", False), (name, False)):
                    agree(home, good, chain, ca, profile, host=host)
            signs_as_openssl_verifies(home, key_type)
        keystore_is_read(home, f"server-{ca_type}")
print(f"agreed on {agreed[True]} good and {agreed[False]} bad")
