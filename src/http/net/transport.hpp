#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace threatatlas::net {

/// A file descriptor that is closed with its owner.
class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor() { reset(); }

    int get() const { return number_; }
    void reset() noexcept;

  private:
    int number_ = -1;
};

/// How a transfer that never waits went.
struct Transfer {
    enum class Status {
        moved,
        /// Nothing can be moved before the socket is readable, or writable.
        wants_read,
        wants_write,
        /// The other side has sent its last byte (reading only).
        ended,
        failed
    };
    Status status = Status::failed;
    std::size_t bytes = 0;
};

/// One accepted connection's bytes, plain or through TLS. Nothing here waits. One thread at a time.
class Transport {
  public:
    explicit Transport(Descriptor socket) : socket_(std::move(socket)) {}
    virtual ~Transport() = default;

    int descriptor() const { return socket_.get(); }

    /// `into` has at least 16 KiB, so that a TLS record is never read in halves.
    virtual Transfer read(std::span<char> into) = 0;
    virtual Transfer write(std::string_view bytes) = 0;
    /// Says that no more will be written; what was written still arrives.
    virtual void end_writing() = 0;
    /// Why a transfer has failed, as part of a sentence.
    virtual std::string fault() const { return "the connection broke"; }

  private:
    Descriptor socket_;
};

struct TlsContextDeleter {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using TlsContext = std::unique_ptr<SSL_CTX, TlsContextDeleter>;

/// TLS 1.2 and later with this certificate (chain) and key, PEM files. Throws std::runtime_error
/// with a sentence for the operator.
TlsContext make_tls_context(const std::string& certificate_file, const std::string& key_file);

/// For a client: TLS 1.2 and later; servers must have a certificate of an authority that the system
/// trusts (SSL_CERT_FILE and SSL_CERT_DIR name others). Throws std::runtime_error.
TlsContext make_tls_client_context();

/// The server's end. `tls` null: plain. The context may go first: each connection holds a
/// reference.
std::unique_ptr<Transport> make_transport(Descriptor socket, SSL_CTX* tls);

/// The client's end, likewise. The certificate must be one for `host`, a name or an address.
std::unique_ptr<Transport> make_client_transport(Descriptor socket, SSL_CTX* tls,
                                                 const std::string& host);

}  // namespace threatatlas::net
