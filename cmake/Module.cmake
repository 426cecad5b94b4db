# redis_pki_module(NAME ROW n SOURCES … [MODULES …] [LIBRARIES …] [TESTS …])
#
# Declares the module in the current folder, from which follow
#   - the static library redis-pki::NAME, whose headers are included as "NAME/…";
#   - its layering test: it includes only the modules named in MODULES, and only the third-party
#     headers that belong to LIBRARIES (cmake/CheckLayering.cmake);
#   - its unit tests, tests/unit/NAME/<TESTS>, in one executable.
# MODULES must be of lower rows; configuring fails if one is not.

set(REDIS_PKI_SANITIZE "" CACHE STRING "value for -fsanitize=, for example address,undefined")

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(redis_pki_flags INTERFACE)
target_compile_options(redis_pki_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
  -Wno-missing-field-initializers)  # a designated initializer names what differs from the default
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarm of GCC 12 on concatenated strings: https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105651
  target_compile_options(redis_pki_flags INTERFACE -Wno-restrict)
endif()
target_compile_definitions(redis_pki_flags INTERFACE OPENSSL_NO_DEPRECATED OPENSSL_API_COMPAT=30000)
if(REDIS_PKI_SANITIZE)
  # Without debug information but lines, and without the checks that are most of a binary's size (a null pointer
  # stops it as well): both halve the time to compile, and to start.
  target_compile_options(redis_pki_flags INTERFACE
    -fsanitize=${REDIS_PKI_SANITIZE} -fno-sanitize=null,alignment,vptr -fno-omit-frame-pointer
    -fno-sanitize-recover=all -O0 -g1)
  target_link_options(redis_pki_flags INTERFACE -fsanitize=${REDIS_PKI_SANITIZE})
endif()

function(redis_pki_module NAME)
  cmake_parse_arguments(ARG "" "ROW" "SOURCES;MODULES;LIBRARIES;TESTS" ${ARGN})

  foreach(module IN LISTS ARG_MODULES)
    get_property(row GLOBAL PROPERTY REDIS_PKI_ROW_${module})
    if(NOT DEFINED row OR row GREATER_EQUAL ARG_ROW)
      message(FATAL_ERROR "module ${NAME} (row ${ARG_ROW}) may not use ${module} (row ${row})")
    endif()
  endforeach()
  set_property(GLOBAL PROPERTY REDIS_PKI_ROW_${NAME} ${ARG_ROW})

  add_library(redis_pki_${NAME} STATIC ${ARG_SOURCES})
  add_library(redis-pki::${NAME} ALIAS redis_pki_${NAME})
  target_include_directories(redis_pki_${NAME} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
  list(TRANSFORM ARG_MODULES PREPEND redis-pki:: OUTPUT_VARIABLE modules)
  target_link_libraries(redis_pki_${NAME} PUBLIC ${modules} ${ARG_LIBRARIES} PRIVATE redis_pki_flags)

  list(JOIN ARG_MODULES "," allowed_modules)
  list(JOIN ARG_LIBRARIES "," allowed_libraries)
  add_test(NAME Layering.${NAME}
    COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR} -DMODULE=${NAME}
            -DMODULES=${allowed_modules} -DLIBRARIES=${allowed_libraries}
            -P ${PROJECT_SOURCE_DIR}/cmake/CheckLayering.cmake)

  if(ARG_TESTS)
    list(TRANSFORM ARG_TESTS PREPEND ${PROJECT_SOURCE_DIR}/tests/unit/${NAME}/)
    add_executable(${NAME}_test ${ARG_TESTS})
    target_link_libraries(${NAME}_test PRIVATE redis_pki_${NAME} redis_pki_flags redis_pki_testing GTest::gtest_main)
    gtest_discover_tests(${NAME}_test DISCOVERY_TIMEOUT 60)
  endif()
endfunction()

# What unit tests of several modules share.
add_library(redis_pki_testing INTERFACE)
target_include_directories(redis_pki_testing INTERFACE ${PROJECT_SOURCE_DIR}/tests/unit)
