"""A TLS server that answers as an old Redis does, of which no binary is at hand, or that lies."""

import socketserver
import ssl
import threading


class FakeRedis:
    """Serves the pair at its paths, as they were when it was last reloaded."""

    def __init__(self, certificate, key, version, lies=False):
        self.config = {"tls-cert-file": certificate, "tls-key-file": key}
        self.version = tuple(int(part) for part in version.split("."))
        self.lies = lies  # answers OK to a reload and goes on as before
        self.sets = []  # what each CONFIG SET said
        self.load()
        fake = self

        class Handler(socketserver.StreamRequestHandler):
            def setup(self):
                self.request = fake.context.wrap_socket(self.request, server_side=True)
                super().setup()

            def handle(self):
                try:
                    while line := self.rfile.readline():
                        words = []
                        for _ in range(int(line[1:])):
                            size = int(self.rfile.readline()[1:])
                            words.append(self.rfile.read(size + 2)[:-2].decode())
                        self.wfile.write(fake.reply(words))
                except OSError:
                    pass

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

            def handle_error(self, *_):  # a handshake that fails is the client's business
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def load(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.config["tls-cert-file"], self.config["tls-key-file"])
        self.context = context

    def reply(self, words):
        name = " ".join(words[:2]).upper()
        if name == "INFO SERVER":
            text = f"# Server\r\nredis_version:{'.'.join(map(str, self.version))}\r\nredis_mode:standalone\r\n"
            return f"${len(text)}\r\n{text}\r\n".encode()
        if name.startswith("INFO"):
            return b"$13\r\nrole:master\r\n\r\n"
        if name == "CONFIG GET":
            value = self.config.get(words[2])
            found = [] if value is None else [words[2], value]
            return f"*{len(found)}\r\n".encode() + b"".join(f"${len(w)}\r\n{w}\r\n".encode() for w in found)
        if name == "CONFIG REWRITE":
            return b"-ERR The server is running without a config file\r\n"
        if name == "CONFIG SET":
            return self.config_set(words[2:])
        return b"+PONG\r\n" if words == ["PING"] else b"-ERR unknown command\r\n"

    def config_set(self, words):
        self.sets.append(words)
        if self.version < (7, 0, 0) and len(words) != 2:
            return b"-ERR Unknown subcommand or wrong number of arguments for 'SET'. Try CONFIG HELP.\r\n"
        wanted = dict(zip(words[::2], words[1::2]))
        if self.lies or (self.version == (7, 0, 0) and wanted.items() <= self.config.items()):
            return b"+OK\r\n"
        before = dict(self.config)
        self.config.update(wanted)
        try:
            self.load()
        except (OSError, ssl.SSLError):
            self.config = before
            return b"-ERR Unable to update TLS configuration. Check server logs.\r\n"
        return b"+OK\r\n"
