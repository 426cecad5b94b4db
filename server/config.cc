#include "server/config.h"

#include <charconv>
#include <limits>

#include "base/error.h"
#include "base/words.h"
#include "conf/config_file.h"
#include "server/upstream.h"

namespace server {
namespace {

using base::Error;
using base::ErrorKind;

constexpr uint32_t kMostSeconds = std::numeric_limits<int32_t>::max();

Error bad_value(const std::string& reason) { return Error(ErrorKind::kUsage, reason); }

template <typename Number>
Number parse_number(const std::string& value, Number least = 0,
                    Number most = std::numeric_limits<Number>::max()) {
  Number number{};
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size() || number < least || number > most) {
    throw bad_value("argument must be between " + std::to_string(least) + " and " + std::to_string(most) +
                    " inclusive");
  }
  return number;
}

bool parse_yes_no(const std::string& value) {
  if (base::equals_ignoring_case(value, "yes")) return true;
  if (base::equals_ignoring_case(value, "no")) return false;
  throw bad_value("argument must be 'yes' or 'no'");
}

std::string yes_no(bool value) { return value ? "yes" : "no"; }

template <typename Enum>
struct EnumName {
  Enum value;
  std::string_view name;
};

constexpr EnumName<tls::ClientAuth> kClientAuthNames[] = {
    {tls::ClientAuth::kNo, "no"}, {tls::ClientAuth::kYes, "yes"}, {tls::ClientAuth::kOptional, "optional"}};
constexpr EnumName<LogLevel> kLogLevelNames[] = {{LogLevel::kDebug, "debug"},
                                                 {LogLevel::kVerbose, "verbose"},
                                                 {LogLevel::kNotice, "notice"},
                                                 {LogLevel::kWarning, "warning"}};

constexpr EnumName<TlsMode> kTlsModeNames[] = {
    {TlsMode::kRequire, "require"}, {TlsMode::kVerifyCa, "verify-ca"}, {TlsMode::kVerifyFull, "verify-full"}};

constexpr EnumName<CertificateUser> kCertificateUserNames[] = {
    {CertificateUser::kOff, "off"}, {CertificateUser::kCommonName, "CN"}, {CertificateUser::kUri, "URI"}};

template <typename Enum, size_t N>
Enum parse_enum(const EnumName<Enum> (&names)[N], const std::string& value) {
  std::string known;
  for (const auto& entry : names) {
    if (base::equals_ignoring_case(entry.name, value)) return entry.value;
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  throw bad_value("argument(s) must be one of the following: " + known);
}

template <typename Enum, size_t N>
std::string enum_name(const EnumName<Enum> (&names)[N], Enum value) {
  for (const auto& entry : names) {
    if (entry.value == value) return std::string(entry.name);
  }
  return "";
}

// The value as the words it consists of; a directive with one value takes it as it is.
std::vector<std::string> words_of(const std::string& value) {
  auto words = base::split_words(value);
  if (!words) throw bad_value("unbalanced quotes");
  return *words;
}

void set_pair(Config& config, const std::string& value) {
  const auto words = words_of(value);
  if (words.size() != 2) throw bad_value("argument must be \"<path of the certificate> <path of the key>\"");
  config.tls_cert_file = words[0];
  config.tls_key_file = words[1];
}

std::string get_pair(const Config& config) {
  if (config.tls_cert_file.empty()) return "";
  return base::quote_word(config.tls_cert_file) + " " + base::quote_word(config.tls_key_file);
}

void set_bind(Config& config, const std::string& value) {
  config.bind = words_of(value);
  if (config.bind.empty()) throw bad_value("argument must name an address");
}

std::string get_bind(const Config& config) {
  std::string value;
  for (const std::string& address : config.bind) value += (value.empty() ? "" : " ") + address;
  return value;
}

template <std::string Config::*kMember>
constexpr Directive text(std::string_view name, bool concerns_tls) {
  return {name, Mutability::kRuntime, concerns_tls, [](const Config& config) { return config.*kMember; },
          [](Config& config, const std::string& value) { config.*kMember = value; }};
}

template <bool Config::*kMember>
constexpr Directive flag(std::string_view name, Mutability mutability, bool concerns_tls) {
  return {name, mutability, concerns_tls, [](const Config& config) { return yes_no(config.*kMember); },
          [](Config& config, const std::string& value) { config.*kMember = parse_yes_no(value); }};
}

template <uint32_t Config::*kMember, uint32_t kLeast, uint32_t kMost>
constexpr Directive number(std::string_view name, bool concerns_tls,
                           Mutability mutability = Mutability::kRuntime) {
  return {name, mutability, concerns_tls,
          [](const Config& config) { return std::to_string(config.*kMember); },
          [](Config& config, const std::string& value) {
            config.*kMember = parse_number<uint32_t>(value, kLeast, kMost);
          }};
}

// "100mb": k, m and g are powers of 1000, kb, mb and gb of 1024, as in redis.conf.
uint64_t parse_memory(const std::string& value) {
  const size_t digits = std::min(value.find_first_not_of("0123456789"), value.size());
  const std::string unit = base::lower_case(value.substr(digits));
  constexpr std::pair<std::string_view, uint64_t> kUnits[] = {{"", 1},
                                                              {"b", 1},
                                                              {"k", 1000},
                                                              {"kb", 1024},
                                                              {"m", 1000'000},
                                                              {"mb", 1024 * 1024},
                                                              {"g", 1000'000'000},
                                                              {"gb", uint64_t{1} << 30}};
  for (const auto& [name, factor] : kUnits) {
    uint64_t bytes = 0;
    if (unit != name || digits == 0) continue;
    if (!__builtin_mul_overflow(parse_number<uint64_t>(value.substr(0, digits)), factor, &bytes))
      return bytes;
  }
  throw bad_value("argument must be a memory value");
}

uint32_t parse_mode(const std::string& value) {
  uint32_t mode = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), mode, 8);
  if (error != std::errc{} || end != value.data() + value.size() || mode > 0777) {
    throw bad_value("argument must be a file mode in octal digits, like 770");
  }
  return mode;
}

std::string format_mode(uint32_t mode) {
  char text[8];
  return {text, std::to_chars(text, text + sizeof text, mode, 8).ptr};
}

std::string get_users(const Config& config) {
  std::string value;
  for (const std::string& user : config.users) value += (value.empty() ? "" : "\n") + user;
  return value;
}

template <std::string Config::*kMember>
constexpr Directive start_text(std::string_view name) {
  return {name, Mutability::kStartOnly, false, [](const Config& config) { return config.*kMember; },
          [](Config& config, const std::string& value) { config.*kMember = value; }};
}

template <uint16_t Config::*kMember>
constexpr Directive port(std::string_view name) {
  return {name, Mutability::kStartOnly, false,
          [](const Config& config) { return std::to_string(config.*kMember); },
          [](Config& config, const std::string& value) { config.*kMember = parse_number<uint16_t>(value); }};
}

// Facts that clients ask for and that can't be changed: nothing is written to disk, nothing is evicted.
template <auto kGet>
constexpr Directive fixed(std::string_view name) {
  return {name, Mutability::kFixed, false, kGet, [](Config& config, const std::string& value) {
            if (value != kGet(config)) throw bad_value("can only be '" + kGet(config) + "' here");
          }};
}

std::string join(const std::vector<std::string>& values) {
  if (values.size() == 1) return values.front();
  std::string joined;
  for (const std::string& value : values) joined += (joined.empty() ? "" : " ") + base::quote_word(value);
  return joined;
}

}  // namespace

