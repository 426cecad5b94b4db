#pragma once

#include <string>
#include <string_view>

namespace check {

// Foreign bytes as text or as an attribute's value of XML and HTML.
std::string escape_markup(std::string_view bytes);

}  // namespace check
