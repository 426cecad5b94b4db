"""Every profile x key type x tier that the CLI makes passes openssl's strictest verification, and only for its
own purpose and names."""

from harness import *

KEY_TYPES = ["ec-p256", "ec-p384", "ed25519", "rsa-2048", "rsa-3072", "rsa-4096"]
NAMES = ["--san", "redis.example.com,*.example.org,10.0.0.1,::1,uri:spiffe://example.com/redis,email:ops@example.com"]


def verify(home, name, purpose, *words):
    files = ["-CAfile", home.file(name, "ca.crt"), "-untrusted", home.file(name, "tls.crt"), home.file(name, "tls.crt")]
    return run("openssl", "verify", "-x509_strict", "-purpose", purpose, *words, *files, check=False).returncode == 0


for tier in ([], ["--single-tier"]):
    for ca_type in ("ec-p256", "ec-p384", "ed25519", "rsa-2048"):
        home = Home(f"home-{ca_type}-{len(tier)}", "--key-type", ca_type, *tier)
        for name in ("root", "issuing") if not tier else ("root",):
            text = openssl("x509", "-noout", "-text", "-in", f"{home.path}/ca/{name}.crt")
            expect("CA:TRUE" in text and "Certificate Sign, CRL Sign" in text, text)
            expect("Extended Key Usage" not in text, "a CA with extended key usage limits what it signs")
        for profile in ("server", "client", "peer"):
            for key_type in KEY_TYPES if ca_type == "ec-p256" and not tier else ("ec-p256", "rsa-2048") if LONG else ("ec-p256",):
                name = f"{profile}-{key_type}"
                home.run("issue", profile, name, "--key-type", key_type, *NAMES)
                expect_equal(verify(home, name, "sslserver"), profile != "client", f"{name} as a server")
                expect_equal(verify(home, name, "sslclient"), profile != "server", f"{name} as a client")
                purpose = "sslclient" if profile == "client" else "sslserver"
                for host in ("redis.example.com", "a.example.org"):
                    expect(verify(home, name, purpose, "-verify_hostname", host), f"{name}: {host}")
                for address in ("10.0.0.1", "::1"):
                    expect(verify(home, name, purpose, "-verify_ip", address), f"{name}: {address}")
                expect(verify(home, name, purpose, "-verify_email", "ops@example.com"), f"{name}: e-mail")
                expect(not verify(home, name, purpose, "-verify_hostname", "example.org"), f"{name}: example.org")
                text = openssl("x509", "-noout", "-text", "-in", home.file(name, "tls.crt"))
                expect("URI:spiffe://example.com/redis" in text, text)
                expect(("Key Encipherment" in text) == (key_type.startswith("rsa") and profile != "client"), text)
                public = openssl("x509", "-noout", "-pubkey", "-in", home.file(name, "tls.crt"))
                expect_equal(openssl("pkey", "-pubout", "-in", home.file(name, "tls.key")), public, "the key")
                expect_equal(os.stat(home.file(name, "tls.key")).st_mode & 0o777, 0o600, "the key's mode")
