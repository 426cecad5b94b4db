"""A double of Vault's HTTP API, field by field as Vault 1.21 and OpenBao answer, with a CA of redis-pki behind its PKI engine. It checks each
request strictly, and misbehaves as it is told. What it has in common with a real server (vault_server.py) has the same names there."""

import datetime
import http.server
import re
import threading

from harness import *

SIGN_PARAMETERS = {"csr", "common_name", "alt_names", "ip_sans", "uri_sans", "other_sans", "ttl", "not_after", "format", "private_key_format",
                   "exclude_cn_from_sans", "remove_roots_from_chain", "key_type", "key_bits", "key_usage", "ext_key_usage"}
ROLE = {"allow_any_name": False, "allowed_domains": [], "allow_subdomains": False, "allow_ip_sans": True, "allowed_uri_sans": [],
        "client_flag": True, "server_flag": True, "key_type": "rsa", "key_bits": 2048, "max_ttl": 0, "ttl": 0, "no_store": False,
        "require_cn": True, "use_csr_common_name": True, "use_csr_sans": True, "ext_key_usage": [], "enforce_hostnames": True}


class Refused(Exception):
    def __init__(self, status, *errors):
        self.status, self.errors = status, errors


def denied():
    return Refused(403, "1 error occurred:\n\t* permission denied\n\n")


def names_of(csr):
    """What a request asks for, as openssl reads it."""
    text = openssl("req", "-in", csr, "-noout", "-text")
    found = re.search(r"Subject Alternative Name:\s*\n\s*(.*)", text)
    names = []
    for name in found.group(1).split(", ") if found else []:
        kind, _, value = name.partition(":")
        names.append({"DNS": "dns:", "IP Address": "ip:", "URI": "uri:", "email": "email:"}[kind] + value)
    return names


def key_of(csr):
    text = openssl("req", "-in", csr, "-noout", "-text")
    kind = {"id-ecPublicKey": "ec", "rsaEncryption": "rsa", "ED25519": "ed25519"}[re.search(r"Public Key Algorithm: (\S+)", text).group(1)]
    bits = re.search(r"Public-Key: \((\d+) bit", text)
    return kind, int(bits.group(1)) if bits else 0


def common_name(csr):
    found = re.search(r"CN = ([^,\n]+)", openssl("req", "-in", csr, "-noout", "-subject"))
    return found.group(1) if found else ""


