# What `cmake --install BUILD --prefix P` puts below P; the prefix is in no file, so P may be moved as a whole. Of the components
# cmake/package.cmake makes packages: program, train, development; generic and debian are for one kind of installation each.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/hashlens)

install(TARGETS hashlens RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
# Not for people: the program and the library find it (src/image/decode_program.cc).
install(TARGETS hashlens-decode RUNTIME DESTINATION libexec/hashlens COMPONENT program)
if(HASHLENS_TRAIN)
  install(TARGETS hashlens-train RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT train)
endif()
install(TARGETS hashlens_shared EXPORT hashlens LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  COMPONENT program NAMELINK_COMPONENT development)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/hashlens DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
  FILES_MATCHING PATTERN "*.h")

install(EXPORT hashlens FILE hashlensTargets.cmake NAMESPACE hashlens:: DESTINATION ${package_dir} COMPONENT development)
configure_package_config_file(cmake/hashlensConfig.cmake.in ${CMAKE_BINARY_DIR}/package/hashlensConfig.cmake
  INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/hashlensConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/package/hashlensConfig.cmake ${CMAKE_BINARY_DIR}/package/hashlensConfigVersion.cmake
  DESTINATION ${package_dir} COMPONENT development)

file(RELATIVE_PATH prefix_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" prefix_from_pc ${prefix_from_pc})
configure_file(cmake/hashlens.pc.in ${CMAKE_BINARY_DIR}/package/hashlens.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/package/hashlens.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

# The models that `make model` made, where the program and the library look for them.
install(DIRECTORY ${CMAKE_BINARY_DIR}/share/hashlens DESTINATION share COMPONENT program OPTIONAL PATTERN backbones EXCLUDE)
install(DIRECTORY ${CMAKE_BINARY_DIR}/share/hashlens/backbones DESTINATION share/hashlens COMPONENT train OPTIONAL)

# The texts, where README.md's links lead.
set(doc_dir share/doc/hashlens)
install(FILES LICENSE NOTICE.md README.md CHANGELOG.md CONTRIBUTING.md DESTINATION ${doc_dir} COMPONENT program)
file(GLOB doc_files ${CMAKE_SOURCE_DIR}/docs/*)
list(FILTER doc_files EXCLUDE REGEX "/runs$")
foreach(file IN LISTS doc_files)
  if(IS_DIRECTORY ${file})
    install(DIRECTORY ${file} DESTINATION ${doc_dir}/docs COMPONENT program)
  else()
    install(FILES ${file} DESTINATION ${doc_dir}/docs COMPONENT program)
  endif()
endforeach()
# As an example: whoever wants a service copies it to /etc/systemd/system.
install(FILES packaging/hashlens.service DESTINATION ${doc_dir}/examples COMPONENT program)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/examples DESTINATION ${doc_dir} COMPONENT program USE_SOURCE_PERMISSIONS)
