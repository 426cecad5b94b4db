"""An include that the design forbids makes the layering test fail, and its removal makes it pass."""

from harness import *

tree = path("tree")
os.makedirs(tree + "/resp")


def layering(source):
    with open(tree + "/resp/x.cc", "w") as file:
        file.write(source)
    result = run("cmake", f"-DROOT={tree}", "-DMODULE=resp", "-DMODULES=base", "-DLIBRARIES=", "-P",
                 f"{SOURCE}/cmake/CheckLayering.cmake", check=False)
    return result.returncode == 0


expect(layering('#include <vector>\n#include "base/error.h"\n#include "resp/value.h"\n'), "a good file fails")
expect(not layering('#include "tls/session.h"\n'), "a higher module passes")
expect(not layering('#include "pki/key.h"\n'), "a module beside it passes")
expect(not layering('  #  include <openssl/ssl.h>\n'), "a library that is not linked passes")
expect(layering('// #include "tls/session.h"\n'), "a comment fails")
