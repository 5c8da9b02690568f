#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace threatatlas::net {

/// Owns a file descriptor and closes it. Movable, not copyable.
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

/// The result of a non-blocking transfer.
struct Transfer {
    enum class Status {
        moved,
        /// Nothing can be transferred before the socket is readable or writable.
        wants_read,
        wants_write,
        /// The peer has sent its last byte (only when reading).
        ended,
        failed
    };
    Status status = Status::failed;
    std::size_t bytes = 0;
};

/// The bytes of one connection, plain or through TLS. Never blocks. For use by one thread at a
/// time.
class Transport {
  public:
    explicit Transport(Descriptor socket) : socket_(std::move(socket)) {}
    virtual ~Transport() = default;

    int descriptor() const { return socket_.get(); }

    /// `into` must have at least 16 KiB, so that a TLS record is never read in parts.
    virtual Transfer read(std::span<char> into) = 0;
    virtual Transfer write(std::string_view bytes) = 0;
    /// Closes the sending direction. Bytes that were written before are still delivered.
    virtual void end_writing() = 0;
    /// The reason for a failed transfer, as part of a sentence.
    virtual std::string fault() const { return "the connection broke"; }

  private:
    Descriptor socket_;
};

struct TlsContextDeleter {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
/// Owns an OpenSSL context.
using TlsContext = std::unique_ptr<SSL_CTX, TlsContextDeleter>;

/// A server context for TLS 1.2 and later with a certificate (chain) and key in PEM files. Throws
/// std::runtime_error with a sentence for the operator.
TlsContext make_tls_context(const std::string& certificate_file, const std::string& key_file);

/// A client context for TLS 1.2 and later. The certificate of the server must be issued by an
/// authority that the system trusts (SSL_CERT_FILE and SSL_CERT_DIR select others). Throws
/// std::runtime_error.
TlsContext make_tls_client_context();

/// The server side of a connection; plain if `tls` is null. `tls` may be freed before the
/// transport, as each TLS connection has its own reference to the context.
std::unique_ptr<Transport> make_transport(Descriptor socket, SSL_CTX* tls);

/// The client side of a connection; `tls` as above. The server's certificate must be valid for
/// `host`, a name or an address.
std::unique_ptr<Transport> make_client_transport(Descriptor socket, SSL_CTX* tls,
                                                 const std::string& host);

}  // namespace threatatlas::net
