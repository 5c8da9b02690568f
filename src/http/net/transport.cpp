#include "http/net/transport.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <stdexcept>
#include <sys/socket.h>
#include <utility>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <unistd.h>

namespace threatatlas::net {

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    if (this != &other) {
        reset();
        number_ = std::exchange(other.number_, -1);
    }
    return *this;
}

void Descriptor::reset() noexcept {
    if (number_ >= 0) {
        ::close(std::exchange(number_, -1));
    }
}

namespace {

using Status = Transfer::Status;

Transfer from_result(ssize_t result, Status when_blocked) {
    if (result >= 0) {
        return {Status::moved, static_cast<std::size_t>(result)};
    }
    const bool blocked = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return {blocked ? when_blocked : Status::failed, 0};
}

class PlainTransport : public Transport {
  public:
    using Transport::Transport;

    Transfer read(std::span<char> into) override {
        const auto got = ::recv(descriptor(), into.data(), into.size(), MSG_DONTWAIT);
        return got == 0 ? Transfer{Status::ended, 0} : from_result(got, Status::wants_read);
    }

    Transfer write(std::string_view bytes) override {
        const auto sent =
            ::send(descriptor(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        return from_result(sent, Status::wants_write);
    }

    void end_writing() override { ::shutdown(descriptor(), SHUT_WR); }
};

struct TlsSessionDeleter {
    void operator()(SSL* session) const noexcept { SSL_free(session); }
};

class TlsTransport : public Transport {
  public:
    TlsTransport(Descriptor socket, SSL_CTX* context)
        : Transport(std::move(socket)), session_(SSL_new(context)) {
        if (!session_ || SSL_set_fd(session_.get(), descriptor()) != 1) {
            throw std::bad_alloc();
        }
        SSL_set_accept_state(session_.get());
    }

    /// Makes this the client side. To be called before the first transfer.
    void expect_server(const std::string& host) {
        SSL_set_connect_state(session_.get());
        X509_VERIFY_PARAM* const expected = SSL_get0_param(session_.get());
        if (X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1) {
            return;
        }
        ERR_clear_error();
        if (SSL_set1_host(session_.get(), host.c_str()) != 1 ||
            SSL_set_tlsext_host_name(session_.get(), host.c_str()) != 1) {
            throw std::runtime_error(fmt::format("{} is not a host name", host));
        }
    }

    Transfer read(std::span<char> into) override {
        ERR_clear_error();
        return from_ssl(SSL_read(session_.get(), into.data(), clamp(into.size())));
    }

    Transfer write(std::string_view bytes) override {
        ERR_clear_error();
        return from_ssl(SSL_write(session_.get(), bytes.data(), clamp(bytes.size())));
    }

    void end_writing() override {
        if (!broken_ && SSL_is_init_finished(session_.get())) {
            ERR_clear_error();
            SSL_shutdown(session_.get());
        }
        ::shutdown(descriptor(), SHUT_WR);
    }

    std::string fault() const override {
        const long result = SSL_get_verify_result(session_.get());
        if (result == X509_V_OK) {
            return Transport::fault();
        }
        return fmt::format("its certificate is not accepted: {}",
                           X509_verify_cert_error_string(result));
    }

  private:
    static int clamp(std::size_t size) {
        return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
    }

    Transfer from_ssl(int result) {
        if (result > 0) {
            return {Status::moved, static_cast<std::size_t>(result)};
        }
        switch (SSL_get_error(session_.get(), result)) {
            case SSL_ERROR_WANT_READ:
                return {Status::wants_read, 0};
            case SSL_ERROR_WANT_WRITE:
                return {Status::wants_write, 0};
            case SSL_ERROR_ZERO_RETURN:
                return {Status::ended, 0};
            default:
                broken_ = true;
                return {Status::failed, 0};
        }
    }

    std::unique_ptr<SSL, TlsSessionDeleter> session_;
    /// Set after a fatal error, after which OpenSSL does not allow SSL_shutdown().
    bool broken_ = false;
};

}  // namespace

TlsContext make_tls_context(const std::string& certificate_file, const std::string& key_file) {
    TlsContext context(SSL_CTX_new(TLS_server_method()));
    if (!context) {
        throw std::runtime_error("TLS cannot be set up");
    }
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    // For TLS 1.2, only ciphers with forward secrecy and authenticated encryption (RFC 9325,
    // section 4.2), so neither CBC nor static RSA key exchange. All ciphers of TLS 1.3 have both.
    if (SSL_CTX_set_cipher_list(context.get(), "ECDHE+AESGCM:ECDHE+CHACHA20:!PSK") != 1) {
        throw std::runtime_error("TLS cannot be set up");
    }
    // Renegotiation is disabled, as a client could request handshakes without limit.
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1) {
        throw std::runtime_error(
            fmt::format("{} is not a readable PEM certificate", certificate_file));
    }
    if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context.get()) != 1) {
        throw std::runtime_error(
            fmt::format("{} is not a readable PEM key that fits {}", key_file, certificate_file));
    }
    return context;
}

TlsContext make_tls_client_context() {
    TlsContext context(SSL_CTX_new(TLS_client_method()));
    if (!context || SSL_CTX_set_default_verify_paths(context.get()) != 1) {
        throw std::runtime_error("TLS cannot be set up");
    }
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_mode(context.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return context;
}

std::unique_ptr<Transport> make_client_transport(Descriptor socket, SSL_CTX* tls,
                                                 const std::string& host) {
    if (tls == nullptr) {
        return std::make_unique<PlainTransport>(std::move(socket));
    }
    auto transport = std::make_unique<TlsTransport>(std::move(socket), tls);
    transport->expect_server(host);
    return transport;
}

std::unique_ptr<Transport> make_transport(Descriptor socket, SSL_CTX* tls) {
    if (tls != nullptr) {
        return std::make_unique<TlsTransport>(std::move(socket), tls);
    }
    return std::make_unique<PlainTransport>(std::move(socket));
}

}  // namespace threatatlas::net
