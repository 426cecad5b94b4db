#pragma once

#include <string>
#include <vector>

namespace tls {

// A suite of TLS 1.2 or older.
struct CipherSuite {
  std::string name;           // OpenSSL's
  bool has_forward_secrecy;   // the key exchange is not by the certificate's key alone
  bool authenticates_server;  // false: anybody may be the server
  bool is_weak;               // no encryption, RC4, DES, 3DES and their like
};

// What a list in OpenSSL's words (tls-ciphers) comes to, without the suites of TLS 1.3; empty for a list of
// which this OpenSSL knows nothing.
std::vector<CipherSuite> expand_cipher_list(const std::string& list);

}  // namespace tls
