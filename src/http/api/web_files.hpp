#pragma once

/// The files of the page, which the build compiles into the program (web/embed.mjs).

#include <span>
#include <string_view>

namespace threatatlas::api {

struct WebFile {
    std::string_view name;  ///< without a folder; needs no escape in a path
    std::string_view content_type;
    std::string_view tag;       ///< a digest of the content, in hex
    std::string_view identity;  ///< the content
    std::string_view gzip;      ///< the content compressed by gzip
};

struct WebFiles {
    WebFile index;
    std::span<const WebFile> assets;  ///< their names change with their content
};

/// Null if the program was built without the page (THREATATLAS_WEB=OFF).
const WebFiles* web_files();

}  // namespace threatatlas::api
