"""Certificates that no tool would make: a name with a NUL inside, by changing what openssl has made, and signing it again."""

from harness import *


def der_element(tag, *parts):
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def der_children(der):
    """What a constructed element consists of."""
    def split(at):
        size, start = der[at + 1], at + 2
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(der[at + 2:start], "big")
        return start, start + size
    at, end = split(0)
    children = []
    while at < end:
        following = split(at)[1]
        children.append(der[at:following])
        at = following
    return children


def certificate_with_nul(name, ca, ca_key, *request):
    """A client certificate of this CA made by `openssl req`, in whose names "~~~~" has become four NULs: its path and that of its key."""
    certificate, key, tbs_file = path(f"{name}.crt"), path(f"{name}.key"), path(f"{name}.tbs")
    openssl("req", "-x509", "-CA", ca, "-CAkey", ca_key, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-days", 10, "-addext", "extendedKeyUsage=clientAuth", "-addext", "basicConstraints=critical,CA:FALSE",
            *request, "-keyout", key, "-out", certificate)
    tbs, algorithm, _ = der_children(ssl.PEM_cert_to_DER_cert(read(certificate)))
    expect(b"~~~~" in tbs, "there is nothing to change")
    tbs = tbs.replace(b"~~~~", b"\0\0\0\0")
    with open(tbs_file, "wb") as file:
        file.write(tbs)
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", ca_key, tbs_file], capture_output=True, check=True).stdout
    der = der_element(0x30, tbs, algorithm, der_element(0x03, b"\0", signature))
    write(f"{name}.crt", ssl.DER_cert_to_PEM_cert(der))
    return certificate, key
