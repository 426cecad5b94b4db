#include "check/bench_key.h"

#include "base/error.h"

namespace check {
namespace {

constexpr size_t kTries = 64;  // of a node in a cluster, which has a part of all keys

}  // namespace

BenchKey::BenchKey(redis::Connection& control, size_t value_size, std::chrono::seconds lifetime)
    : control_(control) {
  const std::string value(value_size, 'x');
  const std::string seconds = std::to_string(lifetime.count());
  const std::string moment = std::to_string(std::chrono::steady_clock::now().time_since_epoch().count());
  resp::Value reply;
  for (size_t i = 0; i < kTries; ++i) {
    name_ = "redis-pki:bench:" + moment + ":" + std::to_string(i);
    reply = control.command({"SET", name_, value, "EX", seconds, "NX"});
    if (!reply.is_error() || !reply.text.starts_with("MOVED")) break;
  }
  if (reply.is_error()) {
    refusal_ = reply.text;
    commands_ = {{"PING", {"PING"}}};
  } else {
    commands_ = {{"GET", {"GET", name_}}, {"SET", {"SET", name_, value}}};
  }
}

BenchKey::~BenchKey() {
  try {
    if (refusal_.empty()) control_.command({"DEL", name_});
  } catch (const base::Error&) {
    // It expires.
  }
}

}  // namespace check
