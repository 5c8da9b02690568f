#pragma once

// A client's sockets, for what a client library would hide.

#include <string_view>

namespace threatatlas::bench {

// Closed with its owner.
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

// To a port of 127.0.0.1, with a receive buffer of so many bytes; 0: as the system likes. Throws
// std::runtime_error.
Descriptor connect_to(int port, int receive_bytes = 0);
// Without waiting. Whether all of it was taken.
bool send_at_once(const Descriptor& socket, std::string_view bytes);

}  // namespace threatatlas::bench
