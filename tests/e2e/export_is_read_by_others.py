"""export: openssl reads the keystore, keytool too where Java is; one PEM file works in Python; the Kubernetes secret
holds the three files."""

import base64

from harness import *

home = Home().issue_usual()
secret = write("pass", "correct horse battery\n")

home.run("export", "app", "--format", "p12", "--passphrase", f"file:{secret}", "--out", path("app.p12"))
expect_equal(os.stat(path("app.p12")).st_mode & 0o777, 0o600)
text = openssl("pkcs12", "-in", path("app.p12"), "-nodes", "-passin", f"file:{secret}")
expect_equal(text.count("BEGIN CERTIFICATE"), 2, "certificates in the keystore")
expect_equal(openssl("pkey", "-pubout", input=text), openssl("pkey", "-pubout", "-in", home.file("app", "tls.key")))
info = openssl("pkcs12", "-in", path("app.p12"), "-info", "-noout", "-passin", f"file:{secret}") + run(
    "openssl", "pkcs12", "-in", path("app.p12"), "-info", "-noout", "-passin", f"file:{secret}").stderr
expect("AES-256-CBC" in info and "hmacWithSHA256" in info and "MAC: sha256" in info, info)
if shutil.which("keytool"):
    shown = run("keytool", "-list", "-keystore", path("app.p12"), "-storepass:file", secret).stdout
    expect("app" in shown and "PrivateKeyEntry" in shown, shown)
    run("keytool", "-importcert", "-noprompt", "-alias", "redis-pki", "-file", home.file("app", "ca.crt"), "-keystore",
        path("trust.p12"), "-storepass:file", secret)
else:
    print("keytool is not on this machine")

kinds = [entry["kind"] for entry in home.json("show", path("app.p12"), "--passphrase", f"file:{secret}")]
expect_equal(kinds, ["private_key", "certificate", "certificate"])
expect_refused(home.run("show", path("app.p12"), "--passphrase", f"file:{write('wrong', 'x')}", check=False), 1,
               "is the passphrase right?")

pem = write("app.pem", home.run("export", "app", "--format", "pem").stdout)
ssl.create_default_context().load_cert_chain(pem)
encrypted = write("encrypted.pem", home.run("export", "app", "--format", "pem", "--passphrase", f"file:{secret}").stdout)
expect("ENCRYPTED" in read(encrypted), "the key is not encrypted")
ssl.create_default_context().load_cert_chain(encrypted, password="correct horse battery")

data = json.loads(home.run("export", "redis-1", "--format", "k8s-secret").stdout)
expect_equal((data["kind"], data["type"], data["metadata"]["name"]), ("Secret", "kubernetes.io/tls", "redis-1"))
for name in ("tls.crt", "tls.key", "ca.crt"):
    expect_equal(base64.b64decode(data["data"][name]).decode(), read(home.file("redis-1", name)), name)
expect_refused(home.run("export", "app", "--format", "jks", check=False), 2, "there are p12, pem and k8s-secret")
expect_refused(home.run("export", "nobody", "--format", "pem", check=False), 1, "there is no lineage 'nobody'")
