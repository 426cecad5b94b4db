#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/log.h"
#include "tls/context.h"

namespace server {

// The proposal's tls-mode: how servers that we connect to are verified.
enum class TlsMode { kRequire, kVerifyCa, kVerifyFull };

// Which part of a client certificate names the user that it logs in (Redis 8.6, Valkey 9).
enum class CertificateUser { kOff, kCommonName, kUri };

// The settings of the server, under Redis' directive names.
struct Config {
  uint16_t port = 0;
  uint16_t tls_port = 0;
  std::vector<std::string> bind{"127.0.0.1", "-::1"};  // "-": this host may lack the address
  std::string tls_cert_file;
  std::string tls_key_file;
  std::string tls_key_file_pass;
  std::string tls_ca_cert_file;
  std::string tls_ca_cert_dir;
  std::string tls_crl_file;
  std::string tls_dh_params_file;
  tls::ClientAuth tls_auth_clients = tls::ClientAuth::kYes;
  std::string tls_protocols;
  std::string tls_ciphers;
  std::string tls_ciphersuites;
  bool tls_prefer_server_ciphers = false;
  bool tls_session_caching = true;
  uint32_t tls_session_cache_size = 20 * 1024;
  uint32_t tls_session_cache_timeout = 300;  // seconds
  uint32_t tls_auto_reload_interval = 0;     // seconds; 0 is never
  bool enable_tls = false;                   // the proposal's word: the port itself speaks TLS
  bool mlock = true;
  TlsMode tls_mode = TlsMode::kVerifyFull;
  uint32_t tls_handshake_timeout = 30;  // seconds for a TLS client to finish its handshake; 0: for ever
  uint32_t tls_max_handshakes = 4096;   // unfinished ones; beyond, the oldest is ended; 0: no limit
  CertificateUser tls_auth_clients_user = CertificateUser::kOff;
  std::string requirepass;
  std::vector<std::string> users;  // each "NAME rule…"
  std::string aclfile;
  bool protected_mode = true;
  std::string unixsocket;
  uint32_t unixsocketperm = 0;   // 0: as the system makes it
  uint32_t timeout = 0;          // seconds that a client may be idle; 0: for ever
  uint32_t tcp_keepalive = 300;  // seconds; 0: off
  uint64_t maxmemory = 0;        // bytes; 0: no limit
  uint16_t metrics_port = 0;     // for Prometheus, on the first address of bind; 0: nowhere
  std::string logfile;           // empty: standard error
  std::string pidfile;
  std::string upstream;      // where clients' commands go; empty: they are executed here
  std::string admin_socket;  // a path; empty for none
  std::string config_file;   // absolute; empty when there is none
  uint32_t maxclients = 10000;
  uint32_t io_threads = 1;  // event loops, each with a thread of its own
  LogLevel loglevel = LogLevel::kNotice;

  // Where TLS and plaintext are spoken; 0 is nowhere. With enable-tls, and without a tls-port, the port
  // speaks TLS.
  uint16_t effective_tls_port() const { return tls_port == 0 && enable_tls ? port : tls_port; }
  uint16_t plain_port() const { return tls_port == 0 && enable_tls ? uint16_t{0} : port; }

  tls::ServerOptions tls_options() const;  // without the client roots, which are in a file
};

// When a directive may be set.
enum class Mutability { kStartOnly, kRuntime, kFixed };

struct Directive {
  std::string_view name;
  Mutability mutability;
  bool concerns_tls;  // setting it makes the server read its TLS files again
  std::string (*get)(const Config& config);
  void (*set)(Config& config, const std::string& value);  // throws Error(kUsage), without the name
  bool takes_words = false;                               // the value is several words of a file's line
  bool adds_up = false;                                   // each line of a file is one more of them
};

// One parameter of a CONFIG SET, its value checked.
struct ConfigChange {
  const Directive* directive;
  std::string value;
};

void make_changes(const std::vector<ConfigChange>& changes, Config& config);

const std::vector<Directive>& directives();
const Directive* find_directive(std::string_view name);

// Sets one directive of a file or command line. Throws Error(kUsage) that names the directive, and the
// nearest one when it is unknown.
void apply_directive(Config& config, const std::string& name, const std::vector<std::string>& values);

// The lines of a redis.conf. `origin` and the line number stand in errors.
void apply_config_text(Config& config, std::string_view text, std::string_view origin);

// The text of a configuration file with the changes since it was read (CONFIG REWRITE): what it has gets its
// value of now, and what is not as by default is added.
std::string rewrite_config_text(std::string_view text, const Config& config);

// redis-server's own style: "--tls-port", "6380", "--bind", "127.0.0.1", "::1".
void apply_arguments(Config& config, const std::vector<std::string>& arguments);

}  // namespace server
