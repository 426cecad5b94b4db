#include "check/scan.h"

#include <glob.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "base/error.h"
#include "base/parallel.h"
#include "check/directory_walk.h"
#include "check/file_source.h"
#include "check/lineage_source.h"
#include "redis/endpoint.h"

namespace check {
namespace fs = std::filesystem;
namespace {

constexpr size_t kFilesAtOnce = 4096;
constexpr std::string_view kWeb = "https://";

bool is_url(const std::string& target) { return target.find("://") != std::string::npos; }

bool is_glob(const std::string& target) {
  std::error_code ignored;
  return target.find_first_of("*?[") != std::string::npos && !fs::exists(target, ignored);
}

Observation failed(const std::string& source, const std::string& why) {
  Observation seen;
  seen.source = seen.path = source;
  seen.failure = why;
  return seen;
}

tls::HostPort parse_web(const std::string& target) {
  std::string rest = target.substr(kWeb.size());
  rest = rest.substr(0, rest.find('/'));
  auto address = tls::parse_host_port(rest);
  if (!address) address = tls::parse_host_port(rest + ":443");
  if (!address) throw base::Error(base::ErrorKind::kUsage, "'" + target + "' is no URL");
  return *address;
}

// Throws Error(kUsage) for what isn't reached by TLS.
tls::HostPort address_of(const std::string& target) {
  if (target.starts_with(kWeb)) return parse_web(target);
  const auto endpoint = redis::parse_endpoint(target);
  if (endpoint.channel != redis::Endpoint::Channel::kTls) {
    throw base::Error(base::ErrorKind::kUsage, "has no TLS to check");
  }
  return endpoint.address;
}

}  // namespace

bool is_server(const std::string& target) {
  return is_url(target) || target.starts_with("unix:") ||
         (target.find('/') == std::string::npos && redis::is_endpoint(target));
}

Scan::Scan(const pki::Home& home, ScanOptions options, const base::Clock& clock, Take take)
    : home_(home), options_(std::move(options)), now_(clock.now()), clock_(clock), take_(std::move(take)) {}

Tally Scan::run(const std::vector<std::string>& targets) {
  std::map<std::string, std::vector<Observation>> servers;
  std::vector<Endpoint> endpoints;
  for (const std::string& target : targets) {
    if (!is_server(target)) continue;
    try {
      Endpoint endpoint = options_.endpoint(target, target.starts_with(kWeb));
      endpoint.name = target;
      endpoint.address = address_of(target);
      endpoints.push_back(std::move(endpoint));
    } catch (const base::Error& error) {
      servers[target] = {failed(target, error.what())};
      servers[target].front().kind = Observation::Kind::kEndpoint;
    }
  }
  auto shown = observe_endpoints(endpoints, clock_);
  for (size_t i = 0; i < endpoints.size(); ++i) servers[endpoints[i].name] = std::move(shown[i]);
  for (const std::string& target : targets) {
    thresholds_ = options_.thresholds(target);
    const auto server = servers.find(target);
    server != servers.end() ? take(server->second) : look(target, false);
    take_files();
  }
  return tally_;
}

void Scan::look(const std::string& target, bool from_glob) {
  if (from_glob || target.find('/') != std::string::npos) {
    return is_glob(target) && !from_glob ? look_at_glob(target) : look_at_path(target);
  }
  if (home_.has_lineage(target)) return take({observe_lineage(target, home_, now_)});
  std::error_code ignored;
  if (fs::exists(target, ignored)) return look_at_path(target);
  if (is_glob(target)) return look_at_glob(target);
  take({failed(target, "is no lineage of " + home_.root().native() + ", no file and no HOST:PORT")});
}

void Scan::look_at_glob(const std::string& target) {
  glob_t found{};
  const int result = ::glob(target.c_str(), 0, nullptr, &found);
  std::vector<std::string> paths;
  for (size_t i = 0; result == 0 && i < found.gl_pathc; ++i) paths.emplace_back(found.gl_pathv[i]);
  ::globfree(&found);
  if (paths.empty()) return take({failed(target, "matches no file")});
  for (const std::string& path : paths) look(path, true);
}

void Scan::look_at_path(const std::string& target) {
  std::error_code ignored;
  if (!fs::is_directory(target, ignored)) {
    take_files();
    ++tally_.files;
    return take(observe_file(target, options_.files));
  }
  const auto enter_home = [&](const fs::path& directory) {
    if (!pki::Home(directory).is_there()) return false;
    take_files();
    take(observe_home(pki::Home(directory), options_.files));
    return true;
  };
  if (enter_home(target)) return;
  const size_t findings = found_;
  walk_directory(target, {.file =
                              [&](FoundFile file) {
                                waiting_.push_back(std::move(file));
                                if (waiting_.size() == kFilesAtOnce) take_files();
                              },
                          .directory = enter_home,
                          .unreadable =
                              [&](const fs::path& path, const std::string& why) {
                                take_files();
                                take({failed(path.native(), why)});
                              },
                          .left_out =
                              [&](const fs::path& path, const std::string& why) {
                                tally_.left_out.push_back(path.native() + ": " + why);
                              }});
  take_files();
  if (findings == found_) take({failed(target, "holds no certificate")});
}

void Scan::take(const std::vector<Observation>& observations) {
  for (const Observation& observation : observations) deliver(judge(observation, thresholds_, now_));
}

void Scan::take_files() {
  if (waiting_.empty()) return;
  std::vector<std::vector<Verdict>> verdicts(waiting_.size());
  base::for_each_in_parallel(waiting_.size(), base::core_count(), [&](size_t i, size_t) {
    for (const Observation& seen : observe_found_file(waiting_[i], options_.files)) {
      verdicts[i].push_back(judge(seen, thresholds_, now_));
    }
  });
  tally_.files += waiting_.size();
  waiting_.clear();
  for (auto& of_file : verdicts) {
    for (Verdict& verdict : of_file) deliver(std::move(verdict));
  }
  if (options_.progress) options_.progress(tally_.files);
}

void Scan::deliver(Verdict verdict) {
  for (const Element& element : verdict.elements) judge_serial(element, verdict);
  ++tally_.results;
  ++tally_.of_state.at(static_cast<size_t>(verdict.state));
  tally_.certificates += verdict.elements.size();
  found_ += verdict.elements.size() + verdict.crls.size() + (verdict.failure.empty() ? 0 : 1);
  tally_.state = worse(tally_.state, verdict.state);
  take_(verdict);
}

// RFC 5280, 4.1.2.2: a CA gives each serial number once. Roots are made anew under their old number by some.
void Scan::judge_serial(const Element& element, Verdict& verdict) {
  if (element.is_self_issued) return;
  const std::hash<std::string> hash;
  const size_t certificate = hash(element.sha256);
  const auto [known, is_new] =
      serials_.try_emplace(hash(element.issuer + "\n" + element.serial), Known{certificate, ""});
  if (is_new) known->second.source = verdict.source;
  if (known->second.certificate == certificate) return;
  verdict.findings.push_back({pki::Severity::kWarning, "duplicate_serial",
                              "its CA " + element.issuer + " gave the serial number " + element.serial +
                                  " to another certificate too, in " + known->second.source});
  verdict.state = worse(verdict.state, State::kWarning);
}

}  // namespace check
