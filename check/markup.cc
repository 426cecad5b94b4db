#include "check/markup.h"

#include "check/problem.h"

namespace check {

std::string escape_markup(std::string_view bytes) {
  std::string text;
  for (const char c : clean(bytes)) {
    switch (c) {
      case '&':
        text += "&amp;";
        break;
      case '<':
        text += "&lt;";
        break;
      case '>':
        text += "&gt;";
        break;
      case '"':
        text += "&quot;";
        break;
      case '\'':
        text += "&#39;";
        break;
      default:
        text += c;
    }
  }
  return text;
}

}  // namespace check
