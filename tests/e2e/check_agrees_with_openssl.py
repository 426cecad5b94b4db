"""check agrees with openssl about certificates that other programs made, good and bad; what can't be read is unknown, never ok."""

import base64
import re

from harness import *

NOW = int(time.time())
DAY = 86400
corpus = path("corpus")
os.mkdir(corpus)


def at(name):
    return os.path.join(corpus, name)


def put(name, text, mode=0o644):
    with open(at(name), "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    os.chmod(at(name), mode)
    return at(name)


def check(*words):
    result = run(BINARY, "--home", path("no-home"), "--json", "check", *words, check=False)
    expect(result.stdout, f"{words}: {result.stderr}")
    document = json.loads(result.stdout)
    expect_equal(result.returncode, ["ok", "warning", "critical", "unknown"].index(document["state"]), words)
    return document


def codes(document):
    return sorted({f["code"] for r in document["results"] for f in r["findings"] if f["severity"] != "info"})


def stamp(days):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(NOW + days * DAY))


# A CA by openssl, and leaves of it that end and begin when we say.
openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", path("ca.key"), "-out", path("ca.crt"), "-days", "3650", "-subj",
        "/CN=openssl's CA")
write("db", "")
conf = write("ca.cnf", f"[ca]\ndefault_ca=d\n[d]\nnew_certs_dir={path('.')}\ndatabase={path('db')}\npolicy=p\ndefault_md=sha256\n"
             "rand_serial=yes\nunique_subject=no\nx509_extensions=x\n[p]\ncommonName=supplied\n[x]\nsubjectAltName=DNS:localhost\n"
             "authorityKeyIdentifier=keyid\n[weak]\nsubjectAltName=DNS:localhost\n")


def leaf(name, begin=-1, end=90, key=("ec", "-pkeyopt", "ec_paramgen_curve:P-256"), digest="sha256", extensions="x"):
    openssl("req", "-new", "-newkey", *key, "-nodes", "-subj", f"/CN={name}", "-keyout", at(name + ".key"), "-out", path("csr"))
    os.chmod(at(name + ".key"), 0o600)
    openssl("ca", "-batch", "-config", conf, "-cert", path("ca.crt"), "-keyfile", path("ca.key"), "-in", path("csr"), "-notext",
            "-startdate", stamp(begin), "-enddate", stamp(end), "-md", digest, "-extensions", extensions, "-out", at(name + ".crt"))
    return at(name + ".crt")


# Days: openssl's -checkend says the same at every threshold, and about what has expired.
for days in (-400, -1, 1, 6, 8, 20, 22, 90):
    file = leaf(f"ends{days}", begin=min(-1, days - 365), end=days)
    for threshold in (5, 7, 21, 30):
        will_end = run("openssl", "x509", "-in", file, "-noout", "-checkend", threshold * DAY, check=False).returncode == 1
        state = check(file, "--crit", f"{threshold}d")["results"][0]["state"]
        expect_equal(state == "critical", will_end, f"{file} at {threshold} days")
early = leaf("early", begin=2)
expect_equal((check(early)["state"], run("openssl", "verify", "-CAfile", path("ca.crt"), early, check=False).returncode), ("critical", 2))

# Chains, with a CA given.
good = leaf("good")
stranger = expired_certificate()[0]
inter_csr = path("inter.csr")
openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=intermediate", "-keyout", path("inter.key"), "-out", inter_csr)
extensions = write("inter.ext", "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign\n")
openssl("x509", "-req", "-in", inter_csr, "-CA", path("ca.crt"), "-CAkey", path("ca.key"), "-days", "30", "-extfile", extensions,
        "-out", path("inter.crt"))
openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=below", "-keyout", path("below.key"), "-out", path("below.csr"))
openssl("x509", "-req", "-in", path("below.csr"), "-CA", path("inter.crt"), "-CAkey", path("inter.key"), "-days", "60", "-out",
        path("below.crt"))
