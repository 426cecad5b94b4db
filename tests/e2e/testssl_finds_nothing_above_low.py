"""testssl.sh finds no weakness above LOW in a server that asks for client certificates; LONG: nor in one that
demands them, which is the default, nor in one that asks for none."""

from harness import *

home = Home().issue_usual()


def findings(port):
    """By severity; what testssl.sh could not find out is WARN, and FATAL when it could not even begin."""
    result = path(f"testssl-{port}.json")
    run("testssl", "--quiet", "--color", 0, "--warnings", "batch", "--add-ca", home.path + "/ca/root.crt", "--jsonfile", result,
        f"localhost:{port}", check=False, cwd=path("."))
    with open(result) as file:
        return json.load(file)


# What says nothing about the server: openssl has no GOST, RESP is no HTTP, a private CA gives its CRL to its servers as a file,
# and its s_client may leave before the ticket of TLS 1.3 arrives, to fail then for want of one.
OTHER = ("engine_problem", "service", "cert_revocation", "sessionresumption_ticket")
# It has no certificate of its own: where one is demanded it gives these up, or not, as the alert comes early or late.
NEEDS_CERTIFICATE = ("secure_client_renego", "BREACH")
for auth in ("optional", "yes", "no") if LONG else ("optional",):
    server = serve(home, "--tls-auth-clients", auth)
    found = findings(server.port)
    told = {f["id"]: f["finding"] for f in found}
    passed_over = OTHER + (NEEDS_CERTIFICATE if auth == "yes" else ())
    expect_equal([f for f in found if f["severity"] not in ("OK", "INFO", "LOW") and f["id"] not in passed_over], [], "above LOW")
    for name, says in (("SSLv3", "not offered"), ("TLS1", "not offered"), ("TLS1_1", "not offered"), ("TLS1_2", "offered"), ("TLS1_3", "offered"),
                       ("cert_chain_of_trust", "passed"), ("secure_client_renego", "" if auth == "yes" else "not vulnerable"), ("heartbleed", "not vulnerable"),
                       ("ROBOT", "not vulnerable"), ("SWEET32", "not vulnerable"), ("LUCKY13", ""), ("PFS", "offered")):
        expect(name in told and says in told[name], f"{name}: {told.get(name)}")
    server.stop()
