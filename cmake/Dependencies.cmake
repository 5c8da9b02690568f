# Everything comes from the distribution's packages; tools/build.bash names them.
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
# The shared library, which carries RTTI: classes derived from RocksDB's link against it.
pkg_check_modules(rocksdb REQUIRED IMPORTED_TARGET rocksdb>=7.8)
# The allocator of the programs; sanitizers bring their own.
pkg_check_modules(jemalloc REQUIRED IMPORTED_TARGET jemalloc>=5.2)
# The compiled library's macros must be the same in every translation unit: pkg-config carries them.
pkg_check_modules(httplib REQUIRED IMPORTED_TARGET cpp-httplib)
