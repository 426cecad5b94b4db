"""What a Vault may do to its clients: each trap by its name. Whatever it answers, no key is lost, nothing half is installed, nothing is asked for
twice that may have been done, and the next run works."""

import itertools

from harness import *
from vault_double import VaultDouble

for name in [name for name in os.environ if name.startswith(("VAULT_", "BAO_"))]:
    del os.environ[name]
ca = Home("ca")
vault = VaultDouble(ca)
home = Home("home")
os.environ["HOME"] = home.path
write("home/redis-pki.toml", f'[vault]\nvault-addr = "{vault.url}"\nvault-cacert = "{vault.cacert}"\nvault-role = "redis"\n'
      f'vault-token = "file:{path("token")}"\n')
write("token", vault.token())
vault.role("redis", allow_any_name=True, key_type="any", allowed_uri_sans=["*"])
numbers = itertools.count()


def issue(*words, name=None, check=True, profile="server", **options):
    name = name or f"l{next(numbers)}"
    result = home.run("issue", profile, name, "--issuer", "vault", "--san", f"{name}.example.com", *words, check=check, **options)
    result.name = name
    return result


def refused(result, *parts, code=1):
    last = result.stderr.splitlines()[-1]
    expect_equal(result.returncode, code, result.stderr)
    for part in parts:
        expect(part in last, f"{part!r} is not in: {last}")
    generations = home.path + f"/certs/{result.name}/generations"
    expect(not os.path.exists(generations) or not os.listdir(generations), "nothing half is there")


def asked(path):
    return sum(1 for _, where, _, _ in vault.requests if path in where)


def certificate_of(data):
    return json.loads(data)["data"]


def changed(body, **data):
    document = json.loads(body)
    document["data"] |= data
    return json.dumps(document).encode()


def answering(step, answer):
    """The double answers a step so, until the next trap."""
    vault.answer[step] = answer


def headers_are_sent_with_every_request():
    issue("--vault-namespace", "")
    for method, where, headers, body in vault.requests:
        expect_equal(headers.get("x-vault-request"), "true", where)
        expect(headers.get("user-agent", "").startswith("redis-pki/"), where)


def namespace_is_sent_with_the_login_too():
    vault.namespace = "team/redis"
    role_id, secret_id = vault.approle()
    write("secret", secret_id)
    login = ["--vault-auth", "approle", "--vault-role-id", role_id, "--vault-secret-id", f"file:{path('secret')}"]
    issue("--vault-namespace", "team/redis/", *login)
    refused(issue(*login, check=False), "permission denied", "namespace")
    refused(issue("--vault-namespace", "other", check=False), "permission denied", "--vault-namespace")
    vault.namespace = ""


def empty_bao_variable_wins_over_vaults():
    env = {**os.environ, "BAO_NAMESPACE": "", "VAULT_NAMESPACE": "elsewhere"}
    issue(env=env)


def error_without_a_text_or_without_json_is_told():
    answering("sign", lambda s, h, b: (500, h, b'{"errors":[]}'))
    refused(issue(check=False), "HTTP 500", "Vault's own log")
    answering("sign", lambda s, h, b: (502, {"Content-Type": "text/html"}, b"<html>Bad gateway</html>"))
    refused(issue(check=False), "HTTP 502")


def names_are_told_where_the_role_takes_them_from():
    """use_csr_sans is true by default, and alt_names are ignored then; where it is off, those of the request are."""
    vault.role("nameless", allow_any_name=True, key_type="any", use_csr_sans=False)
    vault.answer["roles"] = lambda s, h, b: (403, h, b'{"errors":["permission denied"]}')  # nobody knows that it doesn't take them
    result = issue("--vault-role", "nameless")
    expect_equal(issue().stderr, "", "warnings of names that were told twice on purpose")
    expect("DNS:" in openssl("x509", "-in", home.file(result.name, "tls.crt"), "-noout", "-ext", "subjectAltName"), "told beside the request")


def missing_name_is_refused():
    vault.role("drops", allow_any_name=True, key_type="any", use_csr_sans=False)
    original = vault.work

    def drop(step, path, parameters, token, peer):
        if step == "sign":
            parameters["alt_names"] = "other.example.com"
        return original(step, path, parameters, token, peer)
    vault.work = drop
    refused(issue("--vault-role", "drops", check=False), "lacks the name")
    vault.work = original


def missing_usage_is_refused():
    vault.answer["roles"] = lambda s, h, b: (403, h, b'{"errors":["permission denied"]}')
    vault.role("servers", allow_any_name=True, key_type="any", client_flag=False)
    refused(issue("--vault-role", "servers", profile="peer", check=False), "purpose")
    vault.answer.clear()
    refused(issue("--vault-role", "servers", profile="peer", check=False), "makes no client certificates (client_flag)")


def capped_life_is_a_warning_that_is_recorded():
    vault.role("capped", allow_any_name=True, key_type="any", max_ttl=3600)
    result = issue("--vault-role", "capped")
    expect("longer than permitted maxTTL" in result.stderr and "90d were asked for" in result.stderr, result.stderr)
    expect_equal(len(home.json("status", result.name)[0]["warnings"]), 2, "warnings")
    expect_equal(home.generation(result.name), 1, "it is installed")


