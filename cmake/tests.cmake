# Test programs. None is part of the target `all`; hashlens_KIND_tests builds those of a kind, which is also their label
# (`ctest -L kernel`): module; kernel, for code compiled once per instruction set; plain, for what sanitizers cannot run;
# train.
if(NOT HASHLENS_TESTS)
  function(hashlens_test)
  endfunction()
  return()
endif()
find_package(GTest REQUIRED)
foreach(kind module kernel plain train)
  add_custom_target(hashlens_${kind}_tests)
endforeach()

# TBB, inside OpenVINO, must not load itself with RTLD_DEEPBIND under the address sanitizer.
set(hashlens_test_environment TBB_ENABLE_SANITIZERS=1)

# Where the tests find things (src/base/test_paths.h). In a file of its own, so that all others are the same in every clone.
set(hashlens_test_model_dir ${CMAKE_BINARY_DIR}/test-model)
configure_file(${CMAKE_CURRENT_LIST_DIR}/test_paths.cc.in ${CMAKE_BINARY_DIR}/test_paths.cc @ONLY)
add_library(hashlens_test_paths STATIC EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/test_paths.cc)
target_link_libraries(hashlens_test_paths PUBLIC hashlens_flags)

# hashlens_test(NAME TESTS a_test.cc LIBRARIES x y [KIND kernel|plain|train] [SHARDS n]) makes the test program hashlens_NAME_test. ctest
# runs it as one entry, or as n that share its cases; a failure shows the cases' names.
function(hashlens_test name)
  cmake_parse_arguments(ARG "" "KIND;SHARDS" "TESTS;LIBRARIES" ${ARGN})
  set(kind module)
  if(ARG_KIND)
    set(kind ${ARG_KIND})
  endif()
  set(shards 1)
  if(ARG_SHARDS)
    set(shards ${ARG_SHARDS})
  endif()
  add_executable(hashlens_${name}_test EXCLUDE_FROM_ALL ${ARG_TESTS})
  target_link_libraries(hashlens_${name}_test PRIVATE ${ARG_LIBRARIES} hashlens_test_paths GTest::gtest_main)
  add_dependencies(hashlens_${kind}_tests hashlens_${name}_test)
  add_dependencies(hashlens_${name}_test hashlens-decode)  # pictures are read by it
  hashlens_units(hashlens_${name}_test)
  foreach(shard RANGE 1 ${shards})
    set(test ${kind}.${name})
    set(share)
    if(shards GREATER 1)
      string(APPEND test ".${shard}")
      math(EXPR index "${shard} - 1")
      set(share GTEST_TOTAL_SHARDS=${shards} GTEST_SHARD_INDEX=${index})
    endif()
    add_test(NAME ${test} COMMAND hashlens_${name}_test)
    if(shards GREATER 1)
      set_tests_properties(${test} PROPERTIES COST 60)  # seconds, about: the long ones begin first
    endif()
    set_tests_properties(${test} PROPERTIES LABELS ${kind} TIMEOUT 1200
      ENVIRONMENT "${hashlens_test_environment};${share}"
      ENVIRONMENT_MODIFICATION LSAN_OPTIONS=set:suppressions=${CMAKE_SOURCE_DIR}/tests/lsan.supp:print_suppressions=0)
  endforeach()
endfunction()
