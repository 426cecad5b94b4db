"""A small ACME CA that follows RFC 8555, RFC 9773 and the profiles draft, for what Debian's pebble doesn't know and to misbehave as told.
It checks the form of requests (not their signatures) and believes every challenge."""

import base64
import http.server
import threading

from harness import *


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class AcmeStub:
    PROFILES = {"classic": "90d", "shortlived": "160h"}

    def __init__(self, home):
        self.home, self.orders, self.requests, self.nonces = home, [], [], set()
        self.window = None             # of renewalInfo, as (start, end), or None for 404
        self.retry_after = "21600"
        self.replaced = set()
        self.lists_orders = True
        self.answer = {}               # by step: a function of (status, headers, body) that gives what is sent instead
        home.run("issue", "server", "acme-ca", "--san", "localhost", "--lifetime", "800d")
        self.port = free_port()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(home.file("acme-ca", "tls.crt"), home.file("acme-ca", "tls.key"))
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def do_HEAD(self):
                self.reply("nonce", 200, {}, b"")

            def do_GET(self):
                self.reply(*stub.get(self.path))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                expect_equal(self.headers["Content-Type"], "application/jose+json")
                self.reply(*stub.post(self.path, json.loads(body)))

            def reply(self, step, status, headers, body):
                nonce = os.urandom(8).hex()
                stub.nonces.add(nonce)
                headers = {"Replay-Nonce": nonce, "Content-Type": "application/json", **headers}
                if step in stub.answer:
                    status, headers, body = stub.answer[step](status, headers, body)
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    if callable(body):  # writes for as long as it wants
                        self.close_connection = True
                        self.end_headers()
                        return body(self.wfile)
                    if "Content-Length" not in headers:
                        self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    if self.command != "HEAD":
                        self.wfile.write(body)
                    if "Content-Length" in headers:
                        self.close_connection = True
                except OSError:
                    pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"https://localhost:{self.port}"

    def get(self, where):
        if where.startswith("/renewal-info/"):
            if self.window is None:
                return "renewal-info", 404, {}, b"{}"
            start, end = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t)) for t in self.window)
            return "renewal-info", 200, {"Retry-After": self.retry_after}, self.dump(
                {"suggestedWindow": {"start": start, "end": end}, "explanationURL": "https://example.com/why"})
        names = {"newNonce": "nonce", "newAccount": "account", "newOrder": "order", "revokeCert": "revoke", "keyChange": "key"}
        directory = {key: f"{self.url}/{name}" for key, name in names.items()}
        directory["renewalInfo"] = self.url + "/renewal-info"
        directory["meta"] = {"profiles": {name: "…" for name in self.PROFILES}}
        return "directory", 200, {}, self.dump(directory)

    @staticmethod
    def dump(document):
        return json.dumps(document).encode()

    def problem(self, step, status, kind, detail):
        return step, status, {"Content-Type": "application/problem+json"}, self.dump(
            {"type": "urn:ietf:params:acme:error:" + kind, "detail": detail, "status": status})

    def post(self, where, jws):
        header = json.loads(decode(jws["protected"]))
        payload = json.loads(decode(jws["payload"]) or b"null")
        expect_equal(header["url"], self.url + where, "the url in the JWS")
        if header["nonce"] not in self.nonces:
            return self.problem("nonce", 400, "badNonce", "used or unknown")
        self.nonces.discard(header["nonce"])
        step, _, number = where[1:].partition("/")
        self.requests.append((step, payload))
        if step == "account":
            return step, 201, {"Location": self.url + "/acct/1"}, self.dump({"status": "valid"})
        expect(("kid" in header) != ("jwk" in header), "kid or jwk")
        if step == "acct":
            return step, 200, {}, self.dump({"status": "valid", "orders": self.url + "/orders"} if self.lists_orders else {"status": "valid"})
        if step == "orders":
            return step, 200, {}, self.dump({"orders": [f"{self.url}/order/{order['number']}" for order in self.orders]})
        if step == "order" and not number:
            return self.new_order(payload)
        if step == "revoke":
            return step, 200, {}, b""
        order = self.orders[int(number)]
        if step == "authz":
            challenge = {"type": "http-01", "url": f"{self.url}/challenge/{number}", "token": "tok-en_" + number, "status": order["authz"]}
            return step, 200, {"Retry-After": "0"}, self.dump({"status": order["authz"], "identifier": order["identifiers"][0], "challenges": [
                {"type": "dns-persist-01", "issuer-domain-names": ["example.com"]}, challenge]})
        if step == "challenge":
            expect_equal(payload, {}, "the challenge's payload")
            order["authz"], order["status"] = "valid", "ready"
        if step == "finalize":
            self.finalize(order, payload)
        if step == "certificate":
            return step, 200, {"Content-Type": "application/pem-certificate-chain"}, order["chain"].encode()
        return step, 200, {"Retry-After": "0"}, self.dump(self.shown(order))

    def new_order(self, payload):
        profile = payload.get("profile", "classic")
        if profile not in self.PROFILES:
            return self.problem("order", 400, "invalidProfile", f"no profile {profile}")
        if payload.get("replaces") in self.replaced:
            return self.problem("order", 409, "alreadyReplaced", "it was replaced before")
        self.replaced.add(payload.get("replaces") or object())
        number = len(self.orders)
        self.orders.append({"number": number, "status": "pending", "authz": "pending", "identifiers": payload["identifiers"],
                            "lifetime": self.PROFILES[profile], "replaces": payload.get("replaces")})
        return "order", 201, {"Location": f"{self.url}/order/{number}"}, self.dump(self.shown(self.orders[-1]))

    def finalize(self, order, payload):
        csr = path(f"stub-{order['number']}.csr")
        with open(csr, "w") as file:
            file.write("-----BEGIN CERTIFICATE REQUEST-----\n" + base64.encodebytes(decode(payload["csr"])).decode()
                       + "-----END CERTIFICATE REQUEST-----\n")
        signed = path(f"stub-{order['number']}.crt")
        self.home.run("--quiet", "sign", csr, "--profile", "server", "--lifetime", order["lifetime"], "--out", signed)
        order["chain"], order["status"] = read(signed), "valid"

    def shown(self, order):
        number = order["number"]
        shown = {"status": order["status"], "identifiers": order["identifiers"], "finalize": f"{self.url}/finalize/{number}",
                 "authorizations": [f"{self.url}/authz/{number}"]}
        if order["status"] == "valid":
            shown["certificate"] = f"{self.url}/certificate/{number}"
        return shown
