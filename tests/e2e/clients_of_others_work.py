"""redis-cli, redis-benchmark, python3-redis, ioredis, node-redis and openssl s_client: over TLS 1.2 and 1.3, with a client
certificate and without."""

from real_clients import *

home = Home().issue_usual()
for protocol in ("TLSv1.2", "TLSv1.3"):
    for auth in ("yes", "no"):
        server = serve(home, "--tls-protocols", protocol, "--tls-auth-clients", auth)
        run_sessions(home, server.port, with_certificate=auth == "yes")
        info = home.redis_cli(server.port, "INFO", "tls")
        counted = next(line for line in info.splitlines() if line.startswith("tls_protocols:"))
        expect(counted.startswith(f"tls_protocols:{protocol}=") and "," not in counted, counted)
        server.stop()