tls::ServerOptions Config::tls_options() const {
  tls::ServerOptions options;
  options.client_auth = tls_auth_clients;
  options.protocols = tls_protocols;
  options.ciphers = tls_ciphers;
  options.ciphersuites = tls_ciphersuites;
  options.session_caching = tls_session_caching;
  options.session_cache_size = tls_session_cache_size;
  options.session_timeout = std::chrono::seconds(tls_session_cache_timeout);
  options.prefer_server_ciphers = tls_prefer_server_ciphers;
  return options;
}

const std::vector<Directive>& directives() {
  static const std::vector<Directive> table{
      port<&Config::port>("port"),
      port<&Config::tls_port>("tls-port"),
      {"bind", Mutability::kStartOnly, false, get_bind, set_bind, true},
      {"certificate-key-pair", Mutability::kRuntime, true, get_pair, set_pair, true},
      text<&Config::tls_cert_file>("tls-cert-file", true),
      text<&Config::tls_key_file>("tls-key-file", true),
      text<&Config::tls_key_file_pass>("tls-key-file-pass", true),
      text<&Config::tls_ca_cert_file>("tls-ca-cert-file", true),
      text<&Config::tls_crl_file>("tls-crl-file", true),
      {"tls-auth-clients", Mutability::kRuntime, true,
       [](const Config& config) { return enum_name(kClientAuthNames, config.tls_auth_clients); },
       [](Config& config, const std::string& value) {
         config.tls_auth_clients = parse_enum(kClientAuthNames, value);
       }},
      text<&Config::tls_protocols>("tls-protocols", true),
      text<&Config::tls_ciphers>("tls-ciphers", true),
      text<&Config::tls_ciphersuites>("tls-ciphersuites", true),
      text<&Config::tls_ca_cert_dir>("tls-ca-cert-dir", true),
      text<&Config::tls_dh_params_file>("tls-dh-params-file", true),
      start_text<&Config::tls_dh_params_file>("dh-params-file"),
      flag<&Config::tls_prefer_server_ciphers>("tls-prefer-server-ciphers", Mutability::kRuntime, true),
      flag<&Config::tls_session_caching>("tls-session-caching", Mutability::kRuntime, true),
      number<&Config::tls_session_cache_size, 0, kMostSeconds>("tls-session-cache-size", true),
      number<&Config::tls_session_cache_timeout, 0, kMostSeconds>("tls-session-cache-timeout", true),
      number<&Config::tls_auto_reload_interval, 0, kMostSeconds>("tls-auto-reload-interval", false),
      flag<&Config::enable_tls>("enable-tls", Mutability::kStartOnly, false),
      {"tls-mode", Mutability::kRuntime, false,
       [](const Config& config) { return enum_name(kTlsModeNames, config.tls_mode); },
       [](Config& config, const std::string& value) { config.tls_mode = parse_enum(kTlsModeNames, value); }},
      flag<&Config::mlock>("mlock", Mutability::kStartOnly, false),
      number<&Config::tls_handshake_timeout, 0, kMostSeconds>("tls-handshake-timeout", false),
      number<&Config::tls_max_handshakes, 0, kMostSeconds>("tls-max-handshakes", false),
      {"tls-auth-clients-user", Mutability::kRuntime, false,
       [](const Config& config) { return enum_name(kCertificateUserNames, config.tls_auth_clients_user); },
       [](Config& config, const std::string& value) {
         config.tls_auth_clients_user = parse_enum(kCertificateUserNames, value);
       }},
      text<&Config::requirepass>("requirepass", false),
      {"user", Mutability::kStartOnly, false, get_users,
       [](Config& config, const std::string& value) { config.users.push_back(value); }, true, true},
      start_text<&Config::aclfile>("aclfile"),
      flag<&Config::protected_mode>("protected-mode", Mutability::kRuntime, false),
      start_text<&Config::unixsocket>("unixsocket"),
      {"unixsocketperm", Mutability::kStartOnly, false,
       [](const Config& config) { return format_mode(config.unixsocketperm); },
       [](Config& config, const std::string& value) { config.unixsocketperm = parse_mode(value); }},
      number<&Config::timeout, 0, kMostSeconds>("timeout", false),
      number<&Config::tcp_keepalive, 0, kMostSeconds>("tcp-keepalive", false),
      {"maxmemory", Mutability::kRuntime, false,
       [](const Config& config) { return std::to_string(config.maxmemory); },
       [](Config& config, const std::string& value) { config.maxmemory = parse_memory(value); }},
      port<&Config::metrics_port>("metrics-port"),
      start_text<&Config::logfile>("logfile"),
      start_text<&Config::pidfile>("pidfile"),
      {"upstream", Mutability::kStartOnly, false, [](const Config& config) { return config.upstream; },
       [](Config& config, const std::string& value) {
         if (!value.empty()) require_upstream(value);
         config.upstream = value;
       }},
      start_text<&Config::admin_socket>("admin-socket"),
      number<&Config::maxclients, 1, std::numeric_limits<uint32_t>::max()>("maxclients", false),
      number<&Config::io_threads, 1, 128>("io-threads", false, Mutability::kStartOnly),
      {"loglevel", Mutability::kStartOnly, false,
       [](const Config& config) { return enum_name(kLogLevelNames, config.loglevel); },
       [](Config& config, const std::string& value) { config.loglevel = parse_enum(kLogLevelNames, value); }},
      fixed<[](const Config&) { return std::string(); }>("save"),
      fixed<[](const Config&) { return std::string("no"); }>("appendonly"),
      fixed<[](const Config&) { return std::string("1"); }>("databases"),
      fixed<[](const Config&) { return std::string("noeviction"); }>("maxmemory-policy"),
  };
  return table;
}

