#pragma once

#include <deque>
#include <optional>
#include <string>

#include "acme/jose.h"
#include "acme/messages.h"
#include "base/clock.h"
#include "base/patience.h"
#include "http/client.h"

namespace acme {

// An answer with an error status, where it matters which.
struct Refusal {
  Problem problem;
};

// Whether a request is sent again whose answer was lost.
enum class Repeat { kOften, kNever };

// Signed requests to one ACME server (RFC 8555, 6): nonces, their retries, and waits that the server asks
// for.
class Transport {
 public:
  Transport(http::Client& client, std::string directory_url, const base::Clock& clock,
            base::Patience& patience)
      : client_(client), directory_url_(std::move(directory_url)), clock_(clock), patience_(patience) {}

  // Asked for once. Throws Error.
  const Directory& directory();

  // POSTs a JWS signed by the key, with the account's URL, or with the key itself while there is no account.
  // Nothing, not {}, is POST-as-GET. Asks again when a nonce is refused, when the server is busy, and when
  // the connection fails. Throws Refusal for an error of the server, and Error for all else.
  http::Response post(const std::string& url, std::string_view payload, const AccountKey& key,
                      const std::string& account_url, Repeat repeat = Repeat::kOften);

  // GET without a signature: the directory, renewal information. Throws as post().
  http::Response get(const std::string& url);

  // Waits as the answer's Retry-After says, else as `otherwise` says.
  void wait(const http::Response& answer, std::chrono::milliseconds otherwise, const std::string& what);

  const std::string& directory_url() const { return directory_url_; }
  const base::Clock& clock() const { return clock_; }

 private:
  // With patience for connections that fail, of which it counts the failures.
  http::Response exchange(const http::Request& request, int& failures, Repeat repeat = Repeat::kOften);
  std::string nonce();
  void keep_nonce(const http::Response& answer);

  http::Client& client_;
  const std::string directory_url_;
  const base::Clock& clock_;
  base::Patience& patience_;
  std::optional<Directory> directory_;
  std::deque<std::string> nonces_;
};

}  // namespace acme
