#pragma once

#include <functional>
#include <memory>
#include <string>

namespace http {

struct Page {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

// A small HTTP server for what is asked by GET: metrics, and the answers to ACME challenges. Few requests at
// once, small ones, with short time limits; the handler is called on threads of its own.
class Listener {
 public:
  using Handler = std::function<Page(const std::string& path)>;

  // Listens from then on; port 0 takes a free one. Throws Error(kIo) when it can't.
  Listener(const std::string& host, int port, Handler handler);
  ~Listener();  // after the requests at hand

  int port() const;

 private:
  struct Server;
  std::unique_ptr<Server> server_;
};

}  // namespace http
