"""testssl.sh finds no weakness above LOW in what the server does by default; LONG: nor without client
certificates."""

from harness import *

home = Home().issue_usual()


def findings(port):
    """By severity; what testssl.sh could not find out is WARN, and FATAL when it could not even begin."""
    result = path(f"testssl-{port}.json")
    run("testssl", "--quiet", "--color", 0, "--warnings", "batch", "--add-ca", home.path + "/ca/root.crt", "--jsonfile", result,
        f"localhost:{port}", check=False, cwd=path("."))
    with open(result) as file:
        return json.load(file)


# What says nothing about the server: openssl has no GOST, RESP is no HTTP, and a private CA gives its CRL to its servers as a file.
OTHER = ("engine_problem", "service", "cert_revocation")
for auth in ("yes", "no") if LONG else ("yes",):
    server = serve(home, "--tls-auth-clients", auth)
    found = findings(server.port)
    told = {f["id"]: f["finding"] for f in found}
    expect_equal([f for f in found if f["severity"] not in ("OK", "INFO", "LOW") and f["id"] not in OTHER], [], "above LOW")
    for name, says in (("SSLv3", "not offered"), ("TLS1", "not offered"), ("TLS1_1", "not offered"), ("TLS1_2", "offered"), ("TLS1_3", "offered"),
                       ("cert_chain_of_trust", "passed"), ("secure_client_renego", "not vulnerable"), ("heartbleed", "not vulnerable"),
                       ("ROBOT", "not vulnerable"), ("SWEET32", "not vulnerable"), ("LUCKY13", ""), ("PFS", "offered")):
        expect(name in told and says in told[name], f"{name}: {told.get(name)}")
    server.stop()
