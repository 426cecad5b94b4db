#include "redis/tls_settings.h"

#include "base/error.h"

namespace redis {

CertificatePaths get_certificate_paths(Connection& connection) {
  CertificatePaths paths;
  for (const auto& [name, path] :
       {std::pair<std::string_view, std::string*>{"tls-cert-file", &paths.certificate},
        {"tls-key-file", &paths.key}}) {
    const resp::Value reply = connection.require({"CONFIG", "GET", name});
    const resp::Value* value = reply.find(name);
    if (value == nullptr) {
      throw base::Error(base::ErrorKind::kRefused, connection.name() + ": the server knows no " +
                                                       std::string(name) + "; was it built with TLS?");
    }
    *path = value->text;
  }
  return paths;
}

void set_certificate_paths(Connection& connection, const CertificatePaths& paths) {
  connection.require({"CONFIG", "SET", "tls-cert-file", paths.certificate, "tls-key-file", paths.key});
}

}  // namespace redis