def life_beyond_the_ca_is_explained():
    vault.ca_ends = 10
    refused(issue(check=False), "beyond the expiration of the CA", "--lifetime")
    issue("--lifetime", "9d")
    vault.ca_ends = None


def expired_certificate_is_refused_and_not_asked_for_again():
    """truncate, and an issuer that has ended: Vault signs what is over already."""
    over = read(expired_certificate(ca.path + "/ca/issuing.crt", ca.path + "/ca/issuing.key")[0])
    answering("sign", lambda s, h, b: (s, h, changed(b, certificate=over)))
    before = asked("/sign/")
    refused(issue(check=False), "expired")
    expect_equal(asked("/sign/") - before, 1, "requests")


def role_wants_another_key_type():
    vault.role("rsa", allow_any_name=True, key_type="rsa", key_bits=3072)
    before = asked("/sign/")
    refused(issue("--vault-role", "rsa", check=False), "wants keys of type rsa", "--key-type rsa-2048")
    refused(issue("--vault-role", "rsa", "--key-type", "rsa-2048", check=False), "3072 bits")
    expect_equal(asked("/sign/") - before, 0, "it is told before anything is asked for")
    vault.answer["roles"] = lambda s, h, b: (403, h, b'{"errors":["permission denied"]}')
    refused(issue("--vault-role", "rsa", check=False), "role requires keys of type rsa", "--key-type")


def role_allows_no_addresses_and_no_uris():
    vault.role("narrow", allow_any_name=True, key_type="any", allow_ip_sans=False)
    refused(issue("--vault-role", "narrow", "--san", "10.0.0.1", check=False), "allow_ip_sans")
    refused(issue("--vault-role", "narrow", "--san", "uri:spiffe://a/b", check=False), "allowed_uri_sans")


def answer_that_is_lost_is_not_asked_for_again():
    for way in ([], ["--vault-generate-key"]):
        step = "issue" if way else "sign"
        answering(step, lambda s, h, b: (None, h, b))
        before = asked(f"/{step}/")
        result = issue(*way, check=False)
        refused(result, "may have done it", "run this again")
        expect_equal(asked(f"/{step}/") - before, 1, "requests")
        vault.answer.clear()
        issue(*way, name=result.name)


def root_is_left_out_of_the_chain_and_intermediates_are_not():
    name = issue().name
    expect_equal(read(home.file(name, "tls.crt")).count("BEGIN"), 2)
    openssl("verify", "-CAfile", vault.root, "-untrusted", home.file(name, "tls.crt"), home.file(name, "tls.crt"))


def chain_is_absent_for_a_bare_root():
    """Then issuing_ca is all that there is, and it may be an intermediate whose root is elsewhere."""
    answering("sign", lambda s, h, b: (s, h, changed(b, ca_chain=None)))
    refused(issue(check=False), "which nothing here trusts", "--trust")
    name = issue("--trust", vault.root).name
    openssl("verify", "-CAfile", home.file(name, "ca.crt"), "-untrusted", home.file(name, "tls.crt"), home.file(name, "tls.crt"))


def root_that_is_not_trusted_is_refused():
    refused(issue("--trust", home.path + "/ca/root.crt", check=False), "which nothing here trusts")


def certificate_for_another_key_is_refused():
    name = issue().name
    other = read(home.file(name, "tls.crt"))
    answering("sign", lambda s, h, b: (s, h, changed(b, certificate=other[: other.index("-----END") + 26])))
    refused(issue(check=False), "private key does not match")


def answer_that_is_no_answer_is_refused():
    for body in (b"", b"[]", b"{}", b'{"data":{"certificate":7}}', b'{"data":{"certificate":"MIIB"}}', b"{" * 100000):
        answering("sign", lambda s, h, b, body=body: (200, h, body))
        refused(issue(check=False))
    answering("roles", lambda s, h, b: (200, h, b"<html>"))
    refused(issue(check=False), "not understood")


def denial_that_passes_is_asked_again():
    seen = itertools.count()
    answering("sign", lambda s, h, b: (403, h, b'{"errors":["permission denied"]}') if next(seen) == 0 else (s, h, b))
    issue()


def replica_that_lags_behind_is_asked_again():
    seen = itertools.count()
    answering("sign", lambda s, h, b: (412, h, b'{"errors":["required index state not present"]}') if next(seen) == 0 else (s, h, b))
    issue()


def token_that_runs_out_in_the_middle_is_replaced():
    role_id, secret_id = vault.approle()
    write("secret", secret_id)

    def expire(status, headers, body):
        vault.expire_tokens()
        vault.tokens[read(path("token"))]["ends"] = time.time() + 3600
        vault.answer.clear()
        return status, headers, body
    answering("roles", expire)
    before = asked("login")
    issue("--vault-auth", "approle", "--vault-role-id", role_id, "--vault-secret-id", f"file:{path('secret')}")
    expect_equal(asked("login") - before, 2, "logins")


