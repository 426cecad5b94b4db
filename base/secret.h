#pragma once

#include <string>
#include <string_view>

namespace base {

// Bytes that must not outlive their use: a private key or a passphrase. They are wiped when the object is
// destroyed, assigned to or moved from. Can't be copied, printed or compared by accident.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view bytes) : bytes_(bytes) {}
  explicit Secret(std::string&& bytes);  // takes the bytes and wipes what the move leaves behind
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  // Valid until the secret is changed or destroyed.
  std::string_view bytes() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }
  void append(std::string_view bytes);  // wipes the buffer that it outgrows
  Secret copy() const { return Secret(bytes()); }

 private:
  std::string bytes_;
};

// Overwrites the bytes of a string, capacity included, in a way that the optimiser keeps, and empties it.
void wipe(std::string& bytes);

}  // namespace base
