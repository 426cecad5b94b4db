#pragma once

#include <string>
#include <vector>

namespace cli {

// Rows as aligned columns, two spaces apart, nothing behind the last.
std::string render_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace cli
