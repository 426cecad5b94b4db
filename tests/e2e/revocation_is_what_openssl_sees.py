"""revoke and crl: openssl verify -crl_check agrees with our verify on what is revoked, before, after, and when the
list has expired; numbers only grow; holds can be taken back."""

from harness import *

home = Home().issue_usual()
crl = home.path + "/trust/crl.pem"


def openssl_accepts(name):
    return run("openssl", "verify", "-crl_check", "-CRLfile", crl, "-CAfile", home.path + "/ca/root.crt", "-untrusted",
               home.path + "/ca/issuing.crt", home.file(name, "tls.crt"), check=False).returncode == 0


def codes(name, *words):
    result = home.run("--json", "verify", name, "--crl", crl, *words, check=False)
    findings = json.loads(result.stdout)["findings"]
    expect_equal(result.returncode, 1 if findings else 0)
    return [finding["code"] for finding in findings]


def number():
    return int(openssl("crl", "-noout", "-crlnumber", "-in", crl).strip().split("=")[1], 16)


home.run("crl")
expect_equal((openssl_accepts("app"), codes("app"), number()), (True, [], 1), "nothing is revoked")
home.run("revoke", "app", "--reason", "keyCompromise")
home.run("crl")
expect_equal((openssl_accepts("app"), codes("app"), number()), (False, ["revoked"], 2), "app is revoked")
expect_equal((openssl_accepts("redis-1"), codes("redis-1")), (True, []), "redis-1 is not")
text = openssl("crl", "-noout", "-text", "-in", crl)
expect("Key Compromise" in text and "X509v3 Authority Key Identifier" in text and "Version 2" in text, text)
openssl("crl", "-noout", "-verify", "-CAfile", home.path + "/ca/issuing.crt", "-in", crl)

# By serial, with colons, in upper case; a hold is taken back, anything else is final.
serial = openssl("x509", "-noout", "-serial", "-in", home.file("redis-1", "tls.crt")).strip().split("=")[1]
colons = ":".join(serial[i : i + 2] for i in range(0, len(serial), 2))
home.run("revoke", colons, "--reason", "certificate-hold")
home.run("crl")
expect_equal((openssl_accepts("redis-1"), codes("redis-1")), (False, ["revoked"]), "a hold")
home.run("revoke", home.file("redis-1", "tls.crt"), "--reason", "remove-from-crl")
home.run("crl")
expect_equal((openssl_accepts("redis-1"), number()), (True, 4), "the hold is taken back")
expect("nothing to do" in home.run("revoke", "app", "--reason", "remove-from-crl").stdout, "a compromised key comes back")

# A list that has expired, and the list of another CA, fail.
expect_equal(codes("redis-1", "--at", "2027-01-15T00:00:00Z"), ["crl_expired"], "an expired CRL")
other = Home("other").issue_usual()
other.run("crl", "--out", path("other.pem"))
expect_equal([f["code"] for f in json.loads(home.run("--json", "verify", "redis-1", "--crl", path("other.pem"),
                                                     check=False).stdout)["findings"]], ["crl_missing"])
expect_refused(home.run("revoke", other.file("app", "tls.crt"), check=False), 1, "this PKI has not made it")
expect_refused(home.run("revoke", "app", "--reason", "boredom", check=False), 2, "unknown reason 'boredom'")
expect_equal([row["state"] for row in home.json("list", "--revoked")], ["revoked"])
shown = home.json("show", crl)[0]
expect_equal((shown["kind"], shown["number"], len(shown["revoked"])), ("crl", "4", 1))

# The bundled server honours it, at the start and when it is set, and fails closed when it has expired.
server = serve(home, "--tls-crl-file", crl)
home.run("issue", "client", "good")
expect(Client(home.context(client="good"), server.port).is_alive(), "a good client is refused")


def is_refused(client):
    try:
        return not Client(home.context(client=client), server.port).is_alive()
    except (ssl.SSLError, OSError):
        return True


expect(is_refused("app"), "a revoked client is let in")
admin = Client(home.context(client="good"), server.port)
expect_equal(admin.command("CONFIG", "SET", "tls-crl-file", ""), "+OK")
expect(not is_refused("app"), "without a CRL nobody is revoked")
expect_equal(admin.command("CONFIG", "SET", "tls-crl-file", crl), "+OK")
expect(is_refused("app"), "the CRL is not used when it is set")
short = path("short.pem")
home.run("crl", "--lifetime", "2s", "--out", short)
expect_equal(admin.command("CONFIG", "SET", "tls-crl-file", short), "+OK")
expect(not is_refused("good"), "a fresh CRL refuses a good client")
time.sleep(3)
expect(is_refused("good"), "an expired CRL lets clients in")
expect("expired" in admin.command("CONFIG", "SET", "tls-crl-file", short), "an expired CRL is accepted")
server.stop()
