"""Each rule of the audit finds its bad example and keeps quiet about its good one; text, JSON and SARIF say the same."""

from harness import *

home = Home().issue_usual()
home.run("issue", "peer", "both", "--san", "localhost")
home.run("issue", "server", "rsa", "--san", "localhost", "--key-type", "rsa-2048")
home.run("issue", "server", "long", "--san", "localhost", "--lifetime", "800d")
TRUST = home.path + "/trust/clients.crt"


def self_signed(name, *more):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path(name + ".key"),
            "-out", path(name + ".crt"), "-subj", "/CN=localhost", "-days", 90, *more)
    return pair(path(name + ".crt"), path(name + ".key"))


def pair(certificate, key):
    os.chmod(key, 0o600)
    return f"tls-cert-file {certificate}\ntls-key-file {key}\n"


def lineage(name):
    return pair(home.file(name, "tls.crt"), home.file(name, "tls.key"))


GOOD = (f"port 0\ntls-port 6380\nbind 0.0.0.0\ntls-ca-cert-file {TRUST}\ntls-auth-clients yes\ntls-prefer-server-ciphers yes\n"
        f"requirepass \"{'x' * 40}\"\nmasterauth \"{'x' * 40}\"\nuser app on #{'a' * 64} ~app:* +@read\n")
PAIR = lineage("redis-1")
expired, expired_key = expired_certificate()
small_dh, large_dh = write("small.pem", ""), write("large.pem", "")
openssl("genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "dh_paramgen_prime_len:1024", "-out", small_dh)
openssl("genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048", "-out", large_dh)
many_roots = write("many.crt", "".join(openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                                               path("any.key"), "-subj", f"/CN=CA {n}", "-days", 90) for n in range(11)))
open_key = shutil.copy(home.file("redis-1", "tls.key"), path("open.key"))
acl_good, acl_bad = write("good.acl", f"user default off\nuser app on #{'a' * 64} ~a:* +get\n"), write("bad.acl", "user app on nopass ~* +@all\n")

# By rule: what makes it bad, and what is good in its place. Each is added to, or takes the place of, lines of GOOD.
EXAMPLES = {
    "no-tls": ("tls-port 0", "tls-port 6380"),
    "plaintext-port": ("port 6379", "port 0"),
    "plaintext-loopback": ("port 6379\nbind 127.0.0.1 -::1", "port 0"),
    "unix-socket-open": ("unixsocket /run/r.sock\nunixsocketperm 777", "unixsocket /run/r.sock\nunixsocketperm 770"),
    "protected-mode-off": ("protected-mode no\nrequirepass \"\"\ntls-auth-clients no", "protected-mode no\ntls-auth-clients no"),
    "old-protocols": ('tls-protocols "TLSv1.1 TLSv1.2 TLSv1.3"', 'tls-protocols "TLSv1.2 TLSv1.3"'),
    "no-tls13": ('tls-protocols "TLSv1.2"', 'tls-protocols "TLSv1.3"'),
    "weak-ciphers": ("tls-ciphers ALL:eNULL", "tls-ciphers ECDHE+AESGCM"),
    "no-forward-secrecy": (lineage("rsa") + "tls-ciphers AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256",
                           lineage("rsa") + "tls-ciphers ECDHE-RSA-AES128-GCM-SHA256"),
    "client-chooses-cipher": ("tls-prefer-server-ciphers no", "tls-prefer-server-ciphers yes"),
    "no-session-caching": ("tls-session-caching no", "tls-session-caching yes"),
    "small-dh-parameters": (f"tls-dh-params-file {small_dh}", f"tls-dh-params-file {large_dh}"),
    "no-client-auth": ("tls-auth-clients no", "tls-auth-clients yes"),
    "optional-client-auth": ("tls-auth-clients optional", "tls-auth-clients yes"),
    "no-client-roots": ('tls-ca-cert-file ""', f"tls-ca-cert-file {TRUST}"),
    "broad-trust": (f"tls-ca-cert-file {many_roots}", f"tls-ca-cert-file {TRUST}"),
    "no-revocation": ("tls-auth-clients yes", f"tls-crl-file {TRUST}"),
    "no-password": ("requirepass \"\"\ntls-auth-clients no", "tls-auth-clients no"),
    "any-certificate-may-do-all": ("requirepass \"\"", "requirepass \"\"\nuser default off"),
    "weak-password": ("requirepass secret", "user other on >0123456789abcdef ~x +get"),
    "user-without-password": ("tls-auth-clients-user CN\ntls-auth-clients optional\nuser app on nopass ~* +get",
                              "tls-auth-clients-user CN\nuser app on nopass ~* +get"),
    "dangerous-commands": ("enable-debug-command yes", "enable-debug-command local"),
    "only-default-user": ("user default on", f"aclfile {acl_good}"),
    "plaintext-replication": ("replicaof 10.0.0.1 6379", "replicaof 10.0.0.1 6379\ntls-replication yes"),
    "plaintext-cluster-bus": ("cluster-enabled yes", "cluster-enabled yes\ntls-cluster yes"),
    "unverified-peers": ('tls-cluster yes\ntls-ca-cert-file ""\ntls-auth-clients no', "tls-cluster yes"),
    "dialling-certificate": ("tls-replication yes", lineage("both") + "tls-replication yes"),
    "no-master-password": ('replicaof 10.0.0.1 6379\nmasterauth ""', "replicaof 10.0.0.1 6379"),
    "no-certificate": ('tls-key-file ""', PAIR),
    "long-lived-certificate": (lineage("long"), PAIR),
    "no-alternative-names": (self_signed("nameless"), self_signed("named", "-addext", "subjectAltName=DNS:localhost")),
    "readable-secrets": ("# mode 644", "# mode 600"),
    "unread-files": (f"aclfile {path('nowhere.acl')}", f"aclfile {acl_good}"),
    "certificate": (f"tls-cert-file {home.file('redis-1', 'tls.crt')}\ntls-key-file {home.file('both', 'tls.key')}", PAIR),
    "expiry": (pair(expired, expired_key), PAIR),
}
# Those that only a live server can break have their examples in audit_sees_what_servers_show.py.
LIVE_ONLY = {"served-without-certificate", "drift", "hidden-settings"}


