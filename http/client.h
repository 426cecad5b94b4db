#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/secret.h"

namespace http {

struct Request {
  std::string method = "GET";
  std::string url;  // http:// or https://
  std::map<std::string, std::string> headers;
  std::string body;
  // On a connection of its own: over one that was kept it is sent again, unasked, when that turns out to be
  // dead.
  bool is_sent_once = false;

  ~Request();  // wipes headers and body, which may hold secrets
};

struct Response {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case; of several the last, Link joined
  std::string body;

  ~Response();  // wipes the body, which may hold secrets
};

struct Options {
  std::filesystem::path ca;            // what the server is verified with; empty for the system's roots
  std::filesystem::path ca_directory;  // the same, as hashed files
  std::filesystem::path certificate;   // of the client, with key; empty for none
  std::filesystem::path key;
  std::chrono::milliseconds timeout{30'000};  // for all of an exchange
  std::string user_agent = "redis-pki";
  std::string server_name;  // what its certificate must say when that isn't the URL's host
};

// What exchanges HTTP messages; a fake counts as the second.
class Client {
 public:
  virtual ~Client() = default;

  // One exchange, without following redirects; any status is an answer. Throws Error: kUnreachable, kTimeout,
  // kRefused (its certificate doesn't verify), kInvalid (no HTTP, or more than 16 MiB).
  virtual Response exchange(const Request& request) = 0;

  // Whether the exchange that threw an Error may have brought the request to the server.
  virtual bool was_sent() const { return true; }
};

// By libcurl, over connections that are kept for the next exchange. Servers are always verified. Belongs to
// one thread.
class CurlClient : public Client {
 public:
  explicit CurlClient(Options options);
  ~CurlClient() override;
  Response exchange(const Request& request) override;
  bool was_sent() const override { return was_sent_; }

 private:
  struct Connections;

  Options options_;
  std::unique_ptr<Connections> connections_;
  bool was_sent_ = false;
};

}  // namespace http
