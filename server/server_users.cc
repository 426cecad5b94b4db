// Server: who its clients are, and what they may do.

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "base/words.h"
#include "server/server.h"

namespace server {
namespace {

// A name that the certificate states twice, or that is no plain word, names nobody: it could be read in two
// ways.
std::string common_name_of(const pki::Certificate& certificate) {
  std::string name;
  size_t count = 0;
  for (const auto& [type, value] : certificate.subject_name().attributes) {
    if (type != "CN") continue;
    name = value;
    ++count;
  }
  const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c != 0x7f; });
  return count == 1 && is_plain ? name : "";
}

}  // namespace

void Server::set_up_users() {
  if (!config_.users.empty() && !config_.aclfile.empty()) {
    throw base::Error(base::ErrorKind::kUsage,
                      "users are either in the configuration ('user') or in an aclfile");
  }
  acl_.set_default_password(config_.requirepass);
  if (!config_.users.empty()) {
    std::vector<std::vector<std::string>> lines;
    for (const std::string& user : config_.users) {
      auto& words = lines.emplace_back(1, "user");
      for (std::string& word : base::split_words(user).value_or(std::vector<std::string>())) {
        words.push_back(std::move(word));
      }
    }
    acl_.define(lines, "user");
  }
  if (!config_.aclfile.empty()) load_users();
}

void Server::load_users() { acl_.load(base::read_file(config_.aclfile), config_.aclfile); }

void Server::save_users() {
  const std::filesystem::path file = config_.aclfile;
  base::write_file(file, acl_.text(), base::access_of(file));
  log_.notice("users saved: file=" + file.native());
}

// As `user` lines of the configuration: none while there is only what requirepass says.
std::vector<std::string> Server::users_for_file() const {
  if (!config_.aclfile.empty()) return {};
  Acl plain;
  plain.set_default_password(config_.requirepass);
  std::vector<std::string> users;
  for (const auto& [name, user] : acl_.users()) users.push_back(name + " " + user->rules());
  const bool is_plain = users.size() == 1 && acl_.text() == plain.text();
  return is_plain ? std::vector<std::string>() : users;
}

bool Server::is_authenticated(const Client& client) const {
  const User& unnamed = *acl_.default_user();
  return client.authenticated || client.may_do_all || (unnamed.needs_no_password() && unnamed.is_enabled());
}

void Server::assign_user(Client& client) {
  client.user = acl_.default_user();
  client.authenticated = client.user->needs_no_password() && client.user->is_enabled();
  if (const auto named = acl_.find(client.certificate_user); named != nullptr && named->is_enabled()) {
    client.user = named;
    client.authenticated = true;
  }
}

std::string Server::user_of_certificate(const pki::Certificate& certificate) const {
  if (config_.tls_auth_clients_user == CertificateUser::kCommonName) return common_name_of(certificate);
  if (config_.tls_auth_clients_user == CertificateUser::kUri) {
    for (const auto& name : certificate.subject_alt_names()) {
      const bool is_user = name.kind == pki::SubjectAltName::Kind::kUri && acl_.find(name.value) != nullptr;
      if (is_user) return name.value;
    }
  }
  return "";
}

// Anyone could be there who has proved nothing, and is not on this host. An upstream asks for itself.
bool Server::is_protected_from(const Client& client) const {
  const User& unnamed = *acl_.default_user();
  return config_.protected_mode && !has_upstream() && !client.is_local && unnamed.needs_no_password() &&
         unnamed.is_enabled();
}

void Server::end_clients(std::vector<uint64_t> ids, Client& caller) {
  constexpr std::chrono::milliseconds kFlushTime{100};
  if (std::erase(ids, caller.id) > 0) caller.close_after_reply = true;
  end_connections(ids, kFlushTime);
}

void Server::end_clients_that_may_not_stay(Client& caller) {
  std::vector<uint64_t> ended;
  for (const auto& [id, connection] : connections_) {
    const User& user = *connection->client().user;
    if (connection->client().may_do_all || !connection->client().authenticated) continue;
    if (acl_.find(user.name()).get() != &user) ended.push_back(id);
  }
  end_clients(std::move(ended), caller);
}

}  // namespace server
