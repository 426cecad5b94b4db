#include "tls/context.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/error.h"
#include "base/words.h"
#include "pki/openssl_error.h"
#include "pki/openssl_ptr.h"
#include "tls/session.h"

namespace tls {
namespace {

using base::Error;
using base::ErrorKind;

// Without it a resuming client that is asked for a certificate fails (Redis#7270).
constexpr unsigned char kSessionIdContext[] = "redis-pki";

SslPtr<SSL_CTX> new_context(const SSL_METHOD* method) {
  SslPtr<SSL_CTX> context(SSL_CTX_new(method));
  pki::require(context != nullptr, "no memory for TLS");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  return context;
}

void use_credentials(SSL_CTX* context, const Credentials& credentials) {
  bool ok = SSL_CTX_use_certificate(context, credentials.leaf().handle()) == 1 &&
            SSL_CTX_use_PrivateKey(context, credentials.key.handle()) == 1 &&
            SSL_CTX_check_private_key(context) == 1;
  SSL_CTX_clear_chain_certs(context);
  for (size_t i = 1; ok && i < credentials.chain.size(); ++i) {
    ok = SSL_CTX_add1_chain_cert(context, credentials.chain[i].handle()) == 1;
  }
  if (!ok) throw pki::openssl_error(ErrorKind::kInvalid, "OpenSSL refuses the certificate");
}

void set_protocols(SSL_CTX* context, const std::string& protocols) {
  if (protocols.empty()) return;
  bool tls12 = false;
  bool tls13 = false;
  for (const std::string& name : base::split_words(protocols).value_or(std::vector<std::string>{})) {
    if (base::equals_ignoring_case(name, "TLSv1.2")) {
      tls12 = true;
    } else if (base::equals_ignoring_case(name, "TLSv1.3")) {
      tls13 = true;
    } else {
      throw Error(ErrorKind::kInvalid,
                  "tls-protocols: '" + name + "' is not offered; there are TLSv1.2 and TLSv1.3");
    }
  }
  if (!tls12 && !tls13) throw Error(ErrorKind::kInvalid, "tls-protocols: names no protocol");
  SSL_CTX_set_min_proto_version(context, tls12 ? TLS1_2_VERSION : TLS1_3_VERSION);
  SSL_CTX_set_max_proto_version(context, tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
}

// Of TLS 1.3, the cheapest for both sides first.
constexpr const char* kCiphersuites =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

void set_ciphers(SSL_CTX* context, const ServerOptions& options) {
  if (options.ciphers.empty() && options.ciphersuites.empty()) {
    SSL_CTX_set_ciphersuites(context, kCiphersuites);
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  }
  if (!options.ciphers.empty() && SSL_CTX_set_cipher_list(context, options.ciphers.c_str()) != 1) {
    throw pki::openssl_error(ErrorKind::kInvalid,
                             "tls-ciphers: no cipher of '" + options.ciphers + "' can be used");
  }
  if (!options.ciphersuites.empty() && SSL_CTX_set_ciphersuites(context, options.ciphersuites.c_str()) != 1) {
    throw pki::openssl_error(ErrorKind::kInvalid,
                             "tls-ciphersuites: no cipher of '" + options.ciphersuites + "' can be used");
  }
}

void set_client_auth(SSL_CTX* context, const ServerOptions& options) {
  if (options.client_auth == ClientAuth::kNo) return;
  if (options.client_roots.empty()) {
    throw Error(ErrorKind::kInvalid,
                "clients can't be verified without a CA; set tls-ca-cert-file or tls-auth-clients no");
  }
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const pki::Certificate& root : options.client_roots) {
    X509_STORE_add_cert(store, root.handle());
    SSL_CTX_add_client_CA(context, root.handle());
  }
  for (const pki::Crl& crl : options.client_crls) X509_STORE_add_crl(store, crl.handle());
  if (!options.client_crls.empty()) X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
  const bool required = options.client_auth == ClientAuth::kYes;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
}

SslPtr<EVP_PKEY> parse_dh_parameters(std::string_view pem) {
  const pki::OpenSslPtr<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  SslPtr<EVP_PKEY> parameters(bio == nullptr ? nullptr : PEM_read_bio_Parameters(bio.get(), nullptr));
  if (parameters != nullptr && EVP_PKEY_is_a(parameters.get(), "DH") != 1) parameters.reset();
  return parameters;
}

void set_dh_parameters(SSL_CTX* context, const std::string& pem) {
  if (pem.empty()) {
    SSL_CTX_set_dh_auto(context, 1);
    return;
  }
  auto parameters = parse_dh_parameters(pem);
  if (parameters == nullptr || SSL_CTX_set0_tmp_dh_pkey(context, parameters.get()) != 1) {
    throw pki::openssl_error(ErrorKind::kInvalid, "the Diffie-Hellman parameters can't be used");
  }
  (void)parameters.release();  // the context's now
}

void set_resumption(SSL_CTX* context, const ServerOptions& options) {
  SSL_CTX_sess_set_cache_size(context, options.session_cache_size);
  SSL_CTX_set_timeout(context, static_cast<long>(options.session_timeout.count()));
  SSL_CTX_set_session_id_context(context, kSessionIdContext, sizeof kSessionIdContext - 1);
  if (options.session_caching) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
    SSL_CTX_set_num_tickets(context, 1);
  } else {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
  }
}

}  // namespace

