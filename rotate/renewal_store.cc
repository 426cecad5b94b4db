#include "rotate/renewal_store.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/timestamp.h"

namespace rotate {

using nlohmann::json;

RenewalState read_renewal_state(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) return {};
  try {
    const json document = json::parse(base::read_file(path));
    return {document.at("failures").get<int>(),
            base::parse_timestamp(document.at("next_try").get<std::string>()),
            document.at("last_error").get<std::string>()};
  } catch (const json::exception& error) {
    throw base::Error(base::ErrorKind::kInvalid, path.native() + ": " + error.what());
  }
}

void write_renewal_state(const std::filesystem::path& path, const RenewalState& state) {
  if (state.failures == 0) return base::remove_durably(path);
  const json document{{"failures", state.failures},
                      {"next_try", base::format_timestamp(state.next_try)},
                      {"last_error", state.last_error}};
  base::write_file(path, document.dump(2, ' ', false, json::error_handler_t::replace) + "\n", {.mode = 0644});
}

}  // namespace rotate
