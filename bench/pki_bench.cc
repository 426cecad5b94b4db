// Our operations beside the bare ones of OpenSSL that they can't do without.

#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <filesystem>

#include "pki/authority.h"
#include "pki/chain_verifier.h"
#include "pki/local_issuer.h"

namespace {

// A home with a CA of two tiers, and one server's chain.
struct Pki {
  Pki()
      : root(std::filesystem::temp_directory_path() / ("redis-pki-bench-" + std::to_string(::getpid()))),
        home(root) {
    pki::AuthorityOptions options;
    options.lifetime = std::chrono::days(365);
    pki::create_authority(home, options, {}, clock);
    pki::LocalIssuer issuer(home, {}, clock);
    pki::CertificateTemplate wanted;
    wanted.profile = pki::Profile::kServer;
    wanted.subject = {{{"CN", "redis-1"}}};
    wanted.subject_alt_names = {pki::parse_subject_alt_name("redis-1.example.com")};
    const auto key = pki::PrivateKey::generate(pki::KeyType::kEcP256);
    chain = issuer.sign(wanted, std::chrono::days(90), key.handle());
    roots = issuer.authority().roots();
  }
  ~Pki() { std::filesystem::remove_all(root); }

  base::SystemClock clock;
  std::filesystem::path root;
  pki::Home home;
  pki::CertificateChain chain;
  std::vector<pki::Certificate> roots;
};

// What no issuer of certificates can do without: a P-256 key, and a signature over as many bytes as a leaf
// has.
void key_and_signature(benchmark::State& state) {
  const pki::OpenSslPtr<EVP_PKEY> issuer(EVP_EC_gen("P-256"));
  const std::string bytes(450, 'x');
  for (auto _ : state) {
    const pki::OpenSslPtr<EVP_PKEY> key(EVP_EC_gen("P-256"));
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, issuer.get());
    unsigned char signature[128];
    size_t length = sizeof signature;
    EVP_DigestSign(context, signature, &length, reinterpret_cast<const unsigned char*>(bytes.data()),
                   bytes.size());
    EVP_MD_CTX_free(context);
    benchmark::DoNotOptimize(signature);
  }
}
BENCHMARK(key_and_signature);

void verify_bare(benchmark::State& state) {
  const Pki pki;
  const pki::OpenSslPtr<X509_STORE> store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), pki.roots.front().handle());
  STACK_OF(X509)* others = sk_X509_new_null();
  for (size_t i = 1; i < pki.chain.size(); ++i) sk_X509_push(others, pki.chain[i].handle());
  for (auto _ : state) {
    const pki::OpenSslPtr<X509_STORE_CTX> context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), pki.chain.front().handle(), others);
    X509_VERIFY_PARAM_set_purpose(X509_STORE_CTX_get0_param(context.get()), X509_PURPOSE_SSL_SERVER);
    if (X509_verify_cert(context.get()) != 1) state.SkipWithError("the chain does not verify");
  }
  sk_X509_free(others);
}
BENCHMARK(verify_bare);

void verify_chain(benchmark::State& state) {
  const Pki pki;
  const pki::VerifyOptions options{
      .purpose = pki::Profile::kServer, .host = "redis-1.example.com", .at = pki.clock.now(), .crls = {}};
  for (auto _ : state) {
    if (!pki::verify_chain(pki.chain, pki.roots, options).empty())
      state.SkipWithError("the chain does not verify");
  }
}
BENCHMARK(verify_chain);

}  // namespace
