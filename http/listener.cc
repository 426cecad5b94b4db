#include "http/listener.h"

#include <httplib.h>
#include <sys/socket.h>

#include <cerrno>
#include <thread>

#include "base/error.h"

namespace http {
namespace {

constexpr time_t kPatience = 5;  // seconds for a request to come, and for its answer to be taken
constexpr size_t kThreads = 8;
constexpr size_t kLargestRequest = 8 * 1024;

}  // namespace

struct Listener::Server {
  httplib::Server server;
  std::thread thread;
  int port = 0;
};

Listener::Listener(const std::string& host, int port, Handler handler) : server_(std::make_unique<Server>()) {
  httplib::Server& server = server_->server;
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.set_read_timeout(kPatience, 0);
  server.set_write_timeout(kPatience, 0);
  server.set_socket_options([](socket_t socket) {  // and not SO_REUSEPORT: two would share the port
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  });
  server.set_payload_max_length(kLargestRequest);
  server.set_keep_alive_max_count(1);
  server.Get(".*",
             [handler = std::move(handler)](const httplib::Request& request, httplib::Response& response) {
               Page page = handler(request.path);
               response.status = page.status;
               response.set_content(std::move(page.body), page.type);
             });
  errno = 0;
  if (port == 0) {
    port = server.bind_to_any_port(host);
  } else if (!server.bind_to_port(host, port)) {
    port = -1;
  }
  if (port < 0) {
    throw base::system_error("listen", host + ":" + std::to_string(port), errno != 0 ? errno : EADDRNOTAVAIL);
  }
  server_->port = port;
  server_->thread = std::thread([&server] { server.listen_after_bind(); });
  while (!server.is_running()) std::this_thread::yield();
}

Listener::~Listener() {
  server_->server.stop();
  server_->thread.join();
}

int Listener::port() const { return server_->port; }

}  // namespace http
