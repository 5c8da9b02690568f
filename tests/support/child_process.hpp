#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace threatatlas {

/// An anonymous file in memory that a child writes and the test reads.
class MemoryFile {
  public:
    explicit MemoryFile(const std::string& content = {});
    ~MemoryFile();
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    int descriptor() const { return descriptor_; }
    /// All that is in it now; may be called while the child still writes.
    std::string content() const;

  private:
    int descriptor_;
};

/// What a child starts with.
struct ChildOptions {
    /// The program, looked up in PATH, and what follows it.
    std::vector<std::string> arguments;
    /// Added to the test's own environment, which is handed on without its THREATATLAS_… variables.
    std::map<std::string, std::string> environment;
    /// Where it runs; empty: where the test runs.
    std::filesystem::path working_directory;
};

/// A program of its own. It is killed when its owner goes, and when the test is killed.
///
/// Must be started from a thread that outlives it: the kernel ties "killed with the test" to the
/// thread. Otherwise not thread-safe.
class ChildProcess {
  public:
    /// Starts it. The three descriptors become its stdin, stdout and stderr and stay the caller's.
    /// A program that cannot be run ends at once with 127. Throws std::system_error if there
    /// cannot be a process at all.
    ChildProcess(const ChildOptions& options, int in, int out, int err);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// Has it not ended yet?
    bool running();
    void send_signal(int signal);
    /// Waits for its end, at most so long. Gives its exit code, or 128 + the signal that ended it,
    /// as a shell would; nothing if it still runs.
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

/// Runs a program to its end with `input` as its stdin. Throws std::runtime_error, with what it
/// had written to stderr, if that takes longer than `time_limit`.
ProgramResult run_program(const ChildOptions& options, const std::string& input = {},
                          std::chrono::seconds time_limit = std::chrono::seconds(120));

/// The paths of the project's two programs, which are built into the directory of the running test.
std::string server_binary();
std::string replay_binary();

/// What the project's threatatlas-replay does with these arguments and an empty stdin, in the test's
/// own process: a start of the program costs more than most of its answers. Its main function,
/// signals, pipes and limits are tried with replay_binary(). May be called by several threads; one
/// waits for the other.
ProgramResult run_replay(const std::vector<std::string>& arguments);

}  // namespace threatatlas
