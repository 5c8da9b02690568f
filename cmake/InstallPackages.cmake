# Installs the npm packages of the lock file in DIRECTORY with NPM, unless they are installed already.
file(SHA256 ${DIRECTORY}/package-lock.json wanted)
set(stamp ${DIRECTORY}/node_modules/.installed)
if(EXISTS ${stamp})
  file(READ ${stamp} installed)
  if(installed STREQUAL wanted)
    return()
  endif()
endif()

# Install scripts are disabled: none of these packages needs one.
execute_process(
  COMMAND ${NPM} ci --include=dev --ignore-scripts --no-audit --no-fund
  WORKING_DIRECTORY ${DIRECTORY}
  RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "npm ci failed in ${DIRECTORY}: is there an npm registry that it can reach?")
endif()
file(WRITE ${stamp} ${wanted})
