"""Certificates come from a Vault's PKI engine by each login, path and profile, verify with openssl, renew as they were made, and every refusal
is one line that says what to do. Against a double, or the real server that `scripts/test --vault` found."""

from harness import *
from vault_double import VaultDouble
from vault_server import RealVault, is_there

for name in [name for name in os.environ if name.startswith(("VAULT_", "BAO_"))]:
    del os.environ[name]
ca = Home("ca")
vault = (RealVault if is_there() else VaultDouble)(ca)
home = Home("home")
os.environ["HOME"] = home.path  # no ~/.vault-token
DOMAINS = {"allowed_domains": ["example.com"], "allow_subdomains": True, "max_ttl": 90 * 86400}
vault.role("redis", **DOMAINS, key_type="ec", key_bits=256, allowed_uri_sans=["spiffe://*"])
write("home/redis-pki.toml", f'[vault]\nvault-addr = "{vault.url}"\nvault-cacert = "{vault.cacert}"\nvault-role = "redis"\n'
      f'vault-mount = "{vault.mount}"\n')
write("token", vault.token())
TOKEN = ["--vault-token", f"file:{path('token')}"]


def issue(name, *words, profile="server", check=True):
    return home.run("issue", profile, name, "--issuer", "vault", "--quiet", *words, check=check)


def mounted(method):
    return ["--vault-auth-mount", vault.auth_mounts[method]]


def extension(name, which):
    return openssl("x509", "-in", home.file(name, "tls.crt"), "-noout", "-ext", which)


def check_pair(name):
    chain, roots = home.file(name, "tls.crt"), home.file(name, "ca.crt")
    openssl("verify", "-x509_strict", "-CAfile", vault.root, "-untrusted", chain, chain)
    expect_equal(openssl("x509", "-in", roots, "-noout", "-fingerprint"), openssl("x509", "-in", vault.root, "-noout", "-fingerprint"), "the root")
    expect_equal(read(chain).count("BEGIN"), 2, "certificates: the leaf and the issuing CA, without the root")
    expect_equal(openssl("x509", "-in", chain, "-noout", "-pubkey"), openssl("pkey", "-in", home.file(name, "tls.key"), "-pubout"), name)
    expect_equal(os.stat(home.file(name, "tls.key")).st_mode & 0o777, 0o600, "the key's mode")


# Each login. What a login gave is revoked.
role_id, secret_id = vault.approle()
write("secret-id", secret_id)
write("jwt", vault.jwt("redis"))
home.run("issue", "client", "machine")
logins = {
    "token": TOKEN,
    "approle": ["--vault-auth", "approle", *mounted("approle"), "--vault-role-id", role_id, "--vault-secret-id", f"file:{path('secret-id')}"],
    "jwt": ["--vault-auth", "jwt", *mounted("jwt"), "--vault-auth-role", "redis", "--vault-jwt", f"file:{path('jwt')}"],
}
if vault.is_real:
    vault.cert_role("redis", home.path + "/ca/issuing.crt")
else:
    ca.run("issue", "client", "machine")
    vault.cert_role("redis", ca.file("machine", "tls.crt"))
machine = (home if vault.is_real else ca).file
logins["cert"] = ["--vault-auth", "cert", *mounted("cert"), "--vault-auth-role", "redis", "--vault-client-cert", machine("machine", "tls.crt"),
                  "--vault-client-key", machine("machine", "tls.key")]
if not vault.is_real:  # a real one asks the cluster's API server about the pod
    write("pod", vault.jwt("redis", mount="cluster-1"))
    logins["kubernetes"] = ["--vault-auth", "kubernetes", "--vault-auth-mount", "cluster-1", "--vault-auth-role", "redis",
                            "--vault-jwt", f"file:{path('pod')}"]
before = len(vault.live_tokens())
for login, words in logins.items():
    expect_equal(issue(login, "--san", f"{login}.example.com", "--san", "10.0.0.1", *words).stderr, "", "warnings")
    check_pair(login)
    expect(f"DNS:{login}.example.com" in extension(login, "subjectAltName"), login)
    expect_equal(len(vault.live_tokens()), before, f"tokens after {login}")

