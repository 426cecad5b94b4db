#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace base {

// What went wrong, as far as a caller may want to act on it.
enum class ErrorKind {
  kUsage,        // the words of the command or the directive are wrong
  kInvalid,      // foreign bytes or a certificate are not what they should be
  kNotFound,     // a file, lineage or certificate is not there
  kExists,       // something would be overwritten
  kPermission,   // the system denies access
  kIo,           // reading or writing failed
  kUnreachable,  // a peer can't be reached, or went away
  kTimeout,      // a peer did not answer in time
  kRefused,      // a peer answered, and its answer is no
  kInternal,     // a promise of our own does not hold
};

// The one exception type. The message is a line without a final period that says what is wrong and,
// where there is something to do about it, what to do next.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}

  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

// An Error for the errno of a failed system call on `subject` (a path or an address):
// "SUBJECT: can't ACTION: No such file or directory".
Error system_error(std::string_view action, std::string_view subject, int errno_value);

}  // namespace base
