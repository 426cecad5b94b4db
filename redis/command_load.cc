#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <deque>

#include "base/error.h"
#include "base/file.h"
#include "redis/load_threads.h"
#include "resp/decoder.h"
#include "resp/encoder.h"

namespace redis {
namespace {

using base::Error;
using base::ErrorKind;
using std::chrono::steady_clock;

constexpr size_t kBufferSize = 64 * 1024;
constexpr size_t kEvents = 256;

// One client: sends a pipeline, reads its replies, sends the next.
class Client {
 public:
  Client(Connection connection, const std::string& requests, size_t pipeline)
      : connection_(std::move(connection)), requests_(requests), pipeline_(pipeline) {}

  int descriptor() { return connection_.stream().descriptor(); }

  void send(tls::Deadline until) {
    sent_ = steady_clock::now();
    missing_ = pipeline_;
    connection_.stream().write(requests_, until);
  }

  // Takes what has come, and sends again when that was all.
  void receive(std::vector<char>& buffer, tls::Deadline until, LoadResult& result) {
    while (missing_ > 0) {
      const auto count = connection_.stream().try_read(buffer.data(), buffer.size());
      if (!count) return;
      if (*count == 0) throw Error(ErrorKind::kUnreachable, connection_.name() + ": closed the connection");
      take({buffer.data(), *count});
    }
    result.count += pipeline_;
    result.latencies.record(steady_clock::now() - sent_);
    send(until);
  }

 private:
  void take(std::string_view bytes) {
    if (!received_.empty()) {
      received_ += bytes;
      bytes = received_;
    }
    while (!bytes.empty() && missing_ > 0) {
      const auto status = decoder_.decode(bytes);
      if (status == resp::Decoder::Status::kIncomplete) break;
      require_reply(status, bytes);
      bytes.remove_prefix(decoder_.consumed());
      --missing_;
    }
    if (missing_ == 0 && !bytes.empty()) {
      throw Error(ErrorKind::kInvalid, connection_.name() + ": answers more than it was asked");
    }
    received_ = std::string(bytes);
  }

  void require_reply(resp::Decoder::Status status, std::string_view bytes) const {
    if (status == resp::Decoder::Status::kInvalid) {
      throw Error(ErrorKind::kInvalid, connection_.name() + ": answers, but not as a Redis server does");
    }
    const resp::Node& reply = decoder_.nodes().front();
    if (reply.type != resp::Type::kError && reply.type != resp::Type::kBulkError) return;
    throw Error(ErrorKind::kRefused, connection_.name() + ": " + std::string(reply.text(bytes)));
  }

  Connection connection_;
  const std::string& requests_;
  const size_t pipeline_;
  size_t missing_ = 0;  // replies of the pipeline
  steady_clock::time_point sent_;
  resp::Decoder decoder_;
  std::string received_;  // the start of a reply
};

// All clients of one thread.
class ClientLoop {
 public:
  ClientLoop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!epoll_.is_open()) throw base::system_error("watch", "connections", errno);
  }

  void add(Client client) {
    clients_.push_back(std::move(client));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &clients_.back();
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, clients_.back().descriptor(), &event) != 0) {
      throw base::system_error("watch", "connections", errno);
    }
  }

  LoadResult run(tls::Deadline until) {
    using std::chrono::milliseconds;
    LoadResult result;
    std::vector<char> buffer(kBufferSize);
    std::array<epoll_event, kEvents> events;
    try {
      for (Client& client : clients_) client.send(until);
      for (auto now = steady_clock::now(); now < until; now = steady_clock::now()) {
        const auto left = std::chrono::ceil<milliseconds>(until - now);
        const int count = ::epoll_wait(epoll_.get(), events.data(), kEvents, static_cast<int>(left.count()));
        for (int i = 0; i < count; ++i) {
          static_cast<Client*>(events[static_cast<size_t>(i)].data.ptr)->receive(buffer, until, result);
        }
      }
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kTimeout) throw;  // it was sending when the time ended
    }
    return result;
  }

 private:
  base::FileDescriptor epoll_;
  std::deque<Client> clients_;  // stay where they are
};

}  // namespace

LoadResult run_commands(const CommandLoad& load, tls::Deadline until, const base::Clock& clock) {
  std::string requests;
  const std::vector<std::string_view> words(load.command.begin(), load.command.end());
  for (size_t i = 0; i < load.pipeline; ++i) resp::append_command(requests, words);
  std::vector<ClientLoop> loops(load.threads);
  for (size_t i = 0; i < load.connections; ++i) {
    if (steady_clock::now() >= until) {
      throw Error(ErrorKind::kTimeout, load.connect->endpoint.to_string() +
                                           ": the time ran out while connecting; " +
                                           "give more of it, or fewer connections");
    }
    loops[i % load.threads].add(Client(Connection::open(*load.connect, clock), requests, load.pipeline));
  }

  load.is_connected();
  const LoadResult result = run_on_threads(load.threads, [&](size_t i) { return loops[i].run(until); });
  if (result.count == 0) {
    throw Error(ErrorKind::kTimeout, load.connect->endpoint.to_string() + ": no reply in time");
  }
  return result;
}

}  // namespace redis
