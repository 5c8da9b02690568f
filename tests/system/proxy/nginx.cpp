#include "system/proxy/nginx.hpp"

#include <fstream>
#include <stdexcept>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "support/eventually.hpp"
#include "support/server_process.hpp"

namespace threatatlas::testing {
namespace {

// Contents of the fenced code blocks of a Markdown file.
std::vector<std::string> fenced_blocks(const std::string& file) {
    std::ifstream in(file);
    std::vector<std::string> blocks;
    bool inside = false;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("```")) {
            inside = !inside;
            if (inside) {
                blocks.emplace_back();
            }
        } else if (inside) {
            blocks.back() += line + "\n";
        }
    }
    return blocks;
}

std::size_t place_of_the_only(const std::string& part, const std::string& text) {
    const std::size_t place = text.find(part);
    if (place == std::string::npos || text.find(part, place + 1) != std::string::npos) {
        throw std::runtime_error("the example for nginx does not have exactly one " + part);
    }
    return place;
}

void replace(std::string& text, const std::string& part, const std::string& other) {
    text.replace(place_of_the_only(part, text), part.size(), other);
}

// A single process of the current user, which leaves nothing running. Paths are relative to the
// prefix; by default, temporary files would be in system directories. Compresses everything it can,
// as many sites do: the example must disable that where it is harmful.
constexpr std::string_view surroundings = R"(daemon off;
master_process off;
pid pid;
error_log stderr;
events {{}}
http {{
access_log off;
gzip on;
gzip_types *;
gzip_proxied any;
gzip_min_length 1;
client_body_temp_path client_body;
proxy_temp_path proxy;
fastcgi_temp_path fastcgi;
uwsgi_temp_path uwsgi;
scgi_temp_path scgi;
{}}}
)";

}  // namespace

std::string nginx_example() {
    std::string example;
    for (const std::string& block :
         fenced_blocks(THREATATLAS_SOURCE_DIRECTORY "/docs/OPERATING.md")) {
        if (block.find("proxy_pass") != std::string::npos) {
            example += block;
        }
    }
    place_of_the_only("proxy_pass", example);
    return example;
}

std::chrono::seconds time_in_example(const std::string& directive) {
    const std::string example = nginx_example();
    const std::string start = " " + directive + " ";
    const std::size_t begin = place_of_the_only(start, example) + start.size();
    const std::string time = example.substr(begin, example.find(';', begin) - begin);
    std::size_t digits = 0;
    const std::chrono::seconds result{std::stoi(time, &digits)};
    if (time.substr(digits) != "s") {
        throw std::runtime_error(time + " is not a number of seconds");
    }
    return result;
}

Nginx::Nginx(int server_port) : port_(free_port()) {
    std::string example = nginx_example();
    replace(example, "server 127.0.0.1:8080;", fmt::format("server 127.0.0.1:{};", server_port));
    replace(example, "listen 443 ", fmt::format("listen 127.0.0.1:{} ", port_));
    replace(example, "/etc/ssl/certs/threatatlas.pem", certificate_.certificate_file());
    replace(example, "/etc/ssl/private/threatatlas.pem", certificate_.key_file());
    std::ofstream(directory_ / "nginx.conf") << fmt::format(surroundings, example);

    ChildOptions options;
    options.arguments = {THREATATLAS_NGINX_PROGRAM, "-e", "stderr", "-p", directory_.path(), "-c",
                         directory_ / "nginx.conf"};
    const MemoryFile nothing;
    child_ = std::make_unique<ChildProcess>(options, nothing.descriptor(), err_.descriptor(),
                                            err_.descriptor());
    wait_until_it_listens();
}

void Nginx::wait_until_it_listens() {
    const auto deadline = std::chrono::steady_clock::now() + wait_limit;
    // nginx writes its process id after it has bound the port.
    while (!std::filesystem::exists(directory_ / "pid")) {
        if (child_->wait_for(std::chrono::milliseconds(5)) ||
            std::chrono::steady_clock::now() > deadline) {
            throw std::runtime_error("nginx does not listen: " + log());
        }
    }
}

}  // namespace threatatlas::testing
