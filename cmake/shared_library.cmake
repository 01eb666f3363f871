# libhashlens.so: what include/hashlens declares, for other programs (docs/cpp_api.md). It is made of the modules' own objects.
# Without libtorch: there, the functions of train.h answer kUnsupported. The target `hashlens` is the program.
add_library(hashlens_shared SHARED)
add_library(hashlens::hashlens ALIAS hashlens_shared)
foreach(module base source data image model hash index store library exchange eval train_missing)
  target_sources(hashlens_shared PRIVATE $<TARGET_OBJECTS:hashlens_${module}>)
endforeach()
# For the libraries that the modules need.
target_link_libraries(hashlens_shared PRIVATE hashlens_eval hashlens_exchange hashlens_train_missing)

set(exports ${CMAKE_CURRENT_LIST_DIR}/exports.map)
target_link_options(hashlens_shared PRIVATE -Wl,--version-script=${exports})
if(NOT HASHLENS_SANITIZE)  # the sanitizers' own symbols are in the program
  target_link_options(hashlens_shared PRIVATE -Wl,--no-undefined)
endif()
# Threads of it may be there until the program ends.
target_link_options(hashlens_shared PRIVATE -Wl,-z,nodelete)
add_dependencies(hashlens_shared hashlens-decode)
target_include_directories(hashlens_shared INTERFACE
  $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(hashlens_shared INTERFACE cxx_std_20)

# Before 1.0 every minor version may change the interface, and has a name of its own.
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(so_version ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
else()
  set(so_version ${PROJECT_VERSION_MAJOR})
endif()
set_target_properties(hashlens_shared PROPERTIES
  OUTPUT_NAME hashlens EXPORT_NAME hashlens LINKER_LANGUAGE CXX LINK_DEPENDS ${exports}
  VERSION ${PROJECT_VERSION} SOVERSION ${so_version}
  LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