class VaultDouble:
    root_token = "root-token"
    is_real = False

    def __init__(self, ca, namespace="", issues_from="pki"):
        self.ca, self.namespace, self.mount = ca, namespace, issues_from
        self.auth_mounts = {"approle": "approle", "jwt": "jwt", "cert": "cert"}
        self.roles, self.tokens, self.issued, self.revoked = {}, {}, {}, set()
        self.approles, self.jwts, self.certificates = {}, {}, {}
        self.requests, self.complaints = [], []
        self.sealed = self.standby = False
        self.skew = 0
        self.warnings = None
        self.answer = {}              # by step: a function of (status, headers, body) that gives what is sent instead
        self.ca_ends = None           # days after which certificates may not end
        self.tokens[self.root_token] = {"uses": None, "ends": None, "may": True}
        ca.run("--quiet", "issue", "server", "vault", "--san", "localhost,127.0.0.1")
        self.cacert = self.root = ca.path + "/ca/root.crt"
        self.port = free_port()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(ca.file("vault", "tls.crt"), ca.file("vault", "tls.key"))
        context.load_verify_locations(self.cacert)
        context.verify_mode = ssl.CERT_OPTIONAL
        double = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def serve(self):
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                peer = self.connection.getpeercert()
                step, status, headers, body = double.handle(self.command, self.path, self.headers, body, peer)
                if step in double.answer:
                    status, headers, body = double.answer[step](status, headers, body)
                if status is None:  # cut off
                    self.close_connection = True
                    return
                try:
                    self.send_response(status)
                    for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass

            do_GET = do_POST = do_PUT = do_LIST = serve

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", self.port), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"https://localhost:{self.port}"

    # What the tests set up, as RealVault does.

    def role(self, name, **parameters):
        unknown = parameters.keys() - ROLE.keys()
        expect(not unknown, f"{unknown}")
        bits = {"rsa": 2048, "ec": 256}.get(parameters.get("key_type", "rsa"), 0)
        self.roles[name] = {**ROLE, "key_bits": bits, **parameters}

    def token(self, may=True, ttl=3600):
        token = "s." + os.urandom(12).hex()
        self.tokens[token] = {"uses": None, "ends": time.time() + ttl, "may": may}
        return token

    def approle(self, ttl=3600, uses=0):
        role_id, secret_id = (os.urandom(8).hex() for _ in range(2))
        self.approles[role_id] = {"secret_id": secret_id, "ttl": ttl, "uses": uses}
        return role_id, secret_id

    def jwt(self, role, ttl=3600, mount="jwt"):
        jwt = ".".join(os.urandom(12).hex() for _ in range(3))
        self.jwts[jwt] = (mount, role, ttl)
        return jwt

    def cert_role(self, role, certificate):
        self.certificates[role] = openssl("x509", "-in", certificate, "-noout", "-serial").strip().removeprefix("serial=")

    def expire_tokens(self):
        for token in self.tokens:
            if token != self.root_token:
                self.tokens[token]["ends"] = 0

    def live_tokens(self):
        return [t for t, known in self.tokens.items() if t != self.root_token and (known["ends"] or 0) > time.time()]

    # What it answers.

    def handle(self, method, path, headers, body, peer):
        path = path.removeprefix("/v1/").split("?")[0]
        step = "other"
        self.requests.append((method, path, {k.lower(): v for k, v in headers.items()}, body))
        try:
            if headers["X-Vault-Request"] != "true":
                raise Refused(412, "missing X-Vault-Request: true")
            parts = path.split("/")
            step = "health" if path == "sys/health" else next((p for p in parts if p in (
                "login", "lookup-self", "renew-self", "revoke-self", "roles", "sign", "sign-verbatim", "issue", "revoke", "revoke-with-key", "crl",
                "ca_chain", "json")), "other")
            if step == "health":
                return step, *self.health()
            if self.sealed:
                raise Refused(503, "Vault is sealed")
            if self.standby:
                raise Refused(429)
            if (headers["X-Vault-Namespace"] or "").strip("/") != self.namespace.strip("/"):
                raise denied()
            parameters = json.loads(body) if body else {}
            data, auth = self.work(step, path, parameters, headers["X-Vault-Token"], peer)
            if isinstance(data, str):
                return step, 200, {"Content-Type": "application/x-pem-file"}, data.encode()
            if data is None and auth is None:
                return step, 204, {}, b""
            return step, 200, {}, json.dumps({
                "request_id": os.urandom(16).hex(), "lease_id": "", "lease_duration": 0, "renewable": False, "data": data,
                "warnings": self.warnings, "auth": auth, "wrap_info": None, "mount_type": "pki"}).encode()
        except Refused as refused:
            return step, refused.status, {}, json.dumps({"errors": list(refused.errors)}).encode()
        except Exception as error:  # the double's own fault, or a request that it didn't foresee
            self.complaints.append(f"{method} {path}: {error!r}")
            return step, 500, {}, json.dumps({"errors": [repr(error)]}).encode()

    def health(self):
        status = 503 if self.sealed else 429 if self.standby else 200
        return status, {}, json.dumps({
            "initialized": True, "sealed": self.sealed, "standby": self.standby, "performance_standby": False, "replication_performance_mode":
            "disabled", "server_time_utc": int(time.time()) + self.skew, "version": "1.21.4", "cluster_name": "double", "cluster_id": "0"}).encode()

    def work(self, step, path, parameters, token, peer):
        self.warnings = None
        if step == "login":
            if token:
                self.complaints.append("a login with a token")
            return None, self.login(path, parameters, peer)
        if step in ("crl", "ca_chain", "json"):
            return self.read_openly(step, path), None
        known = self.tokens.get(token)
        if known is None or (known["ends"] is not None and known["ends"] < time.time()):
            raise Refused(403, "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n")
        if step == "lookup-self":
            return {"ttl": int((known["ends"] or time.time()) - time.time()), "renewable": True, "expire_time": None}, None
        if step == "renew-self":
            known["ends"] = time.time() + known["lease"]
            return None, self.auth(token, known["lease"])
        if step == "revoke-self":
            del self.tokens[token]
            return None, None
        if step == "revoke-with-key":
            return self.revoke(parameters, with_key=True), None
        if not known["may"]:
            raise denied()
        if step == "roles":
            role = self.roles.get(path.split("/")[-1])
            if role is None:
                raise Refused(404)
            return role, None
        if step in ("sign", "sign-verbatim", "issue"):
            return self.sign(step, path, parameters), None
        if step == "revoke":
            return self.revoke(parameters), None
        raise Refused(404, f"no handler for route {path!r}. route entry not found.")

    @staticmethod
    def auth(token, lease):
        return {"client_token": token, "accessor": "a", "policies": ["default"], "token_policies": ["default"], "metadata": {}, "lease_duration": lease,
                "renewable": True, "entity_id": "e", "token_type": "service", "orphan": True, "mfa_requirement": None, "num_uses": 0}

    def login(self, path, parameters, peer):
        mount = path.removeprefix("auth/").removesuffix("/login")
        if mount.startswith("approle"):
            expect_equal(parameters.keys(), {"role_id", "secret_id"}, "of AppRole")
            known = self.approles.get(parameters["role_id"])
            if known is None:
                raise Refused(400, "invalid role or secret ID")
            if known["secret_id"] != parameters["secret_id"]:
                raise Refused(400, "invalid role or secret ID")
            if known["uses"]:
                known["uses"] -= 1
                if not known["uses"]:
                    del self.approles[parameters["role_id"]]
            lease = known["ttl"]
        elif mount in ("jwt", "kubernetes", "cluster-1"):
            expect_equal(parameters.keys(), {"role", "jwt"}, "of a JWT login")
            known = self.jwts.get(parameters["jwt"])
            if known is None or known[0] != mount:
                raise Refused(403, "permission denied") if mount != "jwt" else Refused(400, "error validating token: invalid signature")
            if known[1] != parameters["role"]:
                raise Refused(400, f"role \"{parameters['role']}\" could not be found")
            lease = known[2]
        elif mount == "cert":
            expect(parameters.keys() <= {"name"}, f"of a certificate's login: {parameters}")
            serial = peer.get("serialNumber", "").lstrip("0") if peer else None
            if serial is None:
                raise Refused(400, "client certificate must be supplied")
            if serial not in [known.lstrip("0") for role, known in self.certificates.items() if role == parameters.get("name", role)]:
                raise Refused(400, "failed to match all constraints for this login certificate")
            lease = 3600
        else:
            raise Refused(403, "permission denied")
        token = "s." + os.urandom(12).hex()
        self.tokens[token] = {"uses": None, "ends": time.time() + lease, "may": True, "lease": lease}
        return self.auth(token, lease)

    def sign(self, step, path, parameters):
        unknown = parameters.keys() - SIGN_PARAMETERS
        expect(not unknown, f"unknown parameters {unknown}")
        match = re.fullmatch(rf"{self.mount}(/issuer/(?P<issuer>[^/]+))?/{step}(/(?P<role>[^/]+))?", path)
        if match is None:
            raise Refused(404, f"no handler for route {path!r}. route entry not found.")
        if match["issuer"] not in (None, "default", "int-2026"):
            raise Refused(500, f"unable to find PKI issuer for reference: {match['issuer']}")
        role = self.roles.get(match["role"]) if match["role"] else {**ROLE, "allow_any_name": True, "key_type": "any"}
        if role is None:
            raise Refused(400, f"unknown role: {match['role']}")
        if step == "sign-verbatim":
            role = {**role, "allow_any_name": True, "allowed_uri_sans": ["*"], "key_type": "any"}
        if "ttl" in parameters and "not_after" in parameters:
            raise Refused(400, "Either ttl or not_after should be provided. Both should not be provided in the same request.")
        csr, key = self.request_of(step, parameters, role)
        self.check_key(csr, role, step)
        self.warnings, names, name = [], names_of(csr), common_name(csr)
        told = [f"{kind}:{value}" for kind, option in (("dns", "alt_names"), ("ip", "ip_sans"), ("uri", "uri_sans"))
                for value in filter(None, parameters.get(option, "").split(","))]
        told = [n.replace("dns:", "email:") if "@" in n and n.startswith("dns:") else n for n in told]
        if step == "sign" and role["use_csr_sans"] and told:
            self.warnings.append("the alt_names field was provided but the role is set with \"use_csr_sans\" set to true")
        if step == "sign" and not role["use_csr_sans"] or step == "issue":
            names = told
        if step == "sign" and not role["use_csr_common_name"]:
            name = parameters.get("common_name", "")
        if not name and role["require_cn"] and step != "sign-verbatim":
            raise Refused(400, "the common_name field is required, or must be provided in a CSR with \"use_csr_common_name\" set to true, unless "
                               "\"require_cn\" is set to false")
        self.check_names(name, names, role)
        lifetime = self.lifetime(parameters, role)
        chain = path_of = path_for("signed.crt")
        words = ["--quiet", "sign", csr, "--profile", "peer" if role["server_flag"] and role["client_flag"] else
                 "server" if role["server_flag"] else "client", "--lifetime", f"{lifetime}s", "--out", chain]
        for each in names:
            words += ["--san", each]
        self.ca.run(*words)
        leaf, *above = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", read(path_of), re.DOTALL)
        serial = openssl("x509", "-in", chain, "-noout", "-serial").strip().removeprefix("serial=").lower()
        serial = ":".join(re.findall("..", serial))
        if not role["no_store"]:
            self.issued[serial] = leaf
        data = {"certificate": leaf, "issuing_ca": above[0], "ca_chain": [*above, read(self.cacert).strip()], "serial_number": serial,
                "expiration": int(time.time()) + lifetime, "not_before": int(time.time()) - 30}
        if key:
            data |= {"private_key": key, "private_key_type": role["key_type"]}
        self.warnings = self.warnings or None
        return data

    def request_of(self, step, parameters, role):
        csr, key = path_for("request.csr"), path_for("made.key")
        if step != "issue":
            if "csr" not in parameters:
                raise Refused(400, "\"csr\" is empty")
            with open(csr, "w") as file:
                file.write(parameters["csr"])
            return csr, None
        expect("csr" not in parameters, "a request for pki/issue")
        kind = parameters.get("key_type", "ec") if role["key_type"] == "any" else role["key_type"]
        options = {"ec": ["-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["-pkeyopt", "rsa_keygen_bits:2048"], "ed25519": []}[kind]
        openssl("genpkey", "-algorithm", {"ec": "EC", "rsa": "RSA", "ed25519": "ED25519"}[kind], *options, "-out", key)
        openssl("req", "-new", "-key", key, "-subj", "/CN=" + parameters.get("common_name", ""), "-out", csr)
        return csr, read(key)

    @staticmethod
    def check_key(csr, role, step):
        kind, bits = key_of(csr)
        if role["key_type"] != "any" and kind != role["key_type"]:
            raise Refused(400, f"role requires keys of type {role['key_type']}")
        if step == "sign" and role["key_type"] != "any" and bits < role["key_bits"]:
            raise Refused(400, f"role requires a minimum of a {role['key_bits']}-bit key, but CSR's key is {bits} bits")

    @staticmethod
    def check_names(name, names, role):
        def is_allowed(host):
            return role["allow_any_name"] or any(host == d or role["allow_subdomains"] and host.endswith("." + d) for d in role["allowed_domains"])
        if name and not is_allowed(name):
            raise Refused(400, f"common name {name} not allowed by this role")
        for each in names:
            kind, _, value = each.partition(":")
            if kind in ("dns", "email") and not is_allowed(value):
                raise Refused(400, f"subject alternate name {value} not allowed by this role")
            if kind == "ip" and not role["allow_ip_sans"]:
                raise Refused(400, "IP Subject Alternative Names are not allowed in this role, but was provided with some")
            if kind == "uri" and not role["allowed_uri_sans"]:
                raise Refused(400, "URI Subject Alternative Names are not allowed in this role, but were provided via the API")

    def lifetime(self, parameters, role):
        seconds = int(parameters.get("ttl", "2764800s").removesuffix("s"))
        if role["max_ttl"] and seconds > role["max_ttl"]:
            self.warnings.append(f"TTL \"{seconds}s\" is longer than permitted maxTTL \"{role['max_ttl']}s\", so maxTTL is being used")
            seconds = role["max_ttl"]
        if self.ca_ends is not None and seconds > self.ca_ends * 86400:
            moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
            raise Refused(400, f"cannot satisfy request, as TTL would result in notAfter of {moment:%Y-%m-%dT%H:%M:%SZ} that is beyond the expiration "
                               f"of the CA certificate at 2026-12-01T00:00:00Z")
        return seconds

    def read_openly(self, step, path):
        issuing = self.ca.path + "/ca/issuing.crt"
        if step == "crl":
            self.ca.run("--quiet", "crl", "--out", path_for("vault.crl"))
            return read(path_for("vault.crl"))
        chain = [read(issuing).strip(), read(self.cacert).strip()]
        if step == "json":
            return {"certificate": chain[0], "ca_chain": chain, "revocation_time": 0, "revocation_time_rfc3339": "", "issuer_id": "i", "issuer_name": ""}
        if not path.endswith("/cert/ca_chain"):
            return "\n".join(chain) + "\n"
        return {"certificate": "\n".join(chain), "ca_chain": "\n".join(chain), "revocation_time": 0}

    def revoke(self, parameters, with_key=False):
        expect(parameters.keys() <= {"serial_number", "certificate", "private_key"}, f"{parameters.keys()}")
        pem = parameters.get("certificate") or self.issued.get(parameters.get("serial_number"))
        if pem is None:
            raise Refused(400, f"certificate with serial {parameters['serial_number']} not found.")
        certificate = path_for("revoke.crt")
        write_file(certificate, pem)
        if with_key:
            key = path_for("revoke.key")
            write_file(key, parameters["private_key"])
            if openssl("x509", "-in", certificate, "-noout", "-pubkey") != openssl("pkey", "-in", key, "-pubout"):
                raise Refused(400, "provided private key does not match certificate's public key")
        self.ca.run("--quiet", "revoke", certificate)
        self.revoked.add(openssl("x509", "-in", certificate, "-noout", "-serial").strip())
        return {"revocation_time": int(time.time()), "revocation_time_rfc3339": "", "state": "revoked"}


def path_for(name):
    """A file of this thread's request."""
    return path(f"{threading.get_ident()}-{name}")


def write_file(file, text):
    with open(file, "w") as opened:
        opened.write(text)
