"""Debian's python3-hvac, which knows Vault from elsewhere, gets from the double what it expects of a Vault: so the double is not our idea alone."""

import hvac
import hvac.exceptions

from harness import *
from vault_double import VaultDouble

for name in [name for name in os.environ if name.startswith(("VAULT_", "BAO_"))]:
    del os.environ[name]
ca = Home("ca")
vault = VaultDouble(ca)
vault.role("redis", allowed_domains=["example.com"], allow_subdomains=True, key_type="any")
role_id, secret_id = vault.approle()


def refused(kind, call, *parts):
    try:
        call()
    except kind as error:
        for part in parts:
            expect(part in str(error), f"{part!r} is not in {error}")
        return
    raise AssertionError(f"no {kind}")


client = hvac.Client(url=vault.url, verify=vault.cacert)
health = client.sys.read_health_status(method="GET")
expect(health["initialized"] and not health["sealed"], f"{health}")
client.auth.approle.login(role_id=role_id, secret_id=secret_id)
expect(client.token and client.is_authenticated(), "logged in")
refused(hvac.exceptions.InvalidRequest, lambda: hvac.Client(url=vault.url, verify=vault.cacert).auth.approle.login(role_id=role_id, secret_id="x"),
        "invalid role or secret ID")

pki = client.secrets.pki
expect_equal(pki.read_role("redis")["data"]["key_type"], "any", "the role")
made = pki.generate_certificate("redis", "a.example.com", {"alt_names": "b.example.com", "ip_sans": "10.0.0.1", "ttl": "3600s"})["data"]
expect("BEGIN PRIVATE KEY" in made["private_key"] and isinstance(made["expiration"], int) and ":" in made["serial_number"], f"{made.keys()}")
openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=c.example.com",
        "-addext", "subjectAltName=DNS:c.example.com", "-keyout", path("c.key"), "-out", path("c.csr"))
signed = pki.sign_certificate("redis", read(path("c.csr")), "c.example.com", {"ttl": "3600s"})["data"]
verbatim = pki.sign_verbatim(read(path("c.csr")), "redis", {"ttl": "3600s"})["data"]
for data in (made, signed, verbatim):
    leaf = write("leaf.crt", data["certificate"] + "\n")
    openssl("verify", "-CAfile", vault.root, "-untrusted", write("above.crt", "\n".join(data["ca_chain"]) + "\n"), leaf)
expect("BEGIN CERTIFICATE" in pki.read_ca_certificate_chain(), "the chain")
expect("BEGIN X509 CRL" in pki.read_crl(), "the CRL")
expect(pki.revoke_certificate(made["serial_number"])["data"]["revocation_time"] > 0, "revoked")

refused(hvac.exceptions.InvalidRequest, lambda: pki.generate_certificate("redis", "a.elsewhere.net"), "not allowed by this role")
refused(hvac.exceptions.InvalidRequest, lambda: pki.generate_certificate("nobody", "a.example.com"), "unknown role")
refused(hvac.exceptions.InvalidPath, lambda: pki.read_role("nobody"))
refused(hvac.exceptions.Forbidden, lambda: hvac.Client(url=vault.url, token="wrong", verify=vault.cacert).secrets.pki.read_role("redis"), "permission denied")
client.auth.token.renew_self()
client.auth.token.revoke_self()
expect(not client.is_authenticated(), "the token is gone")
vault.sealed = True
refused(hvac.exceptions.VaultDown, lambda: pki.read_role("redis"), "sealed")
