"""An account that the CA wants bound to another; names that are proved by a web server's files, and by BIND, updated by nsupdate with a
TSIG key."""

from acme_server import Pebble
from harness import *

home = Home()
dns = free_port()
os.mkdir(path("bind"))
key = write("bind/update.key", run("tsig-keygen", "-a", "hmac-sha256", "update").stdout)
write("bind/zone", "$TTL 60\n@ SOA ns.example.com. root.example.com. 1 60 60 60 60\n@ NS ns\nns A 127.0.0.1\n@ A 127.0.0.1\n* A 127.0.0.1\n")
conf = write("bind/named.conf", f'include "{key}";\noptions {{ directory "{path("bind")}"; listen-on port {dns} {{ 127.0.0.1; }}; '
             f'listen-on-v6 {{ none; }}; recursion no; pid-file none; dnssec-validation no; session-keyfile none; }};\ncontrols {{ }};\n'
             f'zone "example.com" {{ type primary; file "{path("bind/zone")}"; allow-update {{ key update; }}; }};\n')
named = Process("named", ["named", "-g", "-n", "1", "-c", conf], dns)
hmac = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
pebble = Pebble(home, strict=True, nonce_reject=20, authz_reuse=0, dns=dns, externalAccountBindingRequired=True,
                externalAccountMACKeys={"kid-1": hmac})
write("home/redis-pki.toml", f'[acme]\nserver = "{pebble.directory}"\ncacert = "{pebble.ca}"\ntrust = "{pebble.root()}"\n')

# The account.
secret = write("hmac", hmac + "\n")
expect_refused(home.run("acme", "register", "--agree-tos", check=False), 2, "--eab-kid")
expect_refused(home.run("acme", "register", "--agree-tos", "--eab-kid", "kid-1", check=False), 2, "--eab-hmac")
wrong = write("wrong", "AAAA" + hmac[4:])
expect_refused(home.run("acme", "register", "--agree-tos", "--eab-kid", "kid-1", "--eab-hmac", f"file:{wrong}", check=False), 1, "refuses")
bound = home.json("acme", "register", "--agree-tos", "--eab-kid", "kid-1", "--eab-hmac", f"file:{secret}")
expect_equal(bound["status"], "valid")


def issue(name, *words):
    home.run("issue", "server", name, "--issuer", "acme", *words)
    chain = home.file(name, "tls.crt")
    openssl("verify", "-CAfile", pebble.root(), "-untrusted", chain, chain)


# A web server's files: they are gone afterwards, and what is no directory is refused before anything is asked for.
webroot = path("webroot")
os.mkdir(webroot)
web = Process("web", [sys.executable, "-m", "http.server", "--directory", webroot, "--bind", "127.0.0.1", pebble.http_port], pebble.http_port)
issue("web", "--san", "web.example.com", "--webroot", webroot)
expect_equal(os.listdir(webroot + "/.well-known/acme-challenge"), [])
expect("acme-challenge" in read(web.log), "the CA came to the web server")
web.kill()

# BIND: records come and go; a wrong key is a failure that names nsupdate.
nsupdate = ["--challenge", "dns-01", "--dns-nsupdate", f"127.0.0.1:{dns}", "--dns-nsupdate-key"]
issue("dns", "--san", "dns.example.com,*.dns.example.com", *nsupdate, key)
left = run("dig", "+short", "+tcp", "-p", dns, "@127.0.0.1", "_acme-challenge.dns.example.com", "TXT").stdout
expect_equal(left, "", "records that are left")
other = write("bind/other.key", run("tsig-keygen", "-a", "hmac-sha256", "update").stdout)
expect_refused(home.run("--quiet", "issue", "server", "no", "--issuer", "acme", "--san", "no.example.com", *nsupdate, other, check=False), 1,
               "nsupdate could not add")
expect_refused(home.run("issue", "server", "no", "--issuer", "acme", "--san", "no.example.com", "--challenge", "dns-02", check=False, input=""),
               2, "there are http-01")
