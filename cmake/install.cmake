# What `cmake --install BUILD --prefix P` puts below P; the prefix is in no file, so P may be moved as a whole.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/hashlens)

install(TARGETS hashlens RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
if(HASHLENS_TRAIN)
  install(TARGETS hashlens-train RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(TARGETS hashlens_shared EXPORT hashlens LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/hashlens DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

install(EXPORT hashlens FILE hashlensTargets.cmake NAMESPACE hashlens:: DESTINATION ${package_dir})
configure_package_config_file(cmake/hashlensConfig.cmake.in ${CMAKE_BINARY_DIR}/package/hashlensConfig.cmake
  INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/hashlensConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/package/hashlensConfig.cmake ${CMAKE_BINARY_DIR}/package/hashlensConfigVersion.cmake
  DESTINATION ${package_dir})

file(RELATIVE_PATH prefix_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" prefix_from_pc ${prefix_from_pc})
configure_file(cmake/hashlens.pc.in ${CMAKE_BINARY_DIR}/package/hashlens.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/package/hashlens.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# The models that `make model` made, where the program and the library look for them.
install(DIRECTORY ${CMAKE_BINARY_DIR}/share/hashlens DESTINATION share OPTIONAL)
install(FILES LICENSE NOTICE.md README.md DESTINATION share/doc/hashlens)
