#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace conf {

struct SnippetOptions {
  std::string name;              // of the lineage
  std::string certificate, key;  // what the client shows
  std::string roots;             // what it verifies the server with
  std::string host;
  uint16_t port = 0;
};

// "redis-cli", "python", "node", "go", "java".
std::vector<std::string> snippet_languages();

// A program, or a command line, that connects with TLS as this client and says PING. Throws Error(kUsage):
// another language; quotes or backslashes in a path.
std::string make_snippet(std::string_view language, const SnippetOptions& options);

}  // namespace conf
