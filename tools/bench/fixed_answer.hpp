#pragma once

// The gate's peer: cpp-httplib as it comes, answering a fixed string. What it reaches is what the
// library costs by itself.

#include <cstddef>

namespace threatatlas::bench {

// Serves on 127.0.0.1 until the process is ended. The settings are the fair ones: no Nagle, kept
// connections without an end, and a worker for each connection, which is how the library works.
int serve_fixed_answer(int port, std::size_t body_bytes, std::size_t connections);

}  // namespace threatatlas::bench
