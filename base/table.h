#pragma once

#include <string>
#include <vector>

namespace base {

// Rows as aligned columns, two spaces apart, nothing behind the last.
std::string render_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace base
