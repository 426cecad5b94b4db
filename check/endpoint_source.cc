#include "check/endpoint_source.h"

#include <sys/resource.h>

#include <algorithm>

#include "base/error.h"
#include "base/parallel.h"
#include "tls/client.h"
#include "tls/resolve.h"

namespace check {
namespace {

using base::Error;
using pki::Severity;

constexpr rlim_t kFiles = 4096;
constexpr size_t kMostAtOnce = 1024;  // connections, each with a thread that mostly waits

struct Meeting {
  std::string address;
  pki::CertificateChain chain;
  pki::Findings findings;
  std::string failure;
};

Meeting meet(const Endpoint& endpoint, const std::string& address, tls::Deadline deadline,
             const base::Clock& clock) {
  Meeting meeting{address, {}, {}, ""};
  try {
    tls::ClientOptions options;
    options.roots = endpoint.roots;
    options.credentials = endpoint.client;
    options.host = endpoint.server_name.empty() ? endpoint.address.host : endpoint.server_name;
    options.require_trust = false;
    const auto shown =
        tls::observe_handshake(tls::Socket::connect(tls::HostPort{address, endpoint.address.port}, deadline),
                               tls::Context::for_client(options, clock), deadline);
    meeting.chain = shown.chain;
    meeting.findings = without_dates(shown.verification);
  } catch (const Error& error) {
    meeting.failure = error.what();
  }
  return meeting;
}

bool is_loopback(const std::string& address) { return address == "::1" || address.starts_with("127."); }

Observation observation_of(const Endpoint& endpoint, Meeting meeting) {
  Observation seen;
  seen.kind = Observation::Kind::kEndpoint;
  seen.source = endpoint.name;
  seen.chain = std::move(meeting.chain);
  seen.findings = std::move(meeting.findings);
  seen.failure = std::move(meeting.failure);
  return seen;
}

// One observation for all addresses that show the same; one for each where they differ.
std::vector<Observation> merge(const Endpoint& endpoint, std::vector<Meeting> meetings) {
  const auto answered = [](const Meeting& meeting) { return meeting.failure.empty(); };
  const auto first = std::find_if(meetings.begin(), meetings.end(), answered);
  if (first == meetings.end()) return {observation_of(endpoint, std::move(meetings.front()))};
  const bool all_same = std::all_of(meetings.begin(), meetings.end(), [&](const Meeting& meeting) {
    return !answered(meeting) || meeting.chain == first->chain;
  });
  std::vector<Observation> seen;
  pki::Findings silent;
  for (Meeting& meeting : meetings) {
    if (!answered(meeting)) {
      silent.push_back({is_loopback(meeting.address) ? Severity::kInfo : Severity::kWarning,
                        "address_unreachable", "not at every address of the name: " + meeting.failure});
    } else if (seen.empty() || !all_same) {
      const std::string address = meeting.address;
      seen.push_back(observation_of(endpoint, std::move(meeting)));
      if (!all_same) seen.back().source += " (" + address + ")";
    }
  }
  append(seen.front().findings, std::move(silent));
  return seen;
}

std::vector<Observation> observe_endpoint(const Endpoint& endpoint, const base::Clock& clock) {
  const auto deadline = tls::deadline_in(endpoint.timeout);
  std::vector<Meeting> meetings;
  try {
    const auto addresses = tls::resolve(endpoint.address.host, deadline);
    meetings.resize(addresses.size());
    base::for_each_in_parallel(addresses.size(), addresses.size(), [&](size_t i, size_t) {
      meetings[i] = meet(endpoint, addresses[i], deadline, clock);
    });
  } catch (const Error& error) {
    meetings.push_back({"", {}, {}, error.what()});
  }
  if (meetings.empty()) meetings.push_back({"", {}, {}, "the name has no address"});
  return merge(endpoint, std::move(meetings));
}

// As many as the system lets us have, for a socket each.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kFiles) return;
  limit.rlim_cur = std::min<rlim_t>(kFiles, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

std::vector<std::vector<Observation>> observe_endpoints(const std::vector<Endpoint>& endpoints,
                                                        const base::Clock& clock) {
  if (endpoints.size() > 1) raise_file_limit();
  std::vector<std::vector<Observation>> seen(endpoints.size());
  base::for_each_in_parallel(endpoints.size(), kMostAtOnce,
                             [&](size_t i, size_t) { seen[i] = observe_endpoint(endpoints[i], clock); });
  return seen;
}

}  // namespace check