void make_changes(const std::vector<ConfigChange>& changes, Config& config) {
  for (const ConfigChange& change : changes) change.directive->set(config, change.value);
}

const Directive* find_directive(std::string_view name) {
  for (const Directive& directive : directives()) {
    if (base::equals_ignoring_case(directive.name, name)) return &directive;
  }
  return nullptr;
}

void apply_directive(Config& config, const std::string& name, const std::vector<std::string>& values) {
  const Directive* directive = find_directive(name);
  if (directive == nullptr) {
    std::vector<std::string> known;
    for (const Directive& entry : directives()) known.emplace_back(entry.name);
    const auto nearest = base::nearest_word(base::lower_case(name), known);
    throw Error(ErrorKind::kUsage,
                "unknown directive '" + name + "'" + (nearest ? "; did you mean '" + *nearest + "'?" : ""));
  }
  if (values.empty()) throw Error(ErrorKind::kUsage, name + ": wrong number of arguments");
  try {
    directive->set(config, join(values));
  } catch (const Error& error) {
    throw Error(error.kind(), name + ": " + error.what());
  }
}

void apply_config_text(Config& config, std::string_view text_of_file, std::string_view origin) {
  size_t number = 0;
  while (!text_of_file.empty()) {
    ++number;
    const size_t end = std::min(text_of_file.find('\n'), text_of_file.size());
    const std::string_view line = text_of_file.substr(0, end);
    text_of_file.remove_prefix(std::min(end + 1, text_of_file.size()));
    const std::string where = std::string(origin) + ":" + std::to_string(number) + ": ";
    auto words = base::split_words(line);
    if (!words) throw Error(ErrorKind::kUsage, where + "unbalanced quotes");
    if (words->empty() || words->front().starts_with('#')) continue;
    try {
      apply_directive(config, words->front(), {words->begin() + 1, words->end()});
    } catch (const Error& error) {
      throw Error(error.kind(), where + error.what());
    }
  }
}

