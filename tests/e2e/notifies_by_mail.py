"""Failures are told by mail, handed to a real SMTP server: STARTTLS and SMTPS, verified, with a password that is never sent
without them; what can't be sent is a warning, and is tried again."""

import email
import email.policy
import logging

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from harness import *

logging.disable()  # of aiosmtpd, whose peers break off on purpose
home = Home()
home.run("issue", "server", "mail", "--san", "localhost")
home.run("issue", "server", "redis-1", "--san", "localhost")
home.run("issue", "client", "app")
home.run("target", "add", "redis-1", "--target", f"localhost:{free_port()}", "--client", "app")  # nobody is there
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(home.file("mail", "tls.crt"), home.file("mail", "tls.key"))
password = write("password", "mail-secret\n")
received, logins = [], []


class Inbox:
    async def handle_DATA(self, server, session, envelope):
        received.append((envelope.mail_from, envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=email.policy.default),
                         session.ssl is not None))
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    logins.append((data.login.decode(), data.password.decode()))
    return AuthResult(success=data.password == b"mail-secret")


def start(smtps=False, **options):
    port = free_port()
    controller = Controller(Inbox(), hostname="127.0.0.1", port=port, ssl_context=tls if smtps else None,
                            authenticator=authenticate, **options)
    controller.start()
    return controller, port


def settings(url, *more):
    write("home/redis-pki.toml", "\n".join(["[notify]", f'mail-server = "{url}"', 'mail-from = "redis-pki@example.com"',
                                            'mail-to = ["ops@example.com", "dba@example.com"]', *more]) + "\n")


def renew():
    """The failure, as if it were told for the first time."""
    for file in (home.path + "/notified.json", home.path + "/certs/redis-1/renewal.json"):
        if os.path.exists(file):
            os.unlink(file)
    home.run("rotate", "redis-1", check=False)
    store = home.path + "/certs/redis-1/targets.json"
    state = json.loads(read(store))
    state["targets"][0]["verified"] = 0
    with open(store, "w") as opened:
        json.dump(state, opened)
    result = home.run("-q", "renew", "redis-1", check=False)
    expect_equal(result.returncode, 1, result.stderr)
    return result.stderr


trust = f'cacert = "{home.path}/ca/root.crt"'
login = ['mail-user = "me"', f'mail-pass = "file:{password}"']

# STARTTLS with a login.
controller, port = start(tls_context=tls, require_starttls=True, auth_required=True)
settings(f"smtp://localhost:{port}", trust, *login)
expect_equal(renew(), "")
sender, recipients, message, secured = received.pop()
expect_equal((sender, recipients, secured), ("redis-pki@example.com", ["ops@example.com", "dba@example.com"], True))
expect_equal(message["Subject"], "redis-pki: redis-1: renewal_failed")
expect("Connection refused" in message.get_content(), message.get_content())
expect_equal(logins, [("me", "mail-secret")])
# Its certificate is not trusted: nothing is sent, not even the login; it is told by a warning, and tried again.
settings(f"smtp://localhost:{port}", *login)
expect("warning: can't notify" in renew(), "no warning")
expect_equal((received, len(logins)), ([], 1))
controller.stop()

# SMTPS.
controller, port = start(smtps=True)
settings(f"smtps://localhost:{port}", trust)
expect_equal(renew(), "")
expect(received.pop()[2]["To"] == "ops@example.com, dba@example.com", "the recipients")
controller.stop()

# A server without TLS gets no password; without one, mail to this host goes as it is.
controller, port = start(auth_require_tls=False)
settings(f"smtp://localhost:{port}", *login)
expect("warning: can't notify" in renew(), "no warning")
expect_equal((received, len(logins)), ([], 1))
settings(f"smtp://localhost:{port}")
expect_equal(renew(), "")
expect_equal(received.pop()[3], False)
controller.stop()
# A webhook's path is as good as a password: it stands in no message.
write("home/redis-pki.toml", f'[notify]\nwebhook = "https://localhost:{free_port()}/services/T0P-SECRET"\n')
warning = renew()
expect("warning: can't notify: https://localhost:" in warning and "T0P-SECRET" not in warning, warning)
settings("smtp://localhost:1", "mail-form = 'x'")
expect_refused(home.run("renew", check=False), 2, "unknown setting 'mail-form'; did you mean 'mail-from'?")
