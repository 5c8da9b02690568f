# Builds the page of SOURCE and writes its files as the C++ source OUTPUT. Node.js looks for packages
# beside the importing file, so everything happens in STAGE, a copy of SOURCE in the build directory.
# NODE and NPM are the programs, OPENAPI is the description of the API.
file(GLOB previous ${STAGE}/*)
list(FILTER previous EXCLUDE REGEX "/node_modules$")
if(previous)
  file(REMOVE_RECURSE ${previous})
endif()
file(COPY ${SOURCE}/ DESTINATION ${STAGE}
  PATTERN node_modules EXCLUDE PATTERN generated EXCLUDE PATTERN dist EXCLUDE
  PATTERN CMakeLists.txt EXCLUDE)

set(DIRECTORY ${STAGE})
include(${CMAKE_CURRENT_LIST_DIR}/InstallPackages.cmake)

execute_process(
  COMMAND ${NODE} build.mjs --out dist --openapi ${OPENAPI}
  WORKING_DIRECTORY ${STAGE}
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(
  COMMAND ${NODE} embed.mjs dist ${OUTPUT}
  WORKING_DIRECTORY ${STAGE}
  COMMAND_ERROR_IS_FATAL ANY)