std::string rewrite_config_text(std::string_view text_of_file, const Config& config) {
  conf::ConfigFile file(text_of_file);
  const Config defaults;
  const bool has_pair = file.find("certificate-key-pair").has_value();
  const bool has_dh = file.find("dh-params-file").has_value();
  for (const Directive& directive : directives()) {
    if (directive.mutability == Mutability::kFixed || directive.adds_up) continue;
    const bool is_half_of_pair = directive.name == "tls-cert-file" || directive.name == "tls-key-file";
    const bool is_alias = directive.name == "certificate-key-pair" || directive.name == "dh-params-file";
    const auto present = file.find(directive.name);
    const bool is_said = (is_half_of_pair && has_pair) || (directive.name == "tls-dh-params-file" && has_dh);
    if (!present && (is_said || is_alias)) continue;
    const std::string value = directive.get(config);
    if (present ? join(*present) == value : value == directive.get(defaults)) continue;
    file.set(directive.name, directive.takes_words ? words_of(value) : std::vector{value});
  }
  std::vector<std::vector<std::string>> users;
  for (const std::string& user : config.users) users.push_back(words_of(user));
  file.set_all("user", users);
  return file.text();
}

void apply_arguments(Config& config, const std::vector<std::string>& arguments) {
  for (size_t i = 0; i < arguments.size();) {
    if (!arguments[i].starts_with("--")) {
      throw Error(ErrorKind::kUsage, "'" + arguments[i] + "' is no directive; write it like --tls-port 6380");
    }
    const std::string name = arguments[i++].substr(2);
    std::vector<std::string> values;
    while (i < arguments.size() && !arguments[i].starts_with("--")) values.push_back(arguments[i++]);
    apply_directive(config, name, values);
  }
}

}  // namespace server
