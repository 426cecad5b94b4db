"""redis-server on plaintext, on this host only, and the bundled server before it with TLS."""

from fleets import *


def start_redis(home, *directives, sentinel=False, announce="replica"):
    """It dials others with TLS, so that whom it follows can stand behind a sidecar too; it says that it is at its sidecar's port."""
    plain, public = free_port(), free_port()
    directory = path(f"redis-{plain}")
    os.mkdir(directory)
    lines = [f"port {plain}", "bind 127.0.0.1", f"dir {directory}", "tls-replication yes", f"tls-ca-cert-file {home.path}/ca/root.crt",
             f"tls-cert-file {home.file('app', 'tls.crt')}", f"tls-key-file {home.file('app', 'tls.key')}", *directives,
             f"{'sentinel ' if sentinel else ''}{'' if sentinel else announce + '-'}announce-port {public}"]
    conf = write(f"redis-{plain}.conf", "\n".join(lines) + "\n")
    server = Process("redis", ["redis-server", conf] + (["--sentinel"] if sentinel else []), plain)
    server.public = public
    return server


def start_sidecar(home, behind, *directives):
    """Before the server, at the port that it announces, with an admin socket."""
    admin = path(f"admin-{behind.public}.sock")
    words = [BINARY, "--home", home.path, "serve", "--lineage", "redis-1", "--tls-port", behind.public, "--upstream",
             f"redis://127.0.0.1:{behind.port}", "--admin-socket", admin, *directives, *MLOCK, *THREADS]
    sidecar = Process("sidecar", words, behind.public)
    sidecar.admin = admin
    return sidecar
