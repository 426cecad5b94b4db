#include "rotate/journal.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"

namespace rotate {

using nlohmann::json;

std::optional<JournalEntry> Journal::read() const {
  if (!std::filesystem::exists(path_)) return std::nullopt;
  try {
    const json document = json::parse(base::read_file(path_));
    JournalEntry entry;
    entry.from = document.at("from").get<int>();
    entry.to = document.at("to").get<int>();
    for (const json& target : document.at("targets")) {
      entry.targets.push_back(
          {target.at("address").get<std::string>(),
           {target.at("certificate").get<std::string>(), target.at("key").get<std::string>()}});
    }
    return entry;
  } catch (const json::exception& error) {
    throw base::Error(base::ErrorKind::kInvalid, path_.native() + ": " + error.what());
  }
}

void Journal::write(const JournalEntry& entry) const {
  json targets = json::array();
  for (const auto& [address, before] : entry.targets) {
    targets.push_back({{"address", address}, {"certificate", before.certificate}, {"key", before.key}});
  }
  const json document{{"from", entry.from}, {"to", entry.to}, {"targets", targets}};
  base::write_file(path_, document.dump(2) + "\n", {.mode = 0600});
}

void Journal::remove() const { base::remove_durably(path_); }

}  // namespace rotate
