#pragma once

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace threatatlas::testing {

/// A pipe with the minimum capacity of 4 KiB, so that its writer soon blocks.
class Pipe {
  public:
    Pipe() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0 || ::fcntl(ends[1], F_SETPIPE_SZ, 4096) < 0) {
            throw std::system_error(errno, std::generic_category(), "pipe2");
        }
        read_end_ = ends[0];
        write_end_ = ends[1];
    }
    ~Pipe() {
        close_read_end();
        close_write_end();
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    int write_end() const { return write_end_; }
    void close_read_end() { close_end(read_end_); }
    void close_write_end() { close_end(write_end_); }
    /// Reads until all write ends are closed.
    std::string read_all() const {
        std::string result;
        char buffer[4096];
        for (ssize_t got = 1; got > 0;) {
            got = ::read(read_end_, buffer, sizeof buffer);
            result.append(buffer, got > 0 ? static_cast<std::size_t>(got) : 0);
        }
        return result;
    }

  private:
    static void close_end(int& end) {
        if (end >= 0) {
            ::close(std::exchange(end, -1));
        }
    }

    int read_end_ = -1;
    int write_end_ = -1;
};

}  // namespace threatatlas::testing
