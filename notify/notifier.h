#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/secret.h"
#include "http/client.h"

namespace notify {

// What somebody should know. It never holds a secret.
struct Message {
  std::string event;    // "renewal_failed", "rolled_back", "unproved", "expiring", "recovered"
  std::string subject;  // what it is about: a lineage or a file
  std::string text;     // in words; the first line says it all
};

// A way to tell. Throws Error when the message did not arrive.
class Notifier {
 public:
  virtual ~Notifier() = default;
  virtual void send(const Message& message) = 0;
};

// Runs a program, without a shell, with REDIS_PKI_EVENT, REDIS_PKI_SUBJECT and REDIS_PKI_TEXT in its
// environment and the text on its standard input; it has 30 seconds. A relative name is looked for in PATH.
std::unique_ptr<Notifier> command_notifier(std::vector<std::string> command);

// POSTs a JSON object with event, subject, text, and host; `text` is what chat services show.
std::unique_ptr<Notifier> webhook_notifier(std::string url, http::Options options);

// How mail is handed in: by SMTP (RFC 5321) with STARTTLS, which must be there unless the server is on this
// host, or smtps://.
struct MailOptions {
  std::string url;  // smtp://HOST[:PORT] or smtps://HOST[:PORT]
  std::string from;
  std::vector<std::string> to;
  std::string user;       // empty for none
  base::Secret password;  // never sent without TLS
  std::string ca;         // a file; empty for the system's roots
};

std::unique_ptr<Notifier> mail_notifier(MailOptions options);

}  // namespace notify
