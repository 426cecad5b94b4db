#include "pki/batch.h"

#include <algorithm>
#include <future>
#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "base/duration.h"
#include "base/error.h"
#include "base/parallel.h"
#include "pki/issuance.h"
#include "pki/staging_directory.h"

namespace pki {
namespace fs = std::filesystem;
namespace {

using base::Durability;
using base::Error;
using base::ErrorKind;
using nlohmann::json;

constexpr size_t kGroup = 500;  // each may hold a lock file open
constexpr size_t kLongestLine = 1024 * 1024;

std::vector<std::string> split_csv(std::string_view line) {
  std::vector<std::string> fields;
  while (true) {
    const size_t comma = std::min(line.find(','), line.size());
    std::string_view field = line.substr(0, comma);
    while (field.starts_with(' ')) field.remove_prefix(1);
    while (field.ends_with(' ') || field.ends_with('\r')) field.remove_suffix(1);
    fields.emplace_back(field);
    if (comma == line.size()) return fields;
    line.remove_prefix(comma + 1);
  }
}

BatchItem begin_item(const std::string& name, Profile profile, const SettingsOf& settings_of) {
  require_lineage_name(name);
  BatchItem item{name, settings_of(name, profile)};
  item.settings.profile = profile;
  return item;
}

// Names that a lineage remembers stay when the line has none.
void set_names(BatchItem& item, const std::vector<std::string>& names) {
  LineageSettings& settings = item.settings;
  if (settings.subject.attributes.empty()) settings.subject = {{{"CN", item.name}}};
  if (!names.empty()) {
    settings.subject_alt_names = parse_subject_alt_names(names);
  } else if (settings.subject_alt_names.empty() && serves(settings.profile)) {
    settings.subject_alt_names = {parse_subject_alt_name("dns:" + item.name)};
  }
}

BatchItem parse_csv_line(std::string_view line, const SettingsOf& settings_of) {
  const auto fields = split_csv(line);
  if (fields.size() < 2) throw Error(ErrorKind::kUsage, "write it like profile,name,san,san");
  BatchItem item = begin_item(fields[1], parse_profile(fields[0]), settings_of);
  set_names(item, {fields.begin() + 2, fields.end()});
  return item;
}

BatchItem parse_json_line(std::string_view line, const SettingsOf& settings_of) {
  const json document = json::parse(line);
  for (const auto& [key, value] : document.items()) {
    if (key != "profile" && key != "name" && key != "sans" && key != "key_type" && key != "lifetime") {
      throw Error(ErrorKind::kUsage,
                  "unknown key '" + key + "'; there are profile, name, sans, key_type and lifetime");
    }
  }
  BatchItem item = begin_item(document.at("name").get<std::string>(),
                              parse_profile(document.at("profile").get<std::string>()), settings_of);
  if (document.contains("key_type"))
    item.settings.key_type = parse_key_type(document["key_type"].get<std::string>());
  if (document.contains("lifetime")) {
    const auto lifetime = base::parse_duration(document["lifetime"].get<std::string>());
    item.settings.lifetime = std::chrono::floor<std::chrono::seconds>(lifetime);
  }
  set_names(item, document.value("sans", std::vector<std::string>{}));
  return item;
}

BatchItem parse_line(std::string_view line, const SettingsOf& settings_of) {
  if (line.size() > kLongestLine) throw Error(ErrorKind::kUsage, "the line is too long");
  try {
    return line.starts_with('{') ? parse_json_line(line, settings_of) : parse_csv_line(line, settings_of);
  } catch (const json::exception& error) {
    throw Error(ErrorKind::kUsage, std::string("no JSON of the form that is wanted: ") + error.what());
  }
}

IssuedCertificate make(const LocalIssuer& issuer, const Lineage& lineage, KeyGenerator& generator) {
  const LineageSettings& settings = lineage.settings();
  auto key = next_key(lineage, generator);
  CertificateTemplate wanted;
  wanted.subject = settings.subject;
  wanted.subject_alt_names = settings.subject_alt_names;
  wanted.profile = settings.profile;
  auto chain = issuer.sign_unrecorded(std::move(wanted), settings.lifetime, key.handle());
  return {std::move(key), std::move(chain), issuer.authority().roots()};
}

// One item of a group on its way: made and written where nothing reads it, then recorded, then published.
class Unpublished {
 public:
  Unpublished(const Home& home, const BatchItem& item, const fs::path& staging, const LocalIssuer& issuer,
              KeyGenerator& generator)
      : lineage_(Lineage::define(home, item.name, item.settings)),
        is_new_(!fs::exists(lineage_.paths().directory)),
        issued_(make(issuer, lineage_, generator)) {
    if (is_new_) {
      staged_ = staging / item.name;
      lineage_.write_whole(staged_, issued_);
    } else {
      lock_ = lineage_.lock();
      staged_ = lineage_.stage(issued_, Durability::kLater);
    }
  }