# Renewal needs nothing said again, and no environment.
for login in logins:
    home.run("renew", login, "--force", "--quiet")
    expect_equal(home.generation(login), 2, login)
    check_pair(login)

# Vault's own environment; OpenBao's comes first.
env = {**os.environ, "VAULT_TOKEN": read(path("token")), "VAULT_ADDR": "https://localhost:1", "BAO_ADDR": vault.url, "BAO_CACERT": vault.cacert}
home.run("issue", "server", "env", "--issuer", "vault", "--san", "env.example.com", "--quiet", env=env)
check_pair("env")
remembered = json.loads(read(home.path + "/certs/env/lineage.json"))["issuer_options"]
expect_equal(remembered["vault-addr"], vault.url, "remembered from the environment")
expect(not any("token" in key for key in remembered), f"no token is remembered: {remembered}")

# Profiles, names of all kinds, and names that the role doesn't take from the request.
vault.role("told", **DOMAINS, key_type="any", use_csr_sans=False, use_csr_common_name=False, allowed_uri_sans=["spiffe://*"])
vault.role("clients", allow_any_name=True, enforce_hostnames=False, key_type="any", server_flag=False, max_ttl=90 * 86400)
names = ["--san", "n.example.com", "--san", "fd00::1", "--san", "uri:spiffe://example.com/redis"]
for role in ("redis", "told"):
    name = f"names-{role}"
    issue(name, "--vault-role", role, *TOKEN, *names)
    check_pair(name)
    for part in ("DNS:n.example.com", "IP Address:FD00:0:0:0:0:0:0:1", "URI:spiffe://example.com/redis"):
        expect(part in extension(name, "subjectAltName"), f"{part} of {role}: {extension(name, 'subjectAltName')}")
issue("peer", *TOKEN, "--san", "p.example.com", profile="peer")
usages = extension("peer", "extendedKeyUsage")
expect("Web Server" in usages and "Web Client" in usages, usages)
issue("app", "--vault-role", "clients", *TOKEN, profile="client")
expect("Web Server" not in extension("app", "extendedKeyUsage"), extension("app", "extendedKeyUsage"))

# Key types; Vault's own key; past the role.
vault.role("any", allow_any_name=True, key_type="any", max_ttl=90 * 86400)
vault.role("rsa", allow_any_name=True, key_type="rsa", key_bits=2048, max_ttl=90 * 86400)
for key_type in ("ec-p384", "ed25519", "rsa-2048"):
    issue(key_type, "--vault-role", "any", *TOKEN, "--key-type", key_type)
    check_pair(key_type)
issue("generated", "--vault-role", "rsa", "--vault-generate-key", *TOKEN, "--key-type", "rsa-2048", "--san", "generated")
check_pair("generated")
issue("verbatim", "--vault-sign-verbatim", *TOKEN, "--san", "elsewhere.net")
check_pair("verbatim")

# An issuer by name; the chain; health.
issuer = "default" if vault.is_real else "int-2026"
issue("by-issuer", *TOKEN, "--san", "i.example.com", "--vault-issuer", issuer)
check_pair("by-issuer")
openssl("verify", "-CAfile", vault.root, write("chain.pem", home.run("vault", "ca-chain").stdout))
expect_equal([(a["address"], a["state"]) for a in home.json("vault", "status")], [(vault.url, "active")], "health")
expect(abs(home.json("vault", "status")[0]["clock_skew_seconds"]) <= 2, "the clock")

# A server is rotated with it, and verified with Vault's root though nobody named that.
issue("served", "--vault-role", "any", *TOKEN, "--san", "localhost")
server = redis_server(*(home.file("served", name) for name in ("tls.crt", "tls.key", "ca.crt")), "--tls-auth-clients", "no")
home.run("rotate", "served", "--target", f"localhost:{server.port}")
shown = openssl("s_client", "-connect", f"localhost:{server.port}", "-CAfile", vault.root, "-verify_return_error", "-showcerts", input="")
expect_equal(sha256_of_der(ssl.PEM_cert_to_DER_cert(shown[shown.index("-----BEGIN") : shown.index("-----END") + 26])), home.leaf("served", 2), "served")

