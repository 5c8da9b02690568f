#include <cstdio>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <sys/stat.h>

#include <unistd.h>

#include "replay/commands.hpp"
#include "replay/errors.hpp"
#include "replay/options.hpp"
#include "support/child_process.hpp"

namespace threatatlas::testing {
namespace {

// Redirects a standard descriptor of this process to a file in memory for its lifetime.
class Redirected {
  public:
    Redirected(int descriptor, const MemoryFile& file)
        : descriptor_(descriptor), kept_(::dup(descriptor)) {
        if (kept_ < 0 || ::dup2(file.descriptor(), descriptor_) < 0) {
            throw std::runtime_error("a standard descriptor cannot be redirected");
        }
    }
    ~Redirected() {
        std::cout.flush();
        std::cerr.flush();
        std::fflush(nullptr);
        ::dup2(kept_, descriptor_);
        ::close(kept_);
    }
    Redirected(const Redirected&) = delete;
    Redirected& operator=(const Redirected&) = delete;

  private:
    int descriptor_;
    int kept_;
};

// Restricts new files to their owner, like the program's umask.
class OwnersMask {
  public:
    OwnersMask() : kept_(::umask(S_IRWXG | S_IRWXO)) {}
    ~OwnersMask() { ::umask(kept_); }
    OwnersMask(const OwnersMask&) = delete;
    OwnersMask& operator=(const OwnersMask&) = delete;

  private:
    mode_t kept_;
};

replay::ExitCode complain(replay::ExitCode code, const std::exception& error) {
    std::cerr << "threatatlas-replay: " << error.what() << '\n';
    return code;
}

// Like main() of the program, except for its signal handling and process limits.
replay::ExitCode carry_out(const std::vector<std::string>& arguments) {
    std::vector<const char*> pointers{"threatatlas-replay"};
    for (const std::string& argument : arguments) {
        pointers.push_back(argument.c_str());
    }
    try {
        const auto options =
            replay::parse_options(static_cast<int>(pointers.size()), pointers.data());
        return options ? replay::run_command(*options) : replay::ExitCode::fine;
    } catch (const replay::UsageError& error) {
        return complain(replay::ExitCode::usage, error);
    } catch (const std::exception& error) {
        return complain(replay::ExitCode::cannot_read, error);
    }
}

}  // namespace

ProgramResult run_replay(const std::vector<std::string>& arguments) {
    static std::mutex one_at_a_time;
    const std::lock_guard lock(one_at_a_time);
    std::cout.flush();
    std::fflush(nullptr);
    const MemoryFile out;
    const MemoryFile err;
    replay::ExitCode code = replay::ExitCode::fine;
    {
        const OwnersMask mask;
        const Redirected to_out(STDOUT_FILENO, out);
        const Redirected to_err(STDERR_FILENO, err);
        code = carry_out(arguments);
    }
    return {static_cast<int>(code), out.content(), err.content()};
}

}  // namespace threatatlas::testing
