// How the programs' memory is kept, read by jemalloc (jemalloc(3), TUNING) before main() begins.
// A page that is touched for the first time is what bulk writes and folds wait for most:
//   thp:always            pages of 2 MiB, where the system gives them to who asks
//   dirty_decay_ms        what was freed is given back when nobody wanted it for half a minute
//   muzzy_decay_ms        ... and at once for good
//   background_thread     ... also where nothing goes on any more
//   narenas               each keeps what a bulk write needed: more would keep it many times over

extern "C" const char* malloc_conf;
const char* malloc_conf =
    "thp:always,narenas:2,dirty_decay_ms:30000,muzzy_decay_ms:0,"
    "background_thread:true";
