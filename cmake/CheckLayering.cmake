cmake_minimum_required(VERSION 3.25)

# Fails when a source of MODULE includes a module that is not in MODULES, or a third-party header whose
# library is not in LIBRARIES. Run by the tests Layering.<module>.

string(REPLACE "," ";" MODULES "${MODULES}")
string(REPLACE "," ";" LIBRARIES "${LIBRARIES}")

# header prefix | the libraries that allow it
set(third_party
  "openssl/|OpenSSL::Crypto OpenSSL::SSL"
  "sqlite3.h|SQLite::SQLite3"
  "nlohmann/|nlohmann_json::nlohmann_json"
  "CLI/|CLI11::CLI11"
  "toml++/|tomlplusplus::tomlplusplus"
  "yaml-cpp/|yaml-cpp"
  "idn2.h|PkgConfig::libidn2"
  "curl/|CURL::libcurl"
  "httplib.h|PkgConfig::cpp-httplib")

function(is_allowed header result)
  foreach(entry IN LISTS third_party)
    string(REPLACE "|" ";" pair "${entry}")
    list(GET pair 0 prefix)
    list(GET pair 1 libraries)
    string(REPLACE " " ";" libraries "${libraries}")
    string(FIND "${header}" "${prefix}" at)
    if(at EQUAL 0)
      foreach(library IN LISTS libraries)
        if(library IN_LIST LIBRARIES)
          set(${result} TRUE PARENT_SCOPE)
          return()
        endif()
      endforeach()
      # Names without definitions: what a public header needs to speak of an OpenSSL type.
      if(header STREQUAL "openssl/types.h")
        set(${result} TRUE PARENT_SCOPE)
        return()
      endif()
      set(${result} FALSE PARENT_SCOPE)
      return()
    endif()
  endforeach()
  set(${result} TRUE PARENT_SCOPE)
endfunction()

set(failures "")
file(GLOB_RECURSE sources ${ROOT}/${MODULE}/*.h ${ROOT}/${MODULE}/*.cc)
foreach(source IN LISTS sources)
  file(STRINGS ${source} includes REGEX "^[ \t]*#[ \t]*include[ \t]+[\"<]")
  foreach(line IN LISTS includes)
    string(REGEX REPLACE "^[^\"<]*[\"<]([^\">]*)[\">].*" "\\1" header "${line}")
    if(line MATCHES "\"")
      string(REGEX REPLACE "/.*" "" included "${header}")
      if(NOT included STREQUAL MODULE AND NOT included IN_LIST MODULES)
        string(APPEND failures "${source}: \"${header}\": ${MODULE} does not link ${included}\n")
      endif()
    else()
      is_allowed("${header}" allowed)
      if(NOT allowed)
        string(APPEND failures "${source}: <${header}>: ${MODULE} does not link its library\n")
      endif()
    endif()
  endforeach()
endforeach()
if(failures)
  message(FATAL_ERROR "forbidden includes:\n${failures}")
endif()
message(STATUS "${MODULE} includes only what it links")
