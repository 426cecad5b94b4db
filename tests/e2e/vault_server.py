"""A real Vault or OpenBao in its development mode, set up as the tests want it; the same names as in vault_double.py."""

import base64
import urllib.error
import urllib.request

from harness import *

BINARY_OF_VAULT = os.environ.get("VAULT_BINARY", "")      # set by scripts/test --vault, as are these
ADDRESS, TOKEN, CA = (os.environ.get(f"TESTS_VAULT_{name}", "") for name in ("ADDR", "TOKEN", "CACERT"))


def is_there():
    return bool(BINARY_OF_VAULT or ADDRESS)


class RealVault:
    is_real = True

    def __init__(self, ca):
        own = os.urandom(3).hex()  # mounts of our own: the server may have others
        self.mount, self.root_mount = f"pki-{own}", f"root-{own}"
        self.auth_mounts = {method: f"{method}-{own}" for method in ("approle", "jwt", "cert")}
        self.url, self.cacert, self.root_token = ADDRESS, CA, TOKEN
        if not ADDRESS:
            self.start()
        self.set_up_pki()
        self.set_up_logins()

    def start(self):
        self.root_token = "root-token"
        port = free_port()
        self.cacert = path("dev-tls/vault-ca.pem")
        os.makedirs(path("dev-tls"))
        Process("vault", ["env", "HOME=" + path("."), BINARY_OF_VAULT, "server", "-dev", "-dev-tls", f"-dev-tls-cert-dir={path('dev-tls')}",
                          "-dev-no-store-token", f"-dev-root-token-id={self.root_token}", f"-dev-listen-address=127.0.0.1:{port}",
                          "-dev-tls-san=localhost"], port)
        self.url = f"https://localhost:{port}"
        wait_until(lambda: self.request("GET", "sys/health", status=(200,)) is not None, "Vault to be active")

    def set_up_pki(self):
        self.write(f"sys/mounts/{self.root_mount}", type="pki", config={"max_lease_ttl": "87600h"})
        self.write(f"sys/mounts/{self.mount}", type="pki", config={"max_lease_ttl": "43800h"})
        root = self.write(f"{self.root_mount}/root/generate/internal", common_name="Root", ttl="87600h", key_type="ec", key_bits=256)["data"]
        csr = self.write(f"{self.mount}/intermediate/generate/internal", common_name="Issuing", key_type="ec", key_bits=256)["data"]["csr"]
        signed = self.write(f"{self.root_mount}/root/sign-intermediate", csr=csr, common_name="Issuing", ttl="43800h")["data"]
        self.write(f"{self.mount}/intermediate/set-signed", certificate=signed["certificate"] + "\n" + root["certificate"])
        self.root = write("vault-root.crt", root["certificate"] + "\n")

    def set_up_logins(self):
        self.write(f"sys/policies/acl/{self.mount}", policy=f'path "{self.mount}/*" {{ capabilities = ["create", "read", "update", "list"] }}')
        self.write(f"sys/policies/acl/nothing-{self.mount}", policy=f'path "{self.mount}/revoke-with-key" {{ capabilities = ["update"] }}')
        for method, mount in self.auth_mounts.items():
            self.write(f"sys/auth/{mount}", type=method)
        self.key = path("jwt.key")
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.key)
        self.write(f"auth/{self.auth_mounts['jwt']}/config", jwt_validation_pubkeys=[openssl("pkey", "-in", self.key, "-pubout")])

    def request(self, method, where, status=(200, 204), **parameters):
        request = urllib.request.Request(f"{self.url}/v1/{where}", method=method, data=json.dumps(parameters).encode() if parameters else None,
                                         headers={"X-Vault-Token": self.root_token})
        try:
            with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=self.cacert)) as answer:
                body = answer.read()
                expect(answer.status in status, f"{where}: {answer.status}")
                return json.loads(body) if body else {}
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{where}: {error.code} {error.read()}") from error
        except (OSError, FileNotFoundError):
            return None

    def write(self, where, **parameters):
        return self.request("POST", where, **parameters)

    def role(self, name, **parameters):
        self.write(f"{self.mount}/roles/{name}", **parameters)

    def token(self, may=True, ttl=3600):
        return self.write("auth/token/create", policies=[self.mount if may else f"nothing-{self.mount}"], ttl=f"{ttl}s", no_default_policy=False)["auth"]["client_token"]

    def approle(self, ttl=3600, uses=0):
        name = "r" + os.urandom(4).hex()
        self.write(f"auth/{self.auth_mounts['approle']}/role/{name}", token_policies=[self.mount], token_ttl=f"{ttl}s", secret_id_num_uses=uses)
        return (self.request("GET", f"auth/{self.auth_mounts['approle']}/role/{name}/role-id")["data"]["role_id"],
                self.request("POST", f"auth/{self.auth_mounts['approle']}/role/{name}/secret-id")["data"]["secret_id"])

    def jwt(self, role, ttl=3600, mount="jwt"):
        self.write(f"auth/{self.auth_mounts['jwt']}/role/{role}", role_type="jwt", user_claim="sub", bound_subject=role, token_policies=[self.mount], token_ttl=f"{ttl}s")
        return self.signed({"sub": role, "iat": int(time.time()), "exp": int(time.time()) + 3600})

    def signed(self, claims):
        """A JWT by RS256 (RFC 7515), whose signature openssl makes."""
        encode = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=")
        text = encode(b'{"alg":"RS256","typ":"JWT"}') + b"." + encode(json.dumps(claims).encode())
        with open(path("jwt.text"), "wb") as file:
            file.write(text)
        openssl("dgst", "-sha256", "-sign", self.key, "-out", path("jwt.sig"), path("jwt.text"))
        with open(path("jwt.sig"), "rb") as file:
            return (text + b"." + encode(file.read())).decode()

    def cert_role(self, role, certificate):
        self.write(f"auth/{self.auth_mounts['cert']}/certs/{role}", certificate=read(certificate), token_policies=[self.mount])

    def live_tokens(self):
        accessors = self.request("LIST", "auth/token/accessors")["data"]["keys"]
        return accessors[1:]
