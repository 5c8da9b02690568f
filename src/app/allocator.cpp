// jemalloc settings of the programs; jemalloc reads them before main() begins (jemalloc(3),
// TUNING). Bulk writes and folds spend most of their waiting time on the first access to a page:
//   thp:always            pages of 2 MiB, if the system offers them to applications
//   dirty_decay_ms        freed pages are released after half a minute without use
//   muzzy_decay_ms        ... and then returned to the system at once
//   background_thread     ... also while the program is idle
//   narenas               each arena keeps the memory of a bulk write, so more arenas keep more

extern "C" const char* malloc_conf;
const char* malloc_conf =
    "thp:always,narenas:2,dirty_decay_ms:30000,muzzy_decay_ms:0,"
    "background_thread:true";
