#include "base/secret_source.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>

#include "base/error.h"
#include "base/file.h"

namespace base {
namespace {

constexpr size_t kLongestSecret = 64 * 1024;

Error malformed() {
  // The text may be the secret itself: it is not repeated.
  return Error(ErrorKind::kUsage,
               "a secret is named by its source: file:PATH, env:NAME, fd:N, prompt or none");
}

int parse_fd(std::string_view text) {
  int fd = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fd);
  if (error != std::errc{} || end != text.data() + text.size() || fd < 0) throw malformed();
  return fd;
}

Secret without_line_end(Secret secret) {
  std::string_view bytes = secret.bytes();
  if (bytes.ends_with('\n')) bytes.remove_suffix(1);
  if (bytes.ends_with('\r')) bytes.remove_suffix(1);
  return Secret(bytes);
}

// Up to the end, or to the end of the first line.
Secret read_descriptor(int fd, bool one_line) {
  std::string bytes;
  bytes.reserve(kLongestSecret);  // so that no copy is left behind in memory
  char c = 0;
  ssize_t count = 0;
  while (bytes.size() < kLongestSecret && (count = ::read(fd, &c, 1)) == 1) {
    bytes += c;
    if (one_line && c == '\n') break;
  }
  if (count < 0) throw system_error("read a secret", "descriptor " + std::to_string(fd), errno);
  return Secret(std::move(bytes));
}

Secret read_terminal(std::string_view question) {
  const FileDescriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC));
  termios before{};
  if (!terminal.is_open() || ::tcgetattr(terminal.get(), &before) != 0) {
    throw Error(ErrorKind::kUsage,
                "there is no terminal to ask for a secret; use file:PATH, env:NAME or fd:N");
  }
  const std::string text = std::string(question) + ": ";
  (void)!::write(terminal.get(), text.data(), text.size());
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  ::tcsetattr(terminal.get(), TCSAFLUSH, &silent);
  Secret secret = read_descriptor(terminal.get(), true);
  ::tcsetattr(terminal.get(), TCSAFLUSH, &before);
  (void)!::write(terminal.get(), "\n", 1);
  return secret;
}

Secret read_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) throw Error(ErrorKind::kUsage, "the environment has no variable " + name);
  return Secret(std::string_view(value));
}

Secret read_from(const std::string& source, std::string_view question) {
  if (source.starts_with("file:")) return read_secret_file(source.substr(5), kLongestSecret);
  if (source.starts_with("env:")) return read_environment(source.substr(4));
  if (source.starts_with("fd:")) return read_descriptor(parse_fd(source.substr(3)), false);
  return read_terminal(question);
}

}  // namespace

void require_secret_source(const std::string& source) {
  const bool known = source == "none" || source == "prompt" ||
                     (source.starts_with("file:") && source.size() > 5) ||
                     (source.starts_with("env:") && source.size() > 4) || source.starts_with("fd:");
  if (!known) throw malformed();
  if (source.starts_with("fd:")) parse_fd(source.substr(3));
}

Secret read_secret(const std::string& source, std::string_view question) {
  require_secret_source(source);
  if (source == "none") return Secret();
  Secret secret = without_line_end(read_from(source, question));
  if (secret.empty())
    throw Error(ErrorKind::kUsage, "the secret from " + source + " is empty; say none if that is meant");
  return secret;
}

}  // namespace base
