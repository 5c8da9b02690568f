#include "support/child_process.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace threatatlas::testing {
namespace {

[[noreturn]] void throw_errno(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

std::vector<std::string> child_environment(const std::map<std::string, std::string>& additions) {
    std::vector<std::string> result;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view variable = *entry;
        const std::string name(variable.substr(0, variable.find('=')));
        if (!name.starts_with("THREATATLAS_") && !additions.contains(name)) {
            result.emplace_back(variable);
        }
    }
    for (const auto& [name, value] : additions) {
        result.push_back(name + "=" + value);
    }
    return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts) {
        result.push_back(text.data());
    }
    result.push_back(nullptr);
    return result;
}

// Runs in the child between fork and exec: only async-signal-safe functions are allowed, because
// the parent has many threads.
[[noreturn]] void become(char* const* arguments, char* const* environment, const char* directory,
                         pid_t parent, int in, int out, int err) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const bool ready = ::getppid() == parent && ::dup2(in, 0) >= 0 && ::dup2(out, 1) >= 0 &&
                       ::dup2(err, 2) >= 0 && (*directory == '\0' || ::chdir(directory) == 0);
    if (ready) {
        ::execvpe(arguments[0], arguments, environment);
    }
    ::_exit(127);
}

}  // namespace

MemoryFile::MemoryFile(const std::string& content)
    : descriptor_(::memfd_create("threatatlas-test", MFD_CLOEXEC)) {
    if (descriptor_ < 0) {
        throw_errno("memfd_create");
    }
    if (::pwrite(descriptor_, content.data(), content.size(), 0) != std::ssize(content)) {
        throw_errno("pwrite");
    }
    // Without O_APPEND, two threads of a child that write at once would overwrite each other.
    if (::fcntl(descriptor_, F_SETFL, O_APPEND) != 0) {
        throw_errno("fcntl");
    }
}

MemoryFile::~MemoryFile() {
    ::close(descriptor_);
}

std::string MemoryFile::content() const {
    std::string result;
    char buffer[16384];
    for (;;) {
        const ssize_t got =
            ::pread(descriptor_, buffer, sizeof buffer, static_cast<off_t>(result.size()));
        if (got < 0) {
            throw_errno("pread");
        }
        if (got == 0) {
            return result;
        }
        result.append(buffer, static_cast<std::size_t>(got));
    }
}

ChildProcess::ChildProcess(const ChildOptions& options, int in, int out, int err) {
    std::vector<std::string> arguments = options.arguments;
    std::vector<std::string> environment = child_environment(options.environment);
    const std::vector<char*> argument_pointers = pointers(arguments);
    const std::vector<char*> environment_pointers = pointers(environment);
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) {
        throw_errno("fork");
    }
    if (pid_ == 0) {
        become(argument_pointers.data(), environment_pointers.data(),
               options.working_directory.c_str(), parent, in, out, err);
    }
}

ChildProcess::~ChildProcess() {
    if (!exit_code_) {
        ::kill(pid_, SIGKILL);
        reap(0);
    }
}

void ChildProcess::reap(int wait_options) {
    int status = 0;
    if (!exit_code_ && ::waitpid(pid_, &status, wait_options) == pid_) {
        exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
}

bool ChildProcess::running() {
    reap(WNOHANG);
    return !exit_code_;
}

void ChildProcess::send_signal(int signal) {
    if (running()) {
        ::kill(pid_, signal);
    }
}

std::optional<int> ChildProcess::wait_for(std::chrono::milliseconds time_limit) {
    if (running()) {
        // pidfd_open is called through syscall(), because Debian 12's header does not declare it
        // for C++.
        const int handle = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
        if (handle < 0) {
            throw_errno("pidfd_open");
        }
        pollfd ended{handle, POLLIN, 0};
        ::poll(&ended, 1, static_cast<int>(time_limit.count()));
        ::close(handle);
        reap(WNOHANG);
    }
    return exit_code_;
}

ProgramResult run_program(const ChildOptions& options, const std::string& input,
                          std::chrono::seconds time_limit) {
    const MemoryFile in(input);
    const MemoryFile out;
    const MemoryFile err;
    ChildProcess child(options, in.descriptor(), out.descriptor(), err.descriptor());
    const std::optional<int> exit_code = child.wait_for(time_limit);
    if (!exit_code) {
        throw std::runtime_error(options.arguments.at(0) +
                                 " did not end in time; its stderr: " + err.content());
    }
    return {*exit_code, out.content(), err.content()};
}

std::string program_beside(std::string_view name) {
    return std::filesystem::read_symlink("/proc/self/exe").replace_filename(name);
}
std::string server_binary() {
    return program_beside("threatatlas");
}
std::string replay_binary() {
    return program_beside("threatatlas-replay");
}

}  // namespace threatatlas::testing
