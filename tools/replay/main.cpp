// threatatlas-replay, the command line tool for operators and auditors. All answers are computed
// from the event lines alone.

#include <iostream>
#include <sys/stat.h>

#include "base/abort_message.hpp"
#include "base/open_file_limit.hpp"
#include "base/write_failures.hpp"
#include "events/event_line.hpp"
#include "events/store/errors.hpp"
#include "projections/audit/log_import.hpp"
#include "projections/fold.hpp"
#include "replay/commands.hpp"
#include "replay/errors.hpp"
#include "replay/options.hpp"
#include "replay/signals.hpp"

namespace threatatlas::replay {
namespace {

int complain(ExitCode code, const std::exception& error) {
    std::cerr << "threatatlas-replay: " << error.what() << '\n';
    return static_cast<int>(code);
}

int run(int count, char** arguments) {
    catch_signals();
    try {
        const auto options = parse_options(count, arguments);
        return options ? static_cast<int>(run_command(*options)) : 0;
    } catch (const Stopped& stopped) {
        end_by_signal(stopped.signal);
    } catch (const UsageError& error) {
        return complain(ExitCode::usage, error);
    } catch (const std::exception& error) {
        return complain(ExitCode::cannot_read, error);
    }
}

}  // namespace
}  // namespace threatatlas::replay

int main(int count, char** arguments) {
    if (!threatatlas::base::occupy_standard_descriptors()) {
        return static_cast<int>(threatatlas::replay::ExitCode::cannot_read);
    }
    threatatlas::base::set_abort_message(
        "threatatlas-replay: an internal check failed in the program or in RocksDB; the line above "
        "names it. If it happens again, a file of the data is damaged: restore a backup.\n");
    threatatlas::base::ignore_write_signals();
    threatatlas::base::raise_open_file_limit();
    // Outputs contain confidential data: threats and, after an import, token digests.
    ::umask(S_IRWXG | S_IRWXO);
    return threatatlas::replay::run(count, arguments);
}
