// The steps of the server's data path, beside the bare ones of OpenSSL that they can't do without. GET of a
// key with 16 bytes and a value of 100 is 36 bytes to the server and 108 back.

#include <benchmark/benchmark.h>
#include <openssl/evp.h>

#include <array>
#include <string>

#include "pki_fixture.h"
#include "resp/command_scanner.h"
#include "resp/decoder.h"
#include "server/certificate_loader.h"
#include "store/keyspace.h"
#include "tls/credentials.h"
#include "tls/session.h"

namespace {

using testing_support::pki_of_today;
using testing_support::PkiFixture;

constexpr std::string_view kGet = "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000001\r\n";
constexpr size_t kReply = 108;

// Handshakes of one server certificate, in memory, without certificates of clients.
struct Handshakes {
  Handshakes() {
    const auto lineage = pki.lineage("s", pki.settings(pki::Profile::kServer));
    tls::ServerOptions server_options;
    server_options.client_auth = tls::ClientAuth::kNo;
    server_context = tls::Context::for_server({lineage.chain(1), lineage.key(1)}, server_options);
    tls::ClientOptions client_options;
    client_options.require_trust = false;
    client_context = tls::Context::for_client(client_options, pki.clock);
  }

  static void carry(tls::Session& from, tls::Session& to) {
    to.feed(from.output());
    to.handshake();
    to.settle();
    from.output().clear();
  }

  // `server_work` runs the server's part, so that it can be timed alone.
  template <typename Timed>
  void connect(const Timed& server_work) {
    client = std::make_unique<tls::Session>(client_context);
    client->handshake();
    server_work([&] {
      server = std::make_unique<tls::Session>(server_context);
      carry(*client, *server);
    });
    carry(*server, *client);
    server_work([&] { carry(*client, *server); });
  }

  PkiFixture pki = pki_of_today();
  std::shared_ptr<const tls::Context> server_context;
  std::shared_ptr<const tls::Context> client_context;
  std::unique_ptr<tls::Session> server;
  std::unique_ptr<tls::Session> client;
};

void handshake_of_the_server(benchmark::State& state) {
  Handshakes handshakes;
  for (auto _ : state) {
    std::chrono::nanoseconds spent{0};
    handshakes.connect([&](const auto& work) {
      const auto begin = std::chrono::steady_clock::now();
      work();
      spent += std::chrono::steady_clock::now() - begin;
    });
    state.SetIterationTime(std::chrono::duration<double>(spent).count());
  }
  if (!handshakes.server->is_established()) state.SkipWithError("no handshake");
}

// The server's half of GETs: a record opened, the reply sealed.
void record_in_and_out(benchmark::State& state) {
  constexpr int64_t kRecords = 1000;
  Handshakes handshakes;
  handshakes.connect([](const auto& work) { work(); });
  const std::string reply(kReply, 'v');
  std::array<char, 1024> buffer;
  for (auto _ : state) {
    state.PauseTiming();
    handshakes.client->output().clear();
    for (int64_t i = 0; i < kRecords; ++i) handshakes.client->write(kGet);
    state.ResumeTiming();
    handshakes.server->feed(handshakes.client->output());
    while (!handshakes.server->is_drained()) {
      size_t length = 0;
      handshakes.server->read(buffer.data(), buffer.size(), length);
      handshakes.server->write(reply);
      handshakes.server->output().clear();
    }
    handshakes.server->settle();
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * kRecords);
}

void bare_aes_gcm_in_and_out(benchmark::State& state) {
  const std::array<unsigned char, 16> key{};
  const std::array<unsigned char, 12> nonce{};
  std::array<unsigned char, 1024> in{}, out{};
  std::array<EVP_CIPHER_CTX*, 2> contexts{EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_new()};
  for (int i = 0; i < 2; ++i) {
    EVP_CipherInit_ex(contexts[static_cast<size_t>(i)], EVP_aes_128_gcm(), nullptr, key.data(), nonce.data(),
                      i);
  }
  for (auto _ : state) {
    int length = 0;
    EVP_CipherInit_ex(contexts[0], nullptr, nullptr, nullptr, nonce.data(), 0);
    EVP_CipherUpdate(contexts[0], out.data(), &length, in.data(), static_cast<int>(kGet.size()));
    EVP_CIPHER_CTX_ctrl(contexts[0], EVP_CTRL_AEAD_SET_TAG, 16, in.data());
    EVP_CipherFinal_ex(contexts[0], out.data(), &length);
    EVP_CipherInit_ex(contexts[1], nullptr, nullptr, nullptr, nonce.data(), 1);
    EVP_CipherUpdate(contexts[1], out.data(), &length, in.data(), kReply);
    EVP_CipherFinal_ex(contexts[1], out.data(), &length);
    EVP_CIPHER_CTX_ctrl(contexts[1], EVP_CTRL_AEAD_GET_TAG, 16, out.data());
    benchmark::DoNotOptimize(out);
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
  for (EVP_CIPHER_CTX* context : contexts) EVP_CIPHER_CTX_free(context);
}

void command_scanned(benchmark::State& state) {
  std::vector<std::string_view> words;
  for (auto _ : state) {
    words.clear();
    benchmark::DoNotOptimize(resp::scan_command(kGet, {}, words));
  }
}

void command_decoded(benchmark::State& state) {
  resp::Decoder decoder;
  for (auto _ : state) benchmark::DoNotOptimize(decoder.decode(kGet));
}

// 500,000 keys, in the order of nothing; `state.range(0)` of them prefetched together.
void random_keys_found(benchmark::State& state) {
  constexpr size_t kKeys = 500'000;
  store::Keyspace keyspace;
  std::vector<std::string> keys;
  for (size_t i = 0; i < kKeys; ++i) {
    keys.push_back("key:" + std::to_string(1'000'000'000'000 + i * 7'919 % kKeys));
    keyspace.set(keys.back(), std::string(100, 'v'), 0);
  }
  const auto together = static_cast<size_t>(state.range(0));
  std::vector<std::string_view> batch(together);
  size_t at = 0;
  for (auto _ : state) {
    for (auto& key : batch) key = keys[(at += 104'729) % kKeys];
    if (together > 1) keyspace.prefetch(batch);
    for (const auto& key : batch) benchmark::DoNotOptimize(keyspace.find(key, 0));
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * static_cast<int64_t>(together));
}

// All that CONFIG SET of a pair does before it takes a slot: reading, checking, a rehearsal of a handshake.
void certificate_installed(benchmark::State& state) {
  const PkiFixture pki = pki_of_today();
  const auto lineage = pki.lineage("s", pki.settings(pki::Profile::kServer));
  server::Config config;
  config.tls_cert_file = lineage.paths().current_files().certificate();
  config.tls_key_file = lineage.paths().current_files().key();
  config.tls_ca_cert_file = pki.home.client_roots();
  for (auto _ : state) {
    benchmark::DoNotOptimize(server::load_certificate(config, server::read_material(config), pki.clock));
  }
}

BENCHMARK(command_scanned);
BENCHMARK(command_decoded);
BENCHMARK(random_keys_found)->Arg(1)->Arg(16);
BENCHMARK(record_in_and_out);
BENCHMARK(bare_aes_gcm_in_and_out);
BENCHMARK(handshake_of_the_server)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(certificate_installed)->Unit(benchmark::kMicrosecond);

}  // namespace
