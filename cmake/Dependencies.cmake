# All dependencies are packages of the distribution; tools/build.bash lists them.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(simdjson 3.0 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(pugixml 1.13 REQUIRED)
pkg_check_modules(libzip REQUIRED IMPORTED_TARGET libzip>=1.7)
pkg_check_modules(yaml_cpp REQUIRED IMPORTED_TARGET yaml-cpp>=0.7)
# The shared library, because it contains RTTI, which our classes derived from RocksDB's need.
pkg_check_modules(rocksdb REQUIRED IMPORTED_TARGET rocksdb>=7.8)
# The allocator of the programs; sanitized builds use the sanitizer's.
pkg_check_modules(jemalloc REQUIRED IMPORTED_TARGET jemalloc>=5.2)
# Macros must be the same as in the compiled library, in every translation unit: pkg-config sets them.
pkg_check_modules(httplib REQUIRED IMPORTED_TARGET cpp-httplib)