  void record(Ledger& ledger) const {
    ledger.record(issued_.chain.front(), lineage_.name(),
                  std::string(to_string(lineage_.settings().profile)));
  }

  void publish(const std::function<bool(const Lineage&)>& waits) {
    if (is_new_) {
      if (lineage_.publish_whole(staged_)) return;
      lock_ = lineage_.lock();  // another process was faster: ours is the next generation
      staged_ = lineage_.stage(issued_, Durability::kNow);
    }
    const int generation = lineage_.publish(staged_, Durability::kLater);
    lineage_.save(Durability::kLater);
    if (!waits(lineage_)) lineage_.set_current(generation, Durability::kLater);
  }

 private:
  Lineage lineage_;
  bool is_new_;
  IssuedCertificate issued_;
  std::optional<base::FileLock> lock_;
  fs::path staged_;
};

using Group = std::vector<std::optional<Unpublished>>;

// Records and publishes a group: the ledger first, then the bytes, then their names, which the next sync
// makes durable.
void finish(const Home& home, Ledger& ledger, Group group, const std::function<bool(const Lineage&)>& waits) {
  ledger.group([&] {
    for (const auto& item : group) item->record(ledger);
  });
  base::sync_filesystem(home.root());
  for (auto& item : group) item->publish(waits);
}

}  // namespace

std::vector<BatchItem> parse_batch(std::string_view text, std::string_view origin,
                                   const SettingsOf& settings_of) {
  std::vector<BatchItem> items;
  std::set<std::string> names;
  size_t number = 0;
  while (!text.empty()) {
    ++number;
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    try {
      items.push_back(parse_line(line, settings_of));
      if (!names.insert(items.back().name).second) {
        throw Error(ErrorKind::kUsage, "'" + items.back().name + "' is there twice");
      }
    } catch (const Error& error) {
      throw Error(ErrorKind::kUsage,
                  std::string(origin) + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  return items;
}

void issue_batch(const Home& home, LocalIssuer& issuer, const std::vector<BatchItem>& items,
                 const std::function<bool(const Lineage&)>& waits,
                 const std::function<void(size_t)>& progress) {
  const StagingDirectory staging(home);
  std::vector<KeyGenerator> generators(base::core_count() + 1);  // one more: some wait for the disk
  std::future<void> finishing;                                   // the last group, while the next one is made
  for (size_t done = 0; done < items.size();) {
    const auto part = std::span(items).subspan(done, std::min(kGroup, items.size() - done));
    Group group(part.size());
    base::for_each_in_parallel(part.size(), generators.size(), [&](size_t i, size_t worker) {
      group[i].emplace(home, part[i], staging.path(), issuer, generators[worker]);
    });
    if (finishing.valid()) finishing.get();
    finishing = std::async(std::launch::async, [&, group = std::move(group)]() mutable {
      finish(home, issuer.ledger(), std::move(group), waits);
    });
    done += part.size();
    progress(done);
  }
  if (finishing.valid()) finishing.get();
  base::sync_filesystem(home.root());
}

}  // namespace pki
