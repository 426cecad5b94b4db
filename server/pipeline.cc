#include "server/pipeline.h"

#include <algorithm>
#include <array>

#include "base/words.h"
#include "resp/command_scanner.h"
#include "resp/encoder.h"
#include "server/command.h"
#include "server/server.h"
#include "server/spare_buffers.h"

namespace server {
namespace {

constexpr size_t kBatch = 32;

// Redis' limits for clients that have not authenticated.
constexpr size_t kStrangersBulk = 16 * 1024;
constexpr size_t kStrangersElements = 10;

// Commands that have been found and are not executed yet.
struct Batch {
  struct Request {
    size_t first_word;
    size_t words;
    size_t length;  // in bytes
    const Command* command;
  };

  void clear() {
    words.clear();
    count = 0;
  }
  std::span<const std::string_view> words_of(const Request& request) const {
    return std::span(words).subspan(request.first_word, request.words);
  }

  std::vector<std::string_view> words;
  std::array<Request, kBatch> requests;
  size_t count = 0;
};

void find_commands(std::string_view plaintext, const resp::Limits& limits, size_t most, Batch& batch) {
  batch.clear();
  while (batch.count < most && !plaintext.empty()) {
    const size_t first = batch.words.size();
    const size_t length = resp::scan_command(plaintext, limits, batch.words);
    if (length == 0) return;
    batch.requests[batch.count++] = {first, batch.words.size() - first, length,
                                     find_command(batch.words[first])};
    plaintext.remove_prefix(length);
  }
}

// Of each command the first keys; that is most of what pipelines of small commands touch.
void prefetch_keys(const Batch& batch, const store::Keyspace& keyspace) {
  std::array<std::string_view, kBatch> keys;
  size_t count = 0;
  for (size_t i = 0; i < batch.count; ++i) {
    const auto& request = batch.requests[i];
    const auto key = static_cast<size_t>(request.command != nullptr ? request.command->keys.first : 0);
    if (key != 0 && key < request.words) keys[count++] = batch.words[request.first_word + key];
  }
  keyspace.prefetch({keys.data(), count});
}

}  // namespace

Pipeline::Pipeline(Server& server, Connection& connection, Client& client, std::string& replies)
    : server_(server), connection_(connection), client_(client), replies_(replies) {
  decoder_.limits().allow_inline = true;
}

void Pipeline::take(std::string_view plaintext) {
  if (rest_.empty()) {
    plaintext.remove_prefix(may_go_on() ? execute_all(plaintext) : 0);
    if (plaintext.empty()) return;
    SpareBuffers::of_this_thread().lend(rest_);
    rest_ = plaintext;
    return;
  }
  rest_ += plaintext;
  const size_t executed = may_go_on() ? execute_all(rest_) : 0;
  if (executed == rest_.size()) {
    SpareBuffers::of_this_thread().take_back(rest_);
  } else {
    rest_.erase(0, executed);
  }
}

bool Pipeline::may_go_on() const {
  return !client_.close_after_reply && !client_.waits_for_reply && !connection_.owes_too_much();
}

size_t Pipeline::execute_all(std::string_view plaintext) {
  size_t executed = 0;
  while (executed < plaintext.size() && may_go_on()) {
    const std::string_view left = plaintext.substr(executed);
    size_t length = has_begun_frame_ ? 0 : execute_scanned(left);
    if (length == 0) length = execute_decoded(left);
    if (length == 0) break;
    executed += length;
  }
  return client_.close_after_reply ? plaintext.size() : executed;
}

resp::Limits& Pipeline::limits() {
  resp::Limits& limits = decoder_.limits();
  limits.bulk = client_.authenticated ? resp::Limits().bulk : kStrangersBulk;
  limits.elements = client_.authenticated ? resp::Limits().elements : kStrangersElements;
  return limits;
}

// Two passes over several commands: while the first ones are executed, the keys of the others come into the
// cache. Returns how many bytes were executed.
size_t Pipeline::execute_scanned(std::string_view plaintext) {
  static thread_local Batch batch;
  // AUTH changes the limits of what follows.
  find_commands(plaintext, limits(), client_.authenticated ? kBatch : 1, batch);
  if (batch.count == 0) return 0;
  const auto lock = server_.lock();
  if (batch.count > 1) prefetch_keys(batch, server_.keyspace());
  size_t executed = 0;
  for (size_t i = 0; i < batch.count && (i == 0 || may_go_on()); ++i) {
    const auto& request = batch.requests[i];
    server_.execute(connection_, client_, request.command, batch.words_of(request), replies_);
    executed += request.length;
  }
  return executed;
}

// One command in any form, which may come in pieces.
size_t Pipeline::execute_decoded(std::string_view plaintext) {
  limits();
  const auto status = decoder_.decode(plaintext);
  has_begun_frame_ = status == resp::Decoder::Status::kIncomplete;
  if (has_begun_frame_) return 0;
  if (status == resp::Decoder::Status::kInvalid) {
    refuse("ERR " + decoder_.error());
    return plaintext.size();
  }
  execute_frame(plaintext);
  return decoder_.consumed();
}

void Pipeline::execute_frame(std::string_view frame) {
  const auto& nodes = decoder_.nodes();
  if (nodes.front().type == resp::Type::kNull) return;  // "*-1", which Redis ignores
  std::vector<std::string> typed;
  std::vector<std::string_view> words;
  if (nodes.front().type == resp::Type::kInline) {
    auto split = base::split_words(nodes.front().text(frame));
    if (!split) return refuse("ERR Protocol error: unbalanced quotes in request");
    typed = std::move(*split);
    words.assign(typed.begin(), typed.end());
  } else {
    const auto is_bulk = [](const resp::Node& node) { return node.type == resp::Type::kBulkString; };
    if (nodes.front().type != resp::Type::kArray || !std::all_of(nodes.begin() + 1, nodes.end(), is_bulk)) {
      return refuse("ERR Protocol error: a command is an array of bulk strings");
    }
    for (size_t i = 1; i < nodes.size(); ++i) words.push_back(nodes[i].text(frame));
  }
  if (words.empty()) return;
  const auto lock = server_.lock();
  server_.execute(connection_, client_, find_command(words.front()), words, replies_);
}

void Pipeline::refuse(std::string_view error) {
  resp::Encoder(replies_, client_.protocol).error(error);
  client_.close_after_reply = true;
}

}  // namespace server
