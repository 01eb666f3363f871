# Debian packages, made by `make deb` (cpack -G DEB) from what is installed: hashlens, hashlens-train with libtorch, and
# libhashlens-dev. The version is the project's, from CMakeLists.txt.
set(HASHLENS_MAINTAINER "hashlens <maintainers@hashlens.invalid>" CACHE STRING "Who answers for the Debian packages: NAME <ADDRESS>")

# What Debian wants to know beside the program: copyright and changelogs, compressed.
set(debian_dir ${CMAKE_BINARY_DIR}/debian)
find_program(GZIP_PROGRAM gzip REQUIRED)
file(TIMESTAMP ${CMAKE_SOURCE_DIR}/CHANGELOG.md changed "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(packaging/debian/changelog.in ${debian_dir}/changelog.Debian @ONLY)
configure_file(CHANGELOG.md ${debian_dir}/changelog COPYONLY)
execute_process(COMMAND ${GZIP_PROGRAM} -9 -n -k -f ${debian_dir}/changelog.Debian ${debian_dir}/changelog COMMAND_ERROR_IS_FATAL ANY)
foreach(package hashlens hashlens-train libhashlens-dev)
  string(MAKE_C_IDENTIFIER debian_${package} component)
  if(package STREQUAL hashlens)
    set(component debian)
  endif()
  install(FILES ${CMAKE_SOURCE_DIR}/packaging/debian/copyright ${debian_dir}/changelog.Debian.gz
    DESTINATION share/doc/${package} COMPONENT ${component} EXCLUDE_FROM_ALL)
endforeach()
install(FILES ${debian_dir}/changelog.gz DESTINATION share/doc/hashlens COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${CMAKE_SOURCE_DIR}/packaging/debian/hashlens.lintian-overrides DESTINATION share/lintian/overrides RENAME hashlens
  COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${CMAKE_SOURCE_DIR}/packaging/debian/hashlens-train.lintian-overrides DESTINATION share/lintian/overrides
  RENAME hashlens-train COMPONENT debian_hashlens_train EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME hashlens)
set(CPACK_PACKAGE_CONTACT ${HASHLENS_MAINTAINER})
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 0)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_COMPONENTS_ALL program debian development debian_libhashlens_dev)
if(HASHLENS_TRAIN)
  list(APPEND CPACK_COMPONENTS_ALL train debian_hashlens_train)
endif()
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)

# What dpkg-shlibdeps finds in the binaries is added; OpenVINO is searched for where the build found it and belongs to no package.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${openvino_libraries})
set(same_version "hashlens (= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})")

# For packages that are built against the library.
get_target_property(so_version hashlens_shared SOVERSION)
file(WRITE ${debian_dir}/shlibs "libhashlens ${so_version} ${same_version}\n")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME hashlens)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS hashlens-train)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_CONTROL_EXTRA ${debian_dir}/shlibs ${CMAKE_SOURCE_DIR}/packaging/debian/triggers)
set(CPACK_DEBIAN_TRAIN_PACKAGE_NAME hashlens-train)
set(CPACK_DEBIAN_TRAIN_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_TRAIN_PACKAGE_DEPENDS ${same_version})
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libhashlens-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS ${same_version})


# The one-line summary of each is the project's description.
set(CPACK_DEBIAN_PROGRAM_DESCRIPTION "Turns every picture into a short binary code that a neural network makes,
finds the nearest codes exactly, and puts the best in order by the full
feature vector. Works on one machine, without a GPU; a library survives
crashes and can be moved.
.
OpenVINO's runtime for CPUs and a network are included.")
set(CPACK_DEBIAN_TRAIN_DESCRIPTION "What `hashlens train` runs: learns a network and codes from pictures with
labels, with libtorch, beginning with the weights that are included.")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "Headers of libhashlens for C++ programs, with its CMake package and its
pkg-config file. The library itself is in the package hashlens.")

include(CPack)
foreach(group program train development)
  cpack_add_component_group(${group})
endforeach()
cpack_add_component(program GROUP program)
cpack_add_component(debian GROUP program)
cpack_add_component(train GROUP train)
cpack_add_component(debian_hashlens_train GROUP train)
cpack_add_component(development GROUP development)
cpack_add_component(debian_libhashlens_dev GROUP development)