below, inter, root = read(path("below.crt")), read(path("inter.crt")), read(path("ca.crt"))
for name, text, expected, verdict in (("chain.pem", below + inter, ["ca_ends_first"], True),
                                      ("alone.pem", below, ["unknown_ca"], False),
                                      ("swapped.pem", inter + below, ["chain_order"], None),
                                      ("wrong.pem", below + root, ["chain_order", "unknown_ca"], False),
                                      ("bundle.pem", root + inter, [], None)):
    file = put(name, text)
    document = check(file, "--ca", path("ca.crt"), "--warn", "1d", "--crit", "1d")
    expect_equal(codes(document), expected, name)
    if verdict is not None:
        theirs = run("openssl", "verify", "-CAfile", path("ca.crt"), "-untrusted", file, file, check=False).returncode == 0
        expect_equal((document["state"] != "critical", theirs), (verdict, verdict), name)
expect_equal(codes(check(good, "--ca", path("ca.crt"))), [])
expect_equal(codes(check(good, "--ca", stranger)), ["unknown_ca"])

# Keys: one that isn't the certificate's, one that all can read.
shutil.copy(good, at("other.crt"))
shutil.copy(at("early.key"), at("other.key"))
expect_equal(codes(check(at("other.crt"))), ["key_mismatch"])
os.chmod(at("good.key"), 0o644)
expect_equal(codes(check(at("good.key"))), ["key_exposed"])
os.chmod(at("good.key"), 0o600)
openssl("rsa", "-in", path("ca.key"), "-aes256", "-passout", "pass:secret", "-out", put("locked.key", ""))
os.chmod(at("locked.key"), 0o600)
expect_equal(check(at("locked.key"))["state"], "ok")

# Weak ones: openssl at level 2 refuses them too.
for name, options, code in (("short", {"key": ("rsa:1024",)}, "weak_key"), ("sha1", {"digest": "sha1"}, "weak_signature")):
    file = leaf(name, **options)
    theirs = run("openssl", "verify", "-auth_level", "2", "-CAfile", path("ca.crt"), file, check=False)
    expect_equal((codes(check(file)), theirs.returncode), ([code], 2), name)

# Encodings, and other programs' certificates. What each says of the end is what we say.
made = {"der.cer": None, "keystore.p12": None}
openssl("x509", "-in", good, "-outform", "DER", "-out", at("der.cer"))
openssl("pkcs12", "-export", "-in", good, "-inkey", at("good.key"), "-out", at("keystore.p12"), "-passout", "pass:secret")
template = write("certtool.cfg", "cn = gnutls\ndns_name = localhost\nexpiration_days = 40\ntls_www_server\nsigning_key\n")
for kind in ("rsa", "ecdsa", "ed25519"):
    run("certtool", "--generate-privkey", "--key-type", kind, "--outfile", path("gnutls.key"))
    run("certtool", "--generate-self-signed", "--load-privkey", path("gnutls.key"), "--template", template, "--outfile", at(f"gnutls-{kind}.pem"))
easy = path("easy")
environment = {**os.environ, "EASYRSA": easy, "EASYRSA_PKI": easy + "/pki", "EASYRSA_BATCH": "1"}
os.mkdir(easy)
for words in (["init-pki"], ["build-ca", "nopass"], ["build-server-full", "redis", "nopass"]):
    named = {"EASYRSA_REQ_CN": "easy"} if words[0] == "build-ca" else {}
    run("/usr/share/easy-rsa/easyrsa", *words, env={**environment, **named}, cwd=easy)
shutil.copy(easy + "/pki/issued/redis.crt", at("easyrsa.crt"))  # with its description in words before it
put("snakeoil.pem", "Bag Attributes\n    friendlyName: x\n" + read(good).replace("\n", "\r\n"))
for name in sorted(os.listdir(corpus)):
    if name.endswith((".key", ".p12")):
        continue
    theirs = openssl("x509", "-in", at(name), "-noout", "-enddate", "-serial", "-fingerprint", "-sha256", "-dateopt", "iso_8601")
    first = check(at(name))["results"][0]["certificates"][0]
    end = re.search(r"notAfter=(.*) (.*)Z", theirs)
    expect_equal(first["not_after"], f"{end[1]}T{end[2]}Z", name)
    expect_equal(int(first["serial"], 16), int(re.search("serial=(.*)", theirs)[1], 16), name)
    expect_equal(first["sha256"], re.search("Fingerprint=(.*)", theirs)[1].replace(":", "").lower(), name)