int require_dh_parameters(std::string_view pem, const std::string& origin) {
  const auto parameters = parse_dh_parameters(pem);
  ERR_clear_error();
  if (parameters == nullptr)
    throw Error(ErrorKind::kInvalid, origin + ": holds no Diffie-Hellman parameters");
  return EVP_PKEY_get_bits(parameters.get());
}

int Context::select_protocol(SSL*, const unsigned char** chosen, unsigned char* length,
                             const unsigned char* offered, unsigned size, void* context) {
  const std::string& wanted = static_cast<const Context*>(context)->protocol_;
  for (unsigned at = 0; at < size; at += 1u + offered[at]) {
    if (at + 1u + offered[at] > size) break;
    const std::string_view name(reinterpret_cast<const char*>(offered + at + 1), offered[at]);
    if (name != wanted) continue;
    *chosen = offered + at + 1;
    *length = offered[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

int Context::select_credentials(SSL* ssl, void* context) {
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  try {
    const auto credentials =
        static_cast<const Context*>(context)->credentials_for_(name != nullptr ? name : "");
    if (!credentials) return 0;
    return SSL_use_cert_and_key(ssl, credentials->leaf().handle(), credentials->key.handle(), nullptr, 1);
  } catch (const std::exception&) {
    return 0;
  }
}

std::shared_ptr<const Context> Context::for_server(const Credentials& credentials,
                                                   const ServerOptions& options) {
  const std::shared_ptr<Context> result(new Context);
  result->is_server_ = true;
  result->context_ = new_context(TLS_server_method());
  SSL_CTX* context = result->handle();
  use_credentials(context, credentials);
  set_protocols(context, options.protocols);
  set_ciphers(context, options);
  set_client_auth(context, options);
  set_resumption(context, options);
  set_dh_parameters(context, options.dh_parameters);
  if (options.prefer_server_ciphers) SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  result->protocol_ = options.protocol;
  if (!options.protocol.empty()) SSL_CTX_set_alpn_select_cb(context, select_protocol, result.get());
  result->credentials_for_ = options.credentials_for;
  if (options.credentials_for) SSL_CTX_set_cert_cb(context, select_credentials, result.get());
  ERR_clear_error();
  return result;
}

namespace {

// Also those that nobody should use any more, for which OpenSSL lowers its guard.
void offer_only(SSL_CTX* context, const ClientOptions& options) {
  constexpr std::pair<std::string_view, int> kVersions[] = {{"TLSv1", TLS1_VERSION},
                                                            {"TLSv1.1", TLS1_1_VERSION},
                                                            {"TLSv1.2", TLS1_2_VERSION},
                                                            {"TLSv1.3", TLS1_3_VERSION}};
  for (const auto& [name, version] : kVersions) {
    if (options.only_protocol != name) continue;
    if (version < TLS1_2_VERSION) SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, version);
    SSL_CTX_set_max_proto_version(context, version);
  }
  if (!options.ciphers.empty() && SSL_CTX_set_cipher_list(context, options.ciphers.c_str()) != 1) {
    throw pki::openssl_error(ErrorKind::kInvalid, "no cipher of '" + options.ciphers + "' can be used");
  }
}

}  // namespace

std::shared_ptr<const Context> Context::for_client(const ClientOptions& options, const base::Clock& clock) {
  const std::shared_ptr<Context> result(new Context);
  result->client_options_ = options;
  result->clock_ = &clock;
  result->context_ = new_context(TLS_client_method());
  SSL_CTX* context = result->handle();
  if (options.credentials) use_credentials(context, *options.credentials);
  offer_only(context, options);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, Session::verify_server, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // nothing is resumed unasked
  ERR_clear_error();
  return result;
}

}  // namespace tls
