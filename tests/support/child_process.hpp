#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "support/eventually.hpp"

namespace threatatlas::testing {

/// An anonymous in-memory file that a child writes and the test reads.
class MemoryFile {
  public:
    explicit MemoryFile(const std::string& content = {});
    ~MemoryFile();
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    int descriptor() const { return descriptor_; }
    /// The current content; the child may still be writing.
    std::string content() const;

  private:
    int descriptor_;
};

/// How a child is started.
struct ChildOptions {
    /// The program, looked up in PATH, and its arguments.
    std::vector<std::string> arguments;
    /// Added to the test's environment, from which THREATATLAS_… variables are removed.
    std::map<std::string, std::string> environment;
    /// Empty: the test's working directory.
    std::filesystem::path working_directory;
};

/// A child process. It is killed by the destructor, and when the test dies.
///
/// Start it from a thread that outlives it: the kernel ties the kill to the thread
/// (PR_SET_PDEATHSIG). Otherwise not thread-safe.
class ChildProcess {
  public:
    /// Starts the child. The descriptors become its stdin, stdout and stderr; the caller keeps its
    /// copies. If the program cannot be executed, the child ends with 127. Throws std::system_error
    /// if no process can be created.
    ChildProcess(const ChildOptions& options, int in, int out, int err);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// True until it has ended.
    bool running();
    void send_signal(int signal);
    /// Waits for its end, up to `time_limit`. Returns its exit code, or 128 + signal as a shell
    /// does; nullopt if it is still running.
    std::optional<int> wait_for(std::chrono::milliseconds time_limit);
    pid_t pid() const { return pid_; }

  private:
    void reap(int wait_options);

    pid_t pid_;
    std::optional<int> exit_code_;
};

struct ProgramResult {
    int exit_code;
    std::string out;
    std::string err;
};

/// Runs a program to its end with `input` as stdin. Throws std::runtime_error, with its stderr, if
/// that takes longer than `time_limit`.
ProgramResult run_program(const ChildOptions& options, const std::string& input = {},
                          std::chrono::seconds time_limit = wait_limit);

/// Path of the program of this name in the directory of the running test.
std::string program_beside(std::string_view name);
std::string server_binary();
std::string replay_binary();

/// Runs threatatlas-replay with these arguments and an empty stdin in the test's own process:
/// starting the program costs more than most of its answers. Its main function, signals, pipes and
/// limits are tested with replay_binary(). May be called from several threads; calls are
/// serialized.
ProgramResult run_replay(const std::vector<std::string>& arguments);

}  // namespace threatatlas::testing