def conf_with(lines):
    """GOOD with these lines, in the place of those that it has of the same directive."""
    names = {line.split()[0] for line in lines.splitlines() if line}
    kept = [line for line in (GOOD + PAIR).splitlines() if line.split()[0] not in names or line.startswith("user app") and "user app" not in lines
            and not "aclfile" in lines and not "user default on" in lines]
    file = write("redis.conf", "\n".join(kept) + "\n" + lines + "\n")
    os.chmod(file, 0o644 if "mode 644" in lines else 0o600)
    return file


def found(file):
    result = run(BINARY, "--json", "audit", file, check=False)
    report = json.loads(result.stdout)
    worst = {f["severity"] for f in report["results"][0]["findings"]}
    expect_equal(result.returncode, 2 if "error" in worst else 1 if "warning" in worst else 0, f"exit for {worst}: {result.stderr}")
    return {f["rule"]: f for f in report["results"][0]["findings"]}


for rule, (bad, good) in EXAMPLES.items():
    findings = found(conf_with(bad))
    expect(rule in findings, f"{rule} is not found in its bad example: {sorted(findings)}\n{read(path('redis.conf'))}")
    for part in ("title", "why", "remedy", "detail"):
        expect(findings[rule][part], f"{rule} has no {part}")
    findings = found(conf_with(good))
    expect(rule not in findings, f"{rule} is found in its good example: {findings.get(rule)}\n{read(path('redis.conf'))}")
expect_equal(set(found(conf_with("port 0"))) - {"no-revocation"}, set(), "what is wrong with a good configuration")

# No rule is without examples; SARIF names the line of the file.
bad = conf_with("port 6379\ntls-protocols TLSv1.1")
sarif = json.loads(run(BINARY, "audit", bad, "--format", "sarif", check=False).stdout)
expect_equal(sarif["version"], "2.1.0", "SARIF")
rules = {rule["id"] for rule in sarif["runs"][0]["tool"]["driver"]["rules"]}
expect_equal(rules, set(EXAMPLES) | LIVE_ONLY, "rules without an example")
lines = read(bad).splitlines()
for result in sarif["runs"][0]["results"]:
    expect(result["ruleId"] in rules and result["level"] in ("error", "warning", "note"), str(result))
    place = result["locations"][0]["physicalLocation"]
    if result["ruleId"] in ("plaintext-port", "old-protocols"):
        line = lines[place["region"]["startLine"] - 1]
        expect(line.startswith("port" if result["ruleId"] == "plaintext-port" else "tls-protocols"), f"{result}: {line}")
text = run(BINARY, "audit", bad, check=False).stdout
for rule in found(bad):
    expect(f"  {rule}  " in text, f"{rule} is not in the text")

# What can't be read is unknown; wrong words are usage.
expect_equal(run(BINARY, "audit", path("nothing.conf"), check=False).returncode, 3, "a file that isn't there")
expect_refused(run(BINARY, "audit", bad, "--format", "xml", check=False), 3, "text, json and sarif")
output = path("report.sarif")
run(BINARY, "audit", bad, "--format", "sarif", "--output", output, check=False)
expect_equal(json.loads(read(output)), sarif, "the same in a file")

# The fragments that the product itself prints are good.
for kind, extra in (("server", []), ("replica", ["--master", "localhost:6380", "--client", "app"])):
    text = home.run("conf", kind, "redis-1", *extra).stdout
    findings = found(conf_with(text.replace("tls-port", "tls-port") + f'requirepass "{"x" * 40}"\nmasterauth "{"x" * 40}"'))
    worse = {rule for rule, f in findings.items() if f["severity"] != "info"}
    expect_equal(worse - {"readable-secrets"}, set(), f"what is wrong with 'conf {kind}'")
