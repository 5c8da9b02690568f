#pragma once

/// The peer of the gate: unmodified cpp-httplib with a fixed response. Its rate is the limit set by
/// the library itself.

#include <cstddef>

namespace threatatlas::bench {

/// Serves on 127.0.0.1 until the process is killed. Configured fairly: without Nagle's algorithm,
/// with unlimited keep-alive, and with one worker per connection, as the library requires.
int serve_fixed_answer(int port, std::size_t body_bytes, std::size_t connections);

}  // namespace threatatlas::bench
