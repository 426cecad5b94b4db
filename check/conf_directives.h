#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace check {

// What a redis.conf says, with the files that it includes, as Redis reads it: the last line of a directive
// counts, and includes stand where they are named.
class ConfDirectives {
 public:
  struct Line {
    std::vector<std::string> values;  // the words behind the directive
    std::filesystem::path file;
    size_t number;  // from 1
  };

  ConfDirectives(std::string_view text, const std::filesystem::path& path);

  // The first word behind it; empty when it isn't there.
  std::string operator[](const std::string& name) const;

  // A relative path is one below `dir`, to which Redis changes, else below the file's own directory.
  std::filesystem::path path(const std::string& name, const std::filesystem::path& conf) const;

  // By directive, in lower case.
  const std::map<std::string, std::vector<Line>>& lines() const { return lines_; }

  // Includes that could not be read, and why.
  const std::vector<std::string>& unread() const { return unread_; }

 private:
  void read(std::string_view text, const std::filesystem::path& path, int depth);
  void include(std::filesystem::path file, const std::filesystem::path& from, int depth);

  std::map<std::string, std::vector<Line>> lines_;
  std::vector<std::string> unread_;
  int includes_ = 0;
};

}  // namespace check
