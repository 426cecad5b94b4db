"""`renew --all` over lineages of the home's own CA, an ACME CA and a Vault: each is renewed when it is due for its issuer, by that issuer, and one
that is down holds up no other."""

from acme_stub import AcmeStub
from harness import *
from vault_double import VaultDouble

DAY = 86400
for name in [name for name in os.environ if name.startswith(("VAULT_", "BAO_"))]:
    del os.environ[name]
begin = int(time.time())
set_clock(begin)
ca = Home("ca")
acme, vault = AcmeStub(ca), VaultDouble(ca)
vault.role("redis", allow_any_name=True, key_type="any")
role_id, secret_id = vault.approle(ttl=10**7)
home = Home("user")
write("secret", secret_id)
write("user/redis-pki.toml", f'[acme]\nserver = "{acme.url}/directory"\ncacert = "{ca.path}/ca/root.crt"\ntrust = "{ca.path}/ca/root.crt"\n'
      f'http-port = {free_port()}\n[issuer.company]\ntype = "vault"\nvault-addr = "{vault.url}"\nvault-cacert = "{vault.cacert}"\n'
      f'vault-role = "redis"\nvault-auth = "approle"\nvault-role-id = "{role_id}"\nvault-secret-id = "file:{path("secret")}"\n')
home.run("issue", "server", "local", "--san", "local.example.com", "--lifetime", "30d")
home.run("issue", "server", "public", "--san", "public.example.com", "--issuer", "acme", "--quiet")  # 90 days
os.environ["VAULT_ADDR"] = "https://localhost:1"  # of another Vault: the section that is named stands before it
for name in ("company-1", "company-2"):
    home.run("issue", "peer", name, "--san", f"{name}.example.com", "--issuer", "company", "--lifetime", "2d")
acme.window = (begin + 20 * DAY, begin + 20 * DAY + 60)


def renewed(day, check=True):
    set_clock(begin + day * DAY)
    result = home.run("--json", "renew", "--all", check=False)
    expect(not check or result.returncode == 0, result.stderr)
    return {line["subject"] for line in json.loads(result.stdout) if line["result"] == "renewed"}


def logins():
    return sum(1 for _, where, _, _ in vault.requests if where.endswith("/login"))


expect_equal(renewed(0.5), set(), "nothing is due")
before = logins()
expect_equal(renewed(1.1), {"company-1", "company-2"}, "two days are half over")
expect_equal(logins() - before, 1, "one login for both")
expect_equal(renewed(1.2), set(), "done")
expect_equal(len(vault.live_tokens()), 0, "tokens are left")

vault.sealed = True
expect_equal(renewed(20.5, check=False), {"local", "public"}, "its CA suggests it, the other's policy says so; Vault is sealed")
expect(acme.orders[-1]["replaces"], "the order says what it replaces")
acme.window = None
expect("sealed" in home.run("--json", "renew", "company-1", "--force", check=False).stdout, "its reason")
vault.sealed = False
expect_equal(renewed(21.6), {"company-1", "company-2"}, "Vault is back")
for name, root in (("local", home.path + "/ca/root.crt"), ("public", ca.path + "/ca/root.crt"), ("company-1", vault.root)):
    openssl("verify", "-CAfile", root, "-untrusted", home.file(name, "tls.crt"), home.file(name, "tls.crt"))
expect_equal(vault.complaints, [], "complaints")
