#include "rotate/clock_guard.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/timestamp.h"

namespace rotate {
namespace {

using nlohmann::json;

constexpr std::chrono::days kLongestPause{30};
constexpr std::chrono::hours kLongestStepBack{1};
constexpr std::chrono::hours kProbation{24};

struct Memory {
  base::Time last;                  // the last run at a time that was believed
  std::optional<base::Time> doubt;  // the first one at a time that was not
};

std::optional<Memory> read(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  try {
    const json document = json::parse(base::read_file(path));
    Memory memory{base::parse_timestamp(document.at("last_run").get<std::string>()), std::nullopt};
    if (document.contains("doubted_since")) {
      memory.doubt = base::parse_timestamp(document["doubted_since"].get<std::string>());
    }
    return memory;
  } catch (const json::exception& error) {
    throw base::Error(base::ErrorKind::kInvalid, path.native() + ": " + error.what());
  }
}

void write(const std::filesystem::path& path, const Memory& memory) {
  json document{{"last_run", base::format_timestamp(memory.last)}};
  if (memory.doubt) document["doubted_since"] = base::format_timestamp(*memory.doubt);
  base::write_file(path, document.dump(2) + "\n", {.mode = 0644});
}

bool follows(base::Time before, base::Time now) {
  return now >= before - kLongestStepBack && now <= before + kLongestPause;
}

}  // namespace

std::string doubt_clock(const std::filesystem::path& path, base::Time now) {
  auto memory = read(path).value_or(Memory{now, std::nullopt});
  const bool has_proved_itself =
      memory.doubt && follows(*memory.doubt, now) && now >= *memory.doubt + kProbation;
  if (follows(memory.last, now) || has_proved_itself) {
    write(path, {now, std::nullopt});
    return "";
  }
  if (!memory.doubt || !follows(*memory.doubt, now)) {
    memory.doubt = now;
    write(path, memory);
  }
  return "the clock has jumped from " + base::format_timestamp(memory.last) + " to " +
         base::format_timestamp(now) +
         " since the last run; set it, or wait: if it goes on from there, it is believed at " +
         base::format_timestamp(*memory.doubt + kProbation) + ", and at once with --force";
}

}  // namespace rotate
