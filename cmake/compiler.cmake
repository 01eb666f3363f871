# How this project is compiled by default: -O2 (kernels ask for more, cmake/units.cmake), a compiler cache and a quick linker where
# they are installed.
option(HASHLENS_CCACHE "Use ccache when it is installed" ON)
option(HASHLENS_LLD "Link with lld when it is installed" ON)

if(CMAKE_CXX_FLAGS_RELEASE STREQUAL "-O3 -DNDEBUG")
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
endif()

# ccache in its usual folder, which outlives a clone. Paths are relative to the clone, so that the next clone finds what this one compiled.
find_program(HASHLENS_CCACHE_PROGRAM ccache)
if(HASHLENS_CCACHE AND HASHLENS_CCACHE_PROGRAM AND (NOT CMAKE_CXX_COMPILER_LAUNCHER OR CMAKE_CXX_COMPILER_LAUNCHER MATCHES "(^|/)ccache$"))
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros ${HASHLENS_CCACHE_PROGRAM})
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endif()
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)

# Not with flags of one's own for linking: GCC's link-time optimisation does not work with lld.
find_program(HASHLENS_LLD_PROGRAM ld.lld)
set(all_flags "${CMAKE_CXX_FLAGS} ${CMAKE_EXE_LINKER_FLAGS} ${CMAKE_SHARED_LINKER_FLAGS} $ENV{LDFLAGS}")
if(HASHLENS_LLD AND HASHLENS_LLD_PROGRAM AND NOT all_flags MATCHES "-flto|-fuse-ld" AND NOT CMAKE_INTERPROCEDURAL_OPTIMIZATION)
  add_link_options(-fuse-ld=lld)
endif()

# hashlens_auto_option(NAME TEXT FOUND): AUTO, ON or OFF in the cache; AUTO, the default, is what FOUND says at each configuration.
macro(hashlens_auto_option name text found)
  set(${name} AUTO CACHE STRING "${text}: AUTO, ON or OFF")
  if(${name} STREQUAL "AUTO")
    set(${name} ${found})
  endif()
endmacro()
