# Warnings and sanitizers, for every target of ours.
add_library(hashlens_flags INTERFACE)
target_compile_options(hashlens_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion)
# g++ 12 sees overlaps that are not there in std::string's operator+ (its bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(hashlens_flags INTERFACE -Wno-restrict)
endif()
if(HASHLENS_WERROR)
  target_compile_options(hashlens_flags INTERFACE -Werror)
endif()
if(HASHLENS_SANITIZE)
  target_compile_options(hashlens_flags INTERFACE -fsanitize=${HASHLENS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(hashlens_flags INTERFACE -fsanitize=${HASHLENS_SANITIZE})
  # With -Og and sanitizers g++ 12 takes std::stop_source for unset while it is being made.
  target_compile_options(hashlens_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()
target_include_directories(hashlens_flags INTERFACE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(hashlens_flags INTERFACE Threads::Threads)

# hashlens_module(NAME SOURCES a.cc b.cc LIBRARIES x y [TESTS a_test.cc] [TEST_LIBRARIES z] [TEST_SHARDS n])
# makes the static library hashlens_NAME, and hashlens_NAME_test from the tests beside the sources.
function(hashlens_module name)
  cmake_parse_arguments(ARG "" "TEST_SHARDS" "SOURCES;LIBRARIES;TESTS;TEST_LIBRARIES" ${ARGN})
  add_library(hashlens_${name} STATIC ${ARG_SOURCES})
  # For libhashlens.so, which is made of the same objects; nobody replaces our functions, so calls within a file stay direct.
  set_target_properties(hashlens_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_compile_options(hashlens_${name} PRIVATE -fno-semantic-interposition)
  target_link_libraries(hashlens_${name} PUBLIC hashlens_flags ${ARG_LIBRARIES})
  hashlens_units(hashlens_${name})
  if(ARG_TESTS)
    hashlens_test(${name} TESTS ${ARG_TESTS} LIBRARIES hashlens_${name} ${ARG_TEST_LIBRARIES} SHARDS ${ARG_TEST_SHARDS})
  endif()
endfunction()
