#pragma once

/// Client sockets for tests that a client library would not permit.

#include <string_view>

namespace threatatlas::bench {

/// A file descriptor, closed by the destructor.
class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;

    int number() const { return number_; }

  private:
    int number_;
};

/// Connects to a port of 127.0.0.1. `receive_bytes` is the size of the receive buffer; 0: the
/// system's default. Throws std::runtime_error.
Descriptor connect_to(int port, int receive_bytes = 0);
/// Sends without blocking; true if all bytes were taken.
bool send_at_once(const Descriptor& socket, std::string_view bytes);

}  // namespace threatatlas::bench
