#include "http/api/web_files.hpp"

namespace threatatlas::api {

const WebFiles* web_files() {
    return nullptr;
}

}  // namespace threatatlas::api
