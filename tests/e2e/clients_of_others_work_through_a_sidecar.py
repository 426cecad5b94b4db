"""The same clients as with the bundled server itself, with redis-server behind it: over TLS 1.2 and 1.3, with a client certificate
and without."""

from real_clients import *
from sidecars import *

home = Home().issue_usual()
behind = start_redis(home, 'save ""')
for protocol in ("TLSv1.2", "TLSv1.3"):
    for auth in ("yes", "no"):
        sidecar = start_sidecar(home, behind, "--tls-protocols", protocol, "--tls-auth-clients", auth)
        run_sessions(home, sidecar.port, with_certificate=auth == "yes")
        info = run("redis-cli", "-s", sidecar.admin, "INFO", "tls").stdout
        expect(f"tls_protocols:{protocol}=" in info, info)
        sidecar.stop()
behind.stop()