def secret_id_of_few_uses_serves_a_whole_run():
    role_id, secret_id = vault.approle(uses=3)
    write("secret", secret_id)
    login = ["--vault-auth", "approle", "--vault-role-id", role_id, "--vault-secret-id", f"file:{path('secret')}"]
    names = [issue(*login, name=f"few-{i}").name for i in range(2)]
    before = asked("login")
    home.run("renew", *names, "--force", "--quiet")
    expect_equal(asked("login") - before, 1, "logins for two lineages")
    expect_equal([t for t in vault.live_tokens() if t != read(path("token"))], [], "tokens that are left")
    refused(issue(*login, check=False), "secret id", "uses")


def sealed_or_standby_server_is_passed_over():
    other = VaultDouble(ca)
    other.role("redis", allow_any_name=True, key_type="any")
    other.tokens[read(path("token"))] = {"uses": None, "ends": time.time() + 3600, "may": True}
    both = ["--vault-addr", f"{vault.url},{other.url}"]
    vault.sealed = True
    issue(*both)
    refused(issue("--vault-retries", "0", check=False), "sealed", "unseal")
    expect_equal([a["state"] for a in home_status(*both)], ["sealed", "active"], "status")
    vault.sealed, vault.standby = False, True
    issue(*both)
    expect_equal([a["state"] for a in home_status(*both)], ["standby", "active"], "status")
    expect_equal(home.run("vault", "status", check=False).returncode, 1, "no address is active")
    vault.standby = False
    expect_equal([a["state"] for a in home_status("--vault-addr", f"https://localhost:1,{other.url}")], ["unreachable", "active"], "status")
    issue("--vault-addr", f"https://localhost:1,{other.url}")
    # A standby that doesn't forward sends its clients to the active server.
    vault.answer["sign"] = lambda s, h, b: (307, {"Location": f"{other.url}/v1/pki/sign/redis"}, b"")
    issue()
    vault.answer["sign"] = lambda s, h, b: (307, {"Location": "http://localhost:1/v1/pki/sign/redis"}, b"")
    refused(issue(check=False), "not https")


def home_status(*words):
    return json.loads(home.run("--json", "vault", "status", *words, check=False).stdout)


def clock_that_differs_is_told():
    vault.skew = -300
    expect(-302 <= home_status()[0]["clock_skew_seconds"] <= -298, home_status())
    expect("5m" in home.run("vault", "status").stdout and "behind" in home.run("vault", "status").stdout, "in words")
    vault.skew = 0


def role_that_is_not_there_and_mount_that_is_not_there_are_told_apart():
    refused(issue("--vault-role", "nobody", check=False), "unknown role: nobody", "--vault-role")
    refused(issue("--vault-mount", "pki_int", "--vault-sign-verbatim", check=False), "no handler for route", "--vault-mount")


def certificate_that_vault_does_not_store_is_revoked_by_itself():
    vault.role("forgetful", allow_any_name=True, key_type="any", no_store=True)
    name = issue("--vault-role", "forgetful").name
    home.run("vault", "revoke", name)
    expect(openssl("x509", "-in", home.file(name, "tls.crt"), "-noout", "-serial").strip() in vault.revoked, "revoked")


def list_of_another_ca_is_not_written():
    file = path("crl.pem")
    home.run("vault", "crl", "--out", file)
    before = read(file)
    home.run("crl", "--out", path("other.pem"))
    other = read(path("other.pem")).encode()
    answering("crl", lambda s, h, b: (s, h, other))
    result = home.run("vault", "crl", "--out", file, check=False)
    expect_refused(result, 1, "not signed by the mount's CA")
    expect_equal(read(file), before, "the list")


def killed_at_any_request_the_next_run_works():
    for step in ("login", "roles", "sign", "issue", "revoke-self"):
        role_id, secret_id = vault.approle()
        write("secret", secret_id)
        way = ["--vault-generate-key"] if step == "issue" else []
        words = [BINARY, "--home", home.path, "issue", "server", f"killed-{step}", "--issuer", "vault", "--san", "k.example.com", *way, "--vault-auth",
                 "approle", "--vault-role-id", role_id, "--vault-secret-id", f"file:{path('secret')}"]
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def kill(status, headers, body, process=process):
            process.kill()
            process.wait()
            return None, headers, body
        answering(step, kill)
        process.wait(60)
        vault.answer.clear()
        home.run(*words[3:])
        openssl("verify", "-CAfile", vault.root, "-untrusted", home.file(f"killed-{step}", "tls.crt"), home.file(f"killed-{step}", "tls.crt"))


for trap in [value for key, value in list(globals().items()) if callable(value) and getattr(value, "__module__", "") == "__main__"]:
    if trap.__code__.co_argcount == 0 and trap is not home_status:
        try:
            trap()
        except Exception:
            print("trap:", trap.__name__.replace("_", " "), file=sys.stderr)
            raise
        vault.answer.clear()
expect_equal(vault.complaints, [], "complaints")
