#include "pki/lineage.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "base/file_lock.h"

namespace pki {
namespace fs = std::filesystem;
namespace {

using base::Error;
using base::ErrorKind;
using nlohmann::json;

constexpr std::string_view kUnfinished = ".new-";

json to_json(const LineageSettings& settings) {
  json names = json::array();
  for (const SubjectAltName& name : settings.subject_alt_names) names.push_back(to_string(name));
  json subject = json::array();
  for (const auto& [type, value] : settings.subject.attributes) subject.push_back({type, value});
  json document{{"profile", to_string(settings.profile)},
                {"issuer", settings.issuer},
                {"subject", subject},
                {"subject_alt_names", names},
                {"key_type", to_string(settings.key_type)},
                {"lifetime_seconds", settings.lifetime.count()},
                {"reuse_key", settings.reuse_key},
                {"key_mode", settings.key_access.mode},
                {"out", settings.out.native()}};
  if (!settings.issuer_options.empty()) document["issuer_options"] = settings.issuer_options;
  if (settings.key_access.owner) document["key_owner"] = *settings.key_access.owner;
  if (settings.key_access.group) document["key_group"] = *settings.key_access.group;
  return document;
}

LineageSettings from_json(const json& document) {
  LineageSettings settings;
  settings.profile = parse_profile(document.at("profile").get<std::string>());
  settings.issuer = document.at("issuer").get<std::string>();
  if (document.contains("issuer_options")) {
    settings.issuer_options = document["issuer_options"].get<std::map<std::string, std::string>>();
  }
  for (const json& attribute : document.at("subject")) {
    settings.subject.attributes.emplace_back(attribute.at(0).get<std::string>(),
                                             attribute.at(1).get<std::string>());
  }
  for (const json& name : document.at("subject_alt_names")) {
    settings.subject_alt_names.push_back(parse_subject_alt_name(name.get<std::string>()));
  }
  settings.key_type = parse_key_type(document.at("key_type").get<std::string>());
  settings.lifetime = std::chrono::seconds(document.at("lifetime_seconds").get<long long>());
  settings.reuse_key = document.at("reuse_key").get<bool>();
  settings.key_access.mode = document.at("key_mode").get<mode_t>();
  if (document.contains("key_owner")) settings.key_access.owner = document["key_owner"].get<uid_t>();
  if (document.contains("key_group")) settings.key_access.group = document["key_group"].get<gid_t>();
  settings.out = document.at("out").get<std::string>();
  return settings;
}

using WriteFile = void (*)(const fs::path&, std::string_view, const base::FileAccess&, base::Durability);

void write_files(const CertificateFiles& files, const IssuedCertificate& issued,
                 const base::FileAccess& key_access, base::Durability durability, WriteFile write) {
  write(files.key(), issued.key.to_pem().bytes(), key_access, durability);
  write(files.certificate(), to_pem(issued.chain), {.mode = 0644}, durability);
  write(files.roots(), to_pem(issued.roots), {.mode = 0644}, durability);
  std::string warnings;
  for (const std::string& warning : issued.warnings) warnings += warning + "\n";
  if (!warnings.empty()) write(files.warnings(), warnings, {.mode = 0644}, durability);
}

void make_directory(const fs::path& path) {
  if (::mkdir(path.c_str(), 0700) != 0 || ::chmod(path.c_str(), 0755) != 0)
    throw base::system_error("make the directory", path.native(), errno);
}

}  // namespace

Lineage Lineage::open(const Home& home, const std::string& name) {
  if (!home.has_lineage(name)) {
    throw Error(ErrorKind::kNotFound, home.root().native() + ": there is no lineage '" + name +
                                          "'; make one with 'redis-pki issue server " + name + "'");
  }
  LineagePaths paths = home.lineage(name);
  try {
    LineageSettings settings = from_json(json::parse(base::read_file(paths.settings())));
    return Lineage(name, std::move(paths), std::move(settings));
  } catch (const json::exception& error) {
    throw Error(ErrorKind::kInvalid, paths.settings().native() + ": " + error.what());
  }
}

Lineage Lineage::define(const Home& home, const std::string& name, const LineageSettings& settings) {
  require_lineage_name(name);
  return Lineage(name, home.lineage(name), settings);
}

void Lineage::save(base::Durability durability) const {
  base::make_directories(paths_.directory, 0755, durability);
  base::write_file(paths_.settings(), to_json(settings_).dump(2) + "\n", {.mode = 0644}, durability);
}

std::vector<int> Lineage::generations() const {
  std::vector<int> numbers;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(paths_.generations(), error)) {
    if (const auto number = LineagePaths::parse_generation(entry.path())) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::optional<int> Lineage::latest() const {
  const auto numbers = generations();
  if (numbers.empty()) return std::nullopt;
  return numbers.back();
}

std::optional<int> Lineage::current() const {
  std::error_code error;
  const fs::path destination = fs::read_symlink(paths_.current(), error);
  if (error) return std::nullopt;
  return LineagePaths::parse_generation(destination);
}

CertificateChain Lineage::chain(int generation) const {
  const auto path = paths_.generation(generation).certificate();
  return parse_certificates(base::read_file(path), path.native());
}

std::vector<Certificate> Lineage::roots(int generation) const {
  const auto path = paths_.generation(generation).roots();
  return parse_certificates(base::read_file(path), path.native());
}

PrivateKey Lineage::key(int generation) const {
  const auto path = paths_.generation(generation).key();
  return PrivateKey::from_pem(base::read_secret_file(path), {}, path.native());
}

std::vector<std::string> Lineage::warnings(int generation) const {
  const auto path = paths_.generation(generation).warnings();
  if (!fs::exists(path)) return {};
  std::istringstream text(base::read_file(path));
  std::vector<std::string> warnings;
  for (std::string line; std::getline(text, line);) warnings.push_back(line);
  return warnings;
}

base::FileLock Lineage::lock() const {
  base::make_directories(paths_.generations(), 0755);
  return base::FileLock::acquire(paths_.lock());
}

int Lineage::add(const IssuedCertificate& issued) const {
  const auto held = lock();
  return publish(stage(issued, base::Durability::kNow), base::Durability::kNow);
}

fs::path Lineage::stage(const IssuedCertificate& issued, base::Durability durability) const {
  remove_leftovers();
  std::string staged = paths_.generations() / (std::string(kUnfinished) + "XXXXXX");
  if (::mkdtemp(staged.data()) == nullptr) {
    throw base::system_error("make a generation in", paths_.generations().native(), errno);
  }
  try {
    write_files({staged}, issued, settings_.key_access, durability, base::create_file);
    if (durability == base::Durability::kNow) base::sync_directory(staged);
    if (::chmod(staged.c_str(), 0755) != 0) throw base::system_error("change the mode", staged, errno);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(staged, ignored);
    throw;
  }
  return staged;
}

void Lineage::write_whole(const fs::path& directory, const IssuedCertificate& issued) const {
  constexpr auto kLater = base::Durability::kLater;
  const LineagePaths paths{directory};
  const auto files = paths.generation(1);
  for (const auto& path : {directory, paths.generations(), files.directory}) make_directory(path);
  write_files(files, issued, settings_.key_access, kLater, base::create_file);
  base::create_file(paths.settings(), to_json(settings_).dump(2) + "\n", {.mode = 0644}, kLater);
  if (::symlink(LineagePaths::link_destination(1).c_str(), paths.current().c_str()) != 0)
    throw base::system_error("link", paths.current().native(), errno);
}

bool Lineage::publish_whole(const fs::path& directory) const {
  std::error_code error;
  fs::rename(directory, paths_.directory, error);
  if (!error) return true;
  if (fs::exists(paths_.directory)) return false;
  throw base::system_error("make the lineage", paths_.directory.native(), error.value());
}

int Lineage::publish(const fs::path& staged, base::Durability durability) const {
  const int number = latest().value_or(0) + 1;
  base::rename_file(staged, paths_.generation(number).directory, durability);
  return number;
}

void Lineage::remove_leftovers() const {
  for (const auto& entry : fs::directory_iterator(paths_.generations())) {
    if (!entry.path().filename().native().starts_with(kUnfinished)) continue;
    std::error_code ignored;
    fs::remove_all(entry.path(), ignored);
  }
}

std::vector<int> Lineage::prune(int keep) const {
  const auto held = lock();
  remove_leftovers();
  const auto numbers = generations();
  const int active = current().value_or(0);
  size_t left = numbers.size();
  std::vector<int> removed;
  for (size_t i = 0; i < numbers.size() && left > static_cast<size_t>(keep); ++i) {
    const bool is_previous = i + 1 < numbers.size() && numbers[i + 1] == active;
    if (numbers[i] >= active || is_previous) break;
    // Under a name that is no generation's, so that one which is half removed is none.
    const auto directory = paths_.generation(numbers[i]).directory;
    const auto leftover = paths_.generations() / (std::string(kUnfinished) + "pruned");
    base::rename_file(directory, leftover);
    fs::remove_all(leftover);
    removed.push_back(numbers[i]);
    --left;
  }
  return removed;
}

void Lineage::set_current(int generation, base::Durability durability) const {
  base::write_link(paths_.current(), LineagePaths::link_destination(generation), durability);
  if (!settings_.out.empty()) copy_out(generation);
}

void Lineage::copy_out(int generation) const {
  base::make_directories(settings_.out, 0755);
  write_files({settings_.out}, {key(generation), chain(generation), roots(generation), {}, {}},
              settings_.key_access, base::Durability::kNow, base::write_file);
}

}  // namespace pki
