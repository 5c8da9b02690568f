# cmake -D PROGRAM=... -D SUITES=NAME,... -P check_suites.cmake: fails if the program's outermost
# suites and test cases are not exactly SUITES.
execute_process(COMMAND ${PROGRAM} --list_content --color_output=no
  RESULT_VARIABLE result OUTPUT_VARIABLE content ERROR_VARIABLE content)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} --list_content failed: ${content}")
endif()
string(REGEX MATCHALL "(^|\n)[A-Za-z_][A-Za-z_0-9]*" found "${content}")
string(REPLACE "\n" "" found "${found}")
string(REPLACE "," ";" wanted "${SUITES}")
list(SORT found)
list(SORT wanted)
if(NOT found STREQUAL wanted)
  message(FATAL_ERROR "${PROGRAM} has the suites ${found}, but its files are ${wanted}")
endif()
