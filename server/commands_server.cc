#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/words.h"
#include "server/command.h"
#include "server/info.h"
#include "server/server.h"

namespace server {
namespace {

// Whether `text` fits a pattern with * and ?, ignoring case.
bool matches(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = std::string_view::npos, retry = 0;
  while (t < text.size()) {
    const bool same =
        p < pattern.size() &&
        (pattern[p] == '?' || base::equals_ignoring_case(pattern.substr(p, 1), text.substr(t, 1)));
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (same) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

void config_get(Call& call) {
  std::vector<const Directive*> found;
  for (const Directive& directive : directives()) {
    const auto patterns = call.words.subspan(2);
    if (std::any_of(patterns.begin(), patterns.end(),
                    [&](auto pattern) { return matches(pattern, directive.name); })) {
      found.push_back(&directive);
    }
  }
  call.reply.map(found.size());
  for (const Directive* directive : found) {
    call.reply.bulk_string(directive->name);
    call.reply.bulk_string(directive->get(call.server.config()));
  }
}

std::string config_set_failed(std::string_view name, const std::string& reason) {
  return "ERR CONFIG SET failed (possibly related to argument '" + std::string(name) + "') - " + reason;
}

// All names and values are checked before any is used, as in Redis.
void config_set(Call& call) {
  if (call.arguments() < 3 || call.arguments() % 2 == 0) {
    return call.reply.error("ERR wrong number of arguments for 'config|set' command");
  }
  Config checked = call.server.config();
  std::vector<ConfigChange> changes;
  std::set<const Directive*> seen;
  const Directive* tls_directive = nullptr;
  for (size_t i = 1; i < call.arguments(); i += 2) {
    const std::string_view name = call.argument(i);
    const Directive* directive = find_directive(name);
    if (directive == nullptr) {
      return call.reply.error("ERR Unknown option or number of arguments for CONFIG SET - '" +
                              std::string(name) + "'");
    }
    if (!seen.insert(directive).second) {
      return call.reply.error(config_set_failed(name, "duplicate parameter"));
    }
    if (directive->mutability != Mutability::kRuntime) {
      return call.reply.error(config_set_failed(name, "can't set immutable config"));
    }
    try {
      changes.push_back({directive, std::string(call.argument(i + 1))});
      directive->set(checked, changes.back().value);
    } catch (const base::Error& error) {
      return call.reply.error(config_set_failed(name, error.what()));
    }
    if (directive->concerns_tls) tls_directive = directive;
  }
  if (tls_directive == nullptr || !call.server.uses_tls()) {
    call.server.change_config(changes);
    return call.reply.ok();
  }
  try {
    if (call.server.install_certificate(call.connection, std::move(changes))) {
      call.reply.ok();
    } else {
      call.client.waits_for_reply = true;
    }
  } catch (const base::Error& error) {
    call.reply.error(config_set_failed(tls_directive->name,
                                       std::string("Unable to update TLS configuration: ") + error.what()));
  }
}

void config_rewrite(Call& call) {
  if (call.server.config().config_file.empty()) {
    return call.reply.error("ERR The server is running without a config file");
  }
  try {
    call.server.rewrite_config();
    call.reply.ok();
  } catch (const base::Error& error) {
    call.reply.error(std::string("ERR Rewriting config file: ") + error.what());
  }
}

void config(Call& call) {
  const std::string subcommand = base::lower_case(call.argument(0));
  if (subcommand == "get" && call.arguments() >= 2) return config_get(call);
  if (subcommand == "set") return config_set(call);
  if (subcommand == "rewrite" && call.arguments() == 1) return config_rewrite(call);
  reply_unknown_subcommand(call);
}

void info(Call& call) {
  std::vector<std::string> sections;
  for (const std::string_view section : call.words.subspan(1)) sections.push_back(base::lower_case(section));
  call.reply.verbatim_text(describe_server(call.server, sections));
}

}  // namespace

const std::vector<Command>& server_commands() {
  static const std::vector<Command> commands{
      {"config", -2, false, config},
      {"info", -1, false, info},
  };
  return commands;
}

}  // namespace server
