"""init --import-cert: a CA that openssl made issues for us; its index.txt comes along; the passphrase changes."""

from harness import *

os.mkdir(path("ca"))
root, key = path("ca/root.crt"), path("ca/root.key")
openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", root, "-days", "3650", "-subj",
        "/O=Old/CN=Old Root", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
sub, sub_key = path("ca/sub.crt"), path("ca/sub.key")
openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-keyout", sub_key, "-passout", "pass:old",
        "-out", path("ca/sub.csr"), "-subj", "/O=Old/CN=Old Issuing")
openssl("x509", "-req", "-in", path("ca/sub.csr"), "-CA", root, "-CAkey", key, "-days", "3000", "-out", sub, "-extfile",
        write("ext", "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n"
              "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"))
chain = write("chain.pem", read(sub) + read(root))
old, new = write("old", "old"), write("new", "new secret")
BASE = ["--passphrase", f"file:{new}"]


def init(home, *words):
    return run(BINARY, "--home", path(home), "init", *BASE, *words, check=False)


expect_refused(init("bad", "--import-cert", chain, "--import-key", key), 1, "does not match the certificate")
expect_refused(init("bad", "--import-cert", sub, "--import-key", sub_key, "--import-passphrase", f"file:{old}"), 1, "is no root")
expect_refused(init("bad", "--import-cert", chain, "--import-key", sub_key), 1, "the key is encrypted")
expect(not os.path.exists(path("bad")), "a refused CA leaves a home")

expect_equal(init("two", "--import-cert", chain, "--import-key", sub_key, "--import-passphrase", f"file:{old}").returncode, 0)
expect_equal(init("one", "--import-cert", root, "--import-key", key).returncode, 0)
for home in ("two", "one"):
    run(BINARY, "--home", path(home), "issue", "server", "r", "--san", "localhost", "--ca-passphrase", f"file:{new}")
    files = path(home) + "/certs/r/current/"
    openssl("verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "localhost", "-CAfile", root, "-untrusted",
            files + "tls.crt", files + "tls.crt")
    expect_equal(read(files + "ca.crt"), read(root), "ca.crt")

two = ["--home", path("two")]
third = write("third", "third secret")
expect_refused(run(BINARY, *two, "passphrase", "change", "--ca-passphrase", f"file:{old}", "--passphrase", f"file:{third}",
                   check=False), 1, "is the passphrase right?")
run(BINARY, *two, "passphrase", "change", "--ca-passphrase", f"file:{new}", "--passphrase", f"file:{third}")
text = openssl("asn1parse", "-in", path("two") + "/ca/issuing.key")
expect("scrypt" in text and "aes-256-cbc" in text, text)
openssl("pkey", "-in", path("two") + "/ca/issuing.key", "-passin", f"file:{third}", "-noout")
expect_refused(run(BINARY, *two, "issue", "client", "c", "--ca-passphrase", f"file:{new}", check=False), 1, "passphrase")
run(BINARY, *two, "issue", "client", "c", "--ca-passphrase", f"file:{third}")

# openssl ca's ledger
index = write("index.txt", "V\t301231235959Z\t\t1000\tunknown\t/O=Old/CN=a\n"
              "R\t301231235959Z\t260101120000Z,keyCompromise\t1001\tunknown\t/O=Old/CN=b\n"
              "E\t200101000000Z\t\t0A\tunknown\t/CN=c\n")
expect("took over 3 certificates" in run(BINARY, *two, "import-index", index).stdout, "import-index")
expect("took over 0 certificates; 3 were known" in run(BINARY, *two, "import-index", index).stdout, "the second time")
run(BINARY, *two, "crl", "--ca-passphrase", f"file:{third}", "--out", path("crl.pem"))
text = openssl("crl", "-noout", "-text", "-in", path("crl.pem"))
expect("Serial Number: 1001" in text and "Key Compromise" in text and "Serial Number: 1000" not in text, text)
rows = len(json.loads(run(BINARY, "--json", *two, "list").stdout))
for bad in ("X\t301231235959Z\t\t1000\tunknown\t/CN=a\n", "V\tsoon\t\t2000\tunknown\t/CN=a\n", "V\t301231235959Z\t\txyz\tu\t/CN=a\n",
            "nonsense\n", "V\t301231235959Z\t\t3000\tunknown\t/CN=ok\nnonsense\n"):
    expect_refused(run(BINARY, *two, "import-index", write("bad.txt", bad), check=False), 1, "bad.txt:")
expect_equal(len(json.loads(run(BINARY, "--json", *two, "list").stdout)), rows, "rows after bad files")
