# How this project is compiled where nobody says otherwise: -O2 (kernels ask for more, cmake/units.cmake), a compiler cache and a
# quick linker where they are installed.
if(CMAKE_CXX_FLAGS_RELEASE STREQUAL "-O3 -DNDEBUG")
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
endif()

# ccache in its usual folder, which outlives a clone. What is compiled is the same in every clone, as paths are relative to this one.
find_program(HASHLENS_CCACHE ccache)
if(HASHLENS_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros ${HASHLENS_CCACHE})
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endif()
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)

find_program(HASHLENS_LLD ld.lld)
if(HASHLENS_LLD)
  add_link_options(-fuse-ld=lld)
endif()