# A life that is capped is a warning, which is recorded.
vault.role("short", allow_any_name=True, key_type="any", max_ttl=86400)
result = home.run("issue", "server", "capped", "--issuer", "vault", "--vault-role", "short", *TOKEN)
expect("warning" in result.stderr and "90d were asked for" in result.stderr, result.stderr)
expect("were asked for" in home.run("status", "capped").stdout, "status")
expect(home.json("status", "capped")[0]["warnings"], "warnings in JSON")

# Revocation by serial number, and by the key alone.
home.run("vault", "revoke", "token", *TOKEN)
write("nothing", vault.token(may=False))
home.run("vault", "revoke", "approle", "--with-key", "--vault-auth", "token", "--vault-token", f"file:{path('nothing')}")
home.run("vault", "crl", "--out", path("crl.pem"))
listed = openssl("crl", "-in", path("crl.pem"), "-noout", "-text")
for name in ("token", "approle"):
    serial = openssl("x509", "-in", home.file(name, "tls.crt"), "-noout", "-serial").strip().removeprefix("serial=")
    expect(serial in listed.replace(" 0", " ") or serial.lstrip("0") in listed, f"{name} is in the CRL")

# Refusals: one line, the cause, the remedy, and nothing is there afterwards.
refusals = [
    (["--san", "elsewhere.net"], ["elsewhere.net", "not allowed by this role", f"vault read {vault.mount}/roles/redis"]),
    (["--vault-role", "nobody"], ["role", "nobody", "--vault-role"]),
    (["--key-type", "rsa-2048"], ["wants keys of type ec", "--key-type ec-p256"]),
    (["--vault-mount", "pki_int"], ["--vault-mount"]),
    (["--vault-token", f"file:{write('wrong', 'hvs.wrong')}"], ["permission denied", "token"]),
    (["--vault-token", f"file:{path('nothing')}"], ["permission denied", "policy"]),
    (["--vault-auth", "approle", *mounted("approle"), "--vault-role-id", role_id, "--vault-secret-id", f"file:{path('wrong')}"], ["invalid", "secret id"]),
    (["--vault-auth", "jwt", *mounted("jwt"), "--vault-auth-role", "other", "--vault-jwt", f"file:{path('jwt')}"], ["auth/" + vault.auth_mounts["jwt"], "role"]),
    (["--vault-addr", "https://localhost:1"], ["localhost:1"]),
    (["--vault-cacert", home.path + "/ca/root.crt"], ["certificate"]),
    (["--vault-issuer", "nobody"], ["nobody", f"vault list {vault.mount}/issuers"]),
]
for i, (words, parts) in enumerate(refusals):
    token = [] if "--vault-token" in words or "--vault-auth" in words else TOKEN
    san = [] if "--san" in words else ["--san", "r.example.com"]
    expect_refused(issue(f"refused-{i}", *san, *words, *token, "--vault-retries", "0", check=False), 1, *parts)
    expect(not os.path.exists(home.path + f"/certs/refused-{i}/current"), f"nothing is there: {words}")
vault.role("forever", allow_any_name=True, key_type="any", max_ttl=20 * 365 * 86400)
if not vault.is_real:
    vault.ca_ends = 100
expect_refused(issue("forever", "--vault-role", "forever", *TOKEN, "--lifetime", "10y", check=False), 1, "beyond the expiration", "--lifetime")
for words, part in ((["--vault-auth", "ldap"], "approle"), (["--vault-addr", "localhost"], "URL"),
                    ([], "wants a token"), (["--vault-auth", "approle"], "--vault-role-id"), (["--challenge", "dns-01"], "--issuer acme"),
                    (["--vault-mount", "pki/../sys"], "no name of Vault's"), (["--vault-generate-key", "--reuse-key"], "--reuse-key")):
    expect_refused(issue("usage", *words, check=False), 2, part)
expect_refused(run(BINARY, "--home", path("new"), "issue", "server", "a", "--issuer", "vault", "--vault-addr", "nowhere", check=False), 2, "URL")
expect(not os.path.exists(path("new")), "wrong options leave no home behind")
if not vault.is_real:
    expect_equal(vault.complaints, [], "complaints")
