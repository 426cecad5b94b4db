#pragma once

#include <map>
#include <string>
#include <string_view>

namespace check {

// Foreign bytes as text or as an attribute's value of XML and HTML.
std::string escape_markup(std::string_view bytes);

// The page with a part in the place of each {{name}}.
std::string fill_page(std::string_view page, const std::map<std::string_view, std::string>& parts);

}  // namespace check
