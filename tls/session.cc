#include "tls/session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "pki/chain_verifier.h"
#include "pki/openssl_error.h"
#include "pki/openssl_ptr.h"

namespace tls {

struct Session::Io {
  std::string_view lent;  // ciphertext of the caller
  std::string kept;       // ciphertext that settle() kept; comes before `lent`
  size_t kept_from = 0;
  std::string output;

  size_t available() const { return kept.size() - kept_from + lent.size(); }

  size_t read(char* buffer, size_t size) {
    std::string_view source = kept_from < kept.size() ? std::string_view(kept).substr(kept_from) : lent;
    const size_t count = std::min(size, source.size());
    std::memcpy(buffer, source.data(), count);
    if (kept_from < kept.size()) {
      kept_from += count;
      if (kept_from == kept.size()) {
        std::string().swap(kept);
        kept_from = 0;
      }
    } else {
      lent.remove_prefix(count);
    }
    return count;
  }
};

namespace {

template <typename Io>
int read_bio(BIO* bio, char* buffer, size_t size, size_t* count) {
  auto& io = *static_cast<Io*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  *count = io.available() == 0 ? 0 : io.read(buffer, size);
  if (*count > 0) return 1;
  BIO_set_retry_read(bio);
  return 0;
}

template <typename Io>
int write_bio(BIO* bio, const char* bytes, size_t size, size_t* count) {
  static_cast<Io*>(BIO_get_data(bio))->output.append(bytes, size);
  *count = size;
  return 1;
}

long control_bio(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

template <typename Io>
BIO_METHOD* bio_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "session");
    pki::require(made != nullptr, "no memory for TLS");
    BIO_meth_set_read_ex(made, read_bio<Io>);
    BIO_meth_set_write_ex(made, write_bio<Io>);
    BIO_meth_set_ctrl(made, control_bio);
    return made;
  }();
  return method;
}

pki::CertificateChain to_chain(STACK_OF(X509) * stack) {
  pki::CertificateChain chain;
  for (int i = 0; i < sk_X509_num(stack); ++i)
    chain.push_back(pki::Certificate::share(sk_X509_value(stack, i)));
  return chain;
}

// "certificate verify failed", or the peer's alert in its own words.
std::string take_reason() {
  std::string reason = "unknown reason";
  while (const unsigned long code = ERR_get_error()) {
    if (const char* text = ERR_reason_error_string(code)) reason = text;
  }
  return reason;
}

}  // namespace

Session::Session(std::shared_ptr<const Context> context)
    : context_(std::move(context)), io_(std::make_unique<Io>()), ssl_(SSL_new(context_->handle())) {
  pki::require(ssl_ != nullptr, "no memory for a TLS session");
  BIO* bio = BIO_new(bio_method<Io>());
  pki::require(bio != nullptr, "no memory for a TLS session");
  BIO_set_data(bio, io_.get());
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);  // owns it now
  SSL_set_app_data(ssl_.get(), this);
  if (context_->is_server()) {
    SSL_set_accept_state(ssl_.get());
    return;
  }
  SSL_set_connect_state(ssl_.get());
  const std::string& host = context_->client_options().host;
  if (!host.empty() && pki::ip_bytes(host).empty()) SSL_set_tlsext_host_name(ssl_.get(), host.c_str());
}

Session::~Session() = default;

void Session::feed(std::string_view ciphertext) {
  settle();
  io_->lent = ciphertext;
}

void Session::settle() {
  if (io_->lent.empty()) return;
  io_->kept.append(io_->lent);
  io_->lent = {};
}

Session::Status Session::handshake() {
  if (is_established()) return Status::kOk;
  return status_of(SSL_do_handshake(ssl_.get()));
}

bool Session::is_established() const { return SSL_is_init_finished(ssl_.get()) == 1; }

bool Session::is_resumed() const { return SSL_session_reused(ssl_.get()) == 1; }

SslPtr<SSL_SESSION> Session::resumable() const {
  SslPtr<SSL_SESSION> session(SSL_get1_session(ssl_.get()));
  if (session != nullptr && SSL_SESSION_is_resumable(session.get()) != 1) session.reset();
  return session;
}

void Session::offer(SSL_SESSION& earlier) { SSL_set_session(ssl_.get(), &earlier); }

Session::Status Session::read(char* buffer, size_t capacity, size_t& length) {
  length = 0;
  return status_of(SSL_read_ex(ssl_.get(), buffer, capacity, &length));
}

Session::Status Session::write(std::string_view plaintext) {
  if (plaintext.empty()) return Status::kOk;
  size_t written = 0;
  return status_of(SSL_write_ex(ssl_.get(), plaintext.data(), plaintext.size(), &written));
}

void Session::close() {
  if (is_established()) SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

std::string& Session::output() { return io_->output; }

bool Session::is_drained() const { return io_->available() == 0 && SSL_pending(ssl_.get()) == 0; }

bool Session::is_within_record() const { return is_drained() && SSL_has_pending(ssl_.get()) == 1; }

HandshakeResult Session::result() const {
  HandshakeResult result;
  result.protocol = SSL_get_version(ssl_.get());
  result.cipher = SSL_get_cipher_name(ssl_.get());
  result.resumed = is_resumed();
  result.chain = server_chain_;
  result.verification = verification_;
  if (context_->is_server()) {
    if (X509* peer = SSL_get0_peer_certificate(ssl_.get())) result.chain = {pki::Certificate::share(peer)};
  }
  return result;
}

Session::Status Session::status_of(int result) {
  if (result == 1) return Status::kOk;
  const int reason = SSL_get_error(ssl_.get(), result);
  switch (reason) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return Status::kNeedsInput;
    case SSL_ERROR_ZERO_RETURN:
      return Status::kClosed;
    default:
      if (error_.empty()) error_ = take_reason();
      ERR_clear_error();
      return Status::kFailed;
  }
}

namespace {

bool is_known_and_expired(const pki::CertificateChain& chain, const pki::Findings& findings,
                          const ClientOptions& options) {
  const auto& known = options.known_leaves;
  if (chain.empty() || std::find(known.begin(), known.end(), chain.front().sha256()) == known.end())
    return false;
  return std::all_of(findings.begin(), findings.end(), [](const pki::Finding& finding) {
    return finding.severity != pki::Severity::kError || finding.code == "expired";
  });
}

}  // namespace

// Replaces OpenSSL's verification on the client side by ours, which says all that is wrong.
int Session::verify_server(X509_STORE_CTX* store_context, void* /*unused*/) {
  auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store_context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto& session = *static_cast<Session*>(SSL_get_app_data(ssl));
  const ClientOptions& options = session.context_->client_options();
  try {
    session.server_chain_ = to_chain(X509_STORE_CTX_get0_untrusted(store_context));
    session.verification_ =
        pki::verify_chain(session.server_chain_, options.roots,
                          {.purpose = pki::Profile::kServer,
                           .host = options.host.empty() ? std::nullopt : std::optional(options.host),
                           .at = session.context_->now()});
  } catch (const std::exception& error) {
    session.verification_.push_back({pki::Severity::kError, "invalid", error.what()});
  }
  if (!options.require_trust || !pki::has_errors(session.verification_)) return 1;
  if (is_known_and_expired(session.server_chain_, session.verification_, options)) return 1;
  session.error_ = pki::describe_errors(session.verification_);
  X509_STORE_CTX_set_error(store_context, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

}  // namespace tls
