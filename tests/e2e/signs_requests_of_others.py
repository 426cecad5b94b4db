"""sign: openssl's requests become certificates that openssl accepts; bad requests are refused and leave no trace."""

from harness import *

home = Home()
home.run("issue", "client", "dummy")


def request(name, *words, key=("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")):
    openssl("req", "-new", *key, "-nodes", "-keyout", path(name + ".key"), "-out", path(name + ".csr"), *words)
    return path(name + ".csr")


def rows():
    return len(home.json("list"))


good = request("good", "-subj", "/O=Example/CN=redis-4", "-addext", "subjectAltName=DNS:redis-4.example.com,IP:10.0.0.4",
               "-addext", "extendedKeyUsage=codeSigning")
home.run("sign", good, "--profile", "server", "--out", path("good.crt"))
openssl("verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "redis-4.example.com", "-CAfile",
        home.path + "/ca/root.crt", "-untrusted", path("good.crt"), path("good.crt"))
text = openssl("x509", "-noout", "-text", "-in", path("good.crt"))
expect("O = Example, CN = redis-4" in text and "IP Address:10.0.0.4" in text, text)
expect("Code Signing" not in text, "usages of the request were taken")
expect_equal(openssl("x509", "-noout", "-pubkey", "-in", path("good.crt")), openssl("pkey", "-pubout", "-in", path("good.key")))
expect("redis-5.example.com" in openssl("x509", "-noout", "-text", input=home.run("sign", good, "--profile", "peer", "--san",
                                                                                 "redis-5.example.com").stdout), "--san")

before = rows()
tampered = bytearray(subprocess.run(["openssl", "req", "-in", good, "-outform", "DER"], capture_output=True).stdout)
tampered[-5] ^= 1
with open(path("tampered.der"), "wb") as file:
    file.write(tampered)
openssl("req", "-inform", "DER", "-in", path("tampered.der"), "-out", path("tampered.csr"))
CASES = [
    (path("tampered.csr"), 1, "nobody has proved to have it"),
    (request("ca", "-subj", "/CN=x", "-addext", "basicConstraints=CA:TRUE"), 1, "asks to be a CA"),
    (request("weak", "-subj", "/CN=x", key=("-newkey", "rsa:1024")), 1, "too weak: RSA 1024"),
    (request("odd", "-subj", "/CN=x", "-addext", "subjectAltName=otherName:1.2.3.4;UTF8:x"), 1, "neither a DNS name"),
    (request("nul", "-subj", "/CN=x", "-addext", "subjectAltName=DNS:a b.example.com"), 2, "for --san"),
    (request("nameless", "-subj", "/CN=x"), 2, "the request names no host"),
    (write("garbage.csr", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"), 1, "can be read"),
    (home.file("dummy", "tls.crt"), 1, "holds no PEM certificate request"),
    ("/nope.csr", 1, "No such file"),
]
for file, code, reason in CASES:
    expect_refused(home.run("sign", file, "--profile", "server", "--out", path("bad.crt"), check=False), code, reason)
expect_equal(rows(), before, "certificates made of bad requests")
expect(not os.path.exists(path("bad.crt")), "a refused request left a file")

# Name constraints: openssl and we refuse what the CA may not certify, kinds that it doesn't name included.
constrained = Home("constrained", "--permit-dns", "example.com", "--permit-ip", "10.0.0.0/8")
text = openssl("x509", "-noout", "-text", "-in", constrained.path + "/ca/issuing.crt")
expect("X509v3 Name Constraints: critical" in text, text)
constrained.run("issue", "server", "ok", "--san", "a.example.com,10.1.2.3")
openssl("verify", "-x509_strict", "-CAfile", constrained.path + "/ca/root.crt", "-untrusted",
        constrained.path + "/ca/issuing.crt", constrained.file("ok", "tls.crt"))
for name in ("example.org", "11.0.0.1", "::1", "uri:spiffe://x/y", "email:a@example.com", "badexample.com"):
    refused = constrained.run("issue", "server", "bad", "--san", name, check=False)
    expect_refused(refused, 1, "that the name constraints of CN=Redis PKI Issuing CA don't permit")
    expect(not os.path.exists(constrained.path + "/certs/bad/current"), name)
expect_equal(len(constrained.json("list")), 3, "refused certificates are in the ledger")
# A request for a forbidden name, signed behind our back, is refused by openssl too.
foreign = request("foreign", "-subj", "/CN=x", "-addext", "subjectAltName=DNS:redis.example.org")
openssl("x509", "-req", "-in", foreign, "-CA", constrained.path + "/ca/issuing.crt", "-CAkey", constrained.path + "/ca/issuing.key",
        "-copy_extensions", "copy", "-out", path("behind.crt"))
behind = run("openssl", "verify", "-CAfile", constrained.path + "/ca/root.crt", "-untrusted",
             constrained.path + "/ca/issuing.crt", path("behind.crt"), check=False)
expect("permitted subtree violation" in behind.stdout + behind.stderr, behind.stderr)
