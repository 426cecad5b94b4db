#include "base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/error.h"
#include "base/file.h"

namespace base {
namespace {

using std::chrono::steady_clock;

constexpr size_t kLargestOutput = size_t{64} << 10;

struct Pipe {
  FileDescriptor read_end, write_end;
};

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw system_error("make", "a pipe", errno);
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

// Of posix_spawn, freed at the end.
class SpawnOptions {
 public:
  SpawnOptions(int input, int output) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
    ::posix_spawnattr_init(&attributes_);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  SpawnOptions(const SpawnOptions&) = delete;
  SpawnOptions& operator=(const SpawnOptions&) = delete;
  ~SpawnOptions() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (std::string& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> environment(const std::map<std::string, std::string>& variables) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!variables.contains(text.substr(0, text.find('=')))) result.push_back(text);
  }
  for (const auto& [name, value] : variables) result.push_back(name + "=" + value);
  return result;
}

pid_t spawn(std::vector<std::string> command, const std::map<std::string, std::string>& variables,
            const SpawnOptions& options) {
  std::vector<std::string> variable_words = environment(variables);
  pid_t process = 0;
  const int error = ::posix_spawnp(&process, command.front().c_str(), options.actions(), options.attributes(),
                                   pointers(command).data(), pointers(variable_words).data());
  if (error != 0) throw system_error("run", command.front(), error);
  return process;
}

// Writes and reads as the program does, until it closes its output or the time is up, which gives false.
bool talk(FileDescriptor input, const FileDescriptor& output, const std::string& text, std::string& result,
          steady_clock::time_point deadline) {
  ::fcntl(input.get(), F_SETFL, O_NONBLOCK);
  size_t sent = 0;
  while (true) {
    if (sent == text.size()) input.reset();
    pollfd waits[] = {{output.get(), POLLIN, 0}, {input.get(), POLLOUT, 0}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) return false;
    if (::poll(waits, input.is_open() ? 2 : 1, static_cast<int>(left.count())) < 0 && errno != EINTR)
      return false;
    if (waits[1].revents != 0) {
      const ssize_t written = ::write(input.get(), text.data() + sent, text.size() - sent);
      if (written < 0 && errno != EAGAIN && errno != EINTR) sent = text.size();  // it doesn't want to know
      if (written > 0) sent += static_cast<size_t>(written);
    }
    if (waits[0].revents == 0) continue;
    char buffer[4096];
    const ssize_t count = ::read(output.get(), buffer, sizeof buffer);
    if (count == 0) return true;
    if (count > 0 && result.size() < kLargestOutput) result.append(buffer, static_cast<size_t>(count));
  }
}

// Nothing when it is still there at the deadline.
bool wait_for(pid_t process, int& status, steady_clock::time_point deadline) {
  while (true) {
    const pid_t ended = ::waitpid(process, &status, WNOHANG);
    if (ended == process) return true;
    if (steady_clock::now() >= deadline) return false;
    ::usleep(2000);
  }
}

}  // namespace

std::string ProgramResult::reason() const {
  std::string text = output;
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  const std::string last = text.substr(text.find_last_of('\n') + 1);
  const std::string why = timed_out ? "did not end in time" : "ended with code " + std::to_string(exit_code);
  return last.empty() ? why : why + ": " + last;
}

ProgramResult run_program(const std::vector<std::string>& command,
                          const std::map<std::string, std::string>& variables, const std::string& input,
                          std::chrono::milliseconds time_limit) {
  if (command.empty()) throw Error(ErrorKind::kUsage, "the command is empty");
  struct IgnoredSigpipe {  // a program that doesn't read its input must not end us
    using Handler = void (*)(int);
    Handler before = ::signal(SIGPIPE, SIG_IGN);
    ~IgnoredSigpipe() { ::signal(SIGPIPE, before); }
  } const ignored;
  Pipe in = make_pipe();
  Pipe out = make_pipe();
  const pid_t process = spawn(command, variables, SpawnOptions(in.read_end.get(), out.write_end.get()));
  in.read_end.reset();
  out.write_end.reset();
  const auto deadline = steady_clock::now() + time_limit;
  ProgramResult result;
  int status = 0;
  const bool ended = talk(std::move(in.write_end), out.read_end, input, result.output, deadline) &&
                     wait_for(process, status, deadline);
  if (!ended) {
    result.timed_out = true;
    ::kill(-process, SIGKILL);
    ::waitpid(process, &status, 0);
  }
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace base
