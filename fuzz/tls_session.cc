// A server's session must take any bytes from a peer, and never fail before the first or accept after an
// error.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "pki/builder.h"
#include "tls/context.h"
#include "tls/session.h"

namespace {

std::shared_ptr<const tls::Context> make_context() {
  const auto key = pki::PrivateKey::generate(pki::KeyType::kEcP256);
  const auto now = base::SystemClock().now();
  pki::CertificateTemplate wanted;
  wanted.subject = {{{"CN", "fuzz"}}};
  wanted.not_before = now;
  wanted.not_after = now + std::chrono::days(1);
  tls::ServerOptions options;
  options.client_auth = tls::ClientAuth::kNo;
  return tls::Context::for_server({{pki::self_sign_certificate(wanted, key)}, key}, options);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using Status = tls::Session::Status;
  static const auto context = make_context();
  tls::Session session(context);
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  if (session.handshake() != Status::kNeedsInput) std::abort();
  bool has_failed = false;
  while (!rest.empty()) {
    const auto part = rest.substr(0, 1 + static_cast<uint8_t>(rest.front()));
    rest.remove_prefix(part.size());
    session.feed(part);
    const Status status = session.handshake();
    if (has_failed && status == Status::kOk) std::abort();
    has_failed = has_failed || status == Status::kFailed;
    char plaintext[64];
    size_t length = 0;
    if (session.read(plaintext, sizeof plaintext, length) == Status::kOk)
      std::abort();  // nobody knows the keys
    session.settle();
  }
  return 0;
}
