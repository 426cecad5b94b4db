#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace conf {

// The text of a redis.conf, which keeps every line that is not changed as it is: comments, order, white
// space.
class ConfigFile {
 public:
  explicit ConfigFile(std::string_view text);

  // The words behind the last line with this directive; nothing when there is none.
  std::optional<std::vector<std::string>> find(std::string_view directive) const;

  // Gives the directive this value: its last line is changed, those before it, which it overrides, are
  // removed; when there is none, a line is added at the end.
  void set(std::string_view directive, const std::vector<std::string>& words);

  // The same for a directive that may stand on several lines, one for each value.
  void set_all(std::string_view directive, const std::vector<std::vector<std::string>>& values);

  std::string text() const;

 private:
  struct Line {
    std::string text;                // without its end
    std::vector<std::string> words;  // empty for a comment, an empty line, and one that can't be read
    bool has(std::string_view directive) const;
  };

  static Line make_line(std::string_view directive, const std::vector<std::string>& words);
  void add(Line line);

  std::vector<Line> lines_;
  bool has_generated_part_ = false;
};

}  // namespace conf