os.environ["STORE"] = "secret"
expect_equal(check(at("keystore.p12"), "--passphrase", "env:STORE")["results"][0]["certificates"][0]["subject"], "CN=good")
expect_equal(check(at("keystore.p12"))["state"], "unknown")

# A serial number that a CA gave twice.
openssl("x509", "-req", "-in", path("below.csr"), "-CA", path("ca.crt"), "-CAkey", path("ca.key"), "-set_serial", "77", "-out", put("s1.pem", ""))
openssl("x509", "-req", "-in", inter_csr, "-CA", path("ca.crt"), "-CAkey", path("ca.key"), "-set_serial", "77", "-out", put("s2.pem", ""))
expect_equal(codes(check(at("s1.pem"), at("s2.pem"))), ["duplicate_serial"])

# A Kubernetes secret as `kubectl create secret tls --dry-run=client -o yaml` writes it.
encode = lambda file: base64.b64encode(open(file, "rb").read()).decode()
put("secret.yaml", f"apiVersion: v1\ndata:\n  tls.crt: {encode(good)}\n  tls.key: {encode(at('early.key'))}\nkind: Secret\nmetadata:\n"
    "  creationTimestamp: null\n  name: redis\ntype: kubernetes.io/tls\n")
expect_equal(codes(check(at("secret.yaml"))), ["key_mismatch"])

# Malformed: openssl can't read it, and for us it is unknown, in whatever way it is met.
broken = path("broken")
os.mkdir(broken)
pem, der = read(good), ssl.PEM_cert_to_DER_cert(read(good))
flipped = bytearray(der)
flipped[4] ^= 0xFF
bad = {"empty.crt": b"", "garbage.pem": b"not a certificate\n", "cut.pem": pem[:300].encode(), "no-end.pem": pem.rsplit("-----END", 1)[0].encode(),
       "letters.pem": pem.replace("A", "!", 5).encode(), "second.pem": (pem + pem[:200]).encode(), "cut.der": der[:-20],
       "tag.der": bytes(flipped), "zero.crt": b"\0" * 4096, "key.crt": b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
       "secret.json": b'{"apiVersion":"v1","kind":"Secret","data":{"tls.crt":"AAAA"}}'}
for name, text in bad.items():
    with open(os.path.join(broken, name), "wb") as file:
        file.write(text)
    expect_equal(check(os.path.join(broken, name))["state"], "unknown", name)
    if name != "second.pem":  # of which openssl x509 reads only the first
        expect(run("openssl", "x509", "-in", os.path.join(broken, name), "-noout", check=False).returncode != 0, name)
document = check(broken)
expect_equal({r["state"] for r in document["results"]}, {"unknown"})
expect_equal(len(document["results"]), len(bad), "one result for each")

# Nothing is skipped silently: what can't be entered or read is told, for whoever is not root.
if os.getuid() == 0:
    shut = path("shut")
    os.mkdir(shut)
    os.mkdir(shut + "/inner", 0o700)
    shutil.copy(good, shut + "/readable.crt")
    shutil.copy(good, shut + "/unreadable.crt")
    os.chmod(shut + "/unreadable.crt", 0o600)
    shutil.copy(BINARY, path("redis-pki"))  # the build may lie where nobody may not go
    result = run(path("redis-pki"), "--home", path("no-home"), "--json", "check", shut, check=False, user="nobody")
    states = {os.path.basename(r["source"]): r["state"] for r in json.loads(result.stdout)["results"]}
    expect_equal(states, {"inner": "unknown", "readable.crt": "ok", "unreadable.crt": "unknown"})
