# What of OpenVINO is installed with hashlens: Debian has no package of it, and the wheel that it was built with may go.
# lib/hashlens takes the runtime, what reads networks, and the devices that are named here (intel_gpu and intel_npu too
# where the machine has them).
set(HASHLENS_OPENVINO_PLUGINS intel_cpu auto auto_batch hetero CACHE STRING "Devices of OpenVINO that are installed")
set(private_dir ${CMAKE_INSTALL_LIBDIR}/hashlens)

get_target_property(openvino_library openvino::runtime IMPORTED_LOCATION_RELEASE)
get_filename_component(openvino_libraries ${openvino_library} DIRECTORY)
set(openvino_patterns libopenvino.so.* libopenvino_ir_frontend.so.* libopenvino_onnx_frontend.so.* libtbb*.so.* libhwloc.so.*)
foreach(plugin IN LISTS HASHLENS_OPENVINO_PLUGINS)
  list(APPEND openvino_patterns libopenvino_${plugin}_plugin.so)
endforeach()
set(openvino_files)
foreach(pattern IN LISTS openvino_patterns)
  file(GLOB found ${openvino_libraries}/${pattern})
  list(APPEND openvino_files ${found})
endforeach()
list(FILTER openvino_files EXCLUDE REGEX tbbmalloc_proxy)
# What searches by words need; a wheel of its own.
file(GLOB tokenizers ${openvino_libraries}/../../openvino_tokenizers/lib/libopenvino_tokenizers.so)
list(APPEND openvino_files ${tokenizers})

# The wheel is complete by itself; another installation of OpenVINO, which has TBB elsewhere, is used where it is.
if(EXISTS ${openvino_libraries}/libtbb.so.12)
  set(bundled ON)
else()
  set(bundled OFF)
  message(STATUS "OpenVINO is not from its wheel: what is installed uses ${openvino_libraries}")
endif()
option(HASHLENS_BUNDLE_OPENVINO "Install OpenVINO's runtime with hashlens" ${bundled})

if(HASHLENS_BUNDLE_OPENVINO)
  file(RELATIVE_PATH private_from_programs /${CMAKE_INSTALL_BINDIR} /${private_dir})
  set(CMAKE_INSTALL_RPATH $ORIGIN/${private_from_programs} $ORIGIN/hashlens)  # programs; libhashlens.so
  install(FILES ${openvino_files} DESTINATION ${private_dir} COMPONENT program)
  file(GLOB openvino_licences ${openvino_libraries}/../../openvino-*.dist-info/licenses)
  if(openvino_licences)
    install(DIRECTORY ${openvino_licences}/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/openvino COMPONENT program)
  endif()
  file(GLOB tokenizers_licences ${openvino_libraries}/../../openvino_tokenizers-*.dist-info/LICENSE
    ${openvino_libraries}/../../openvino_tokenizers-*.dist-info/third-party-programs.txt)
  install(FILES ${tokenizers_licences} DESTINATION ${CMAKE_INSTALL_DOCDIR}/openvino_tokenizers COMPONENT program)
else()
  # By name: it may lie below the source folder, of which CMake takes no path.
  set(CMAKE_INSTALL_RPATH ${openvino_libraries})
endif()

# A libtorch of one's own, outside of where the system looks.
if(HASHLENS_TRAIN)
  get_filename_component(torch_libraries ${TORCH_LIBRARY} DIRECTORY)
  if(NOT torch_libraries IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
    list(APPEND CMAKE_INSTALL_RPATH ${torch_libraries})
  endif()
endif()
