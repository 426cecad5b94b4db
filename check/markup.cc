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

std::string fill_page(std::string_view page, const std::map<std::string_view, std::string>& parts) {
  std::string text;
  for (size_t at; (at = page.find("{{")) != std::string_view::npos;) {
    const size_t end = page.find("}}", at);
    text += page.substr(0, at);
    text += parts.at(page.substr(at + 2, end - at - 2));
    page.remove_prefix(end + 2);
  }
  text += page;
  return text;
}

}  // namespace check
