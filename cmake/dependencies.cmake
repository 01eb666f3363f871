# Every library that hashlens links. tools/setup.sh installs them; with --train libtorch, with --tests what tests need.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(nlohmann_json REQUIRED)
if(NOT HASHLENS_PYTHON)
  find_package(CLI11 REQUIRED)
  find_package(fmt REQUIRED)
endif()
find_package(Protobuf REQUIRED)
pkg_check_modules(glib REQUIRED IMPORTED_TARGET glib-2.0)  # comes with libvips
pkg_check_modules(isal REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(jpeg REQUIRED IMPORTED_TARGET libjpeg)
pkg_check_modules(turbojpeg REQUIRED IMPORTED_TARGET libturbojpeg)
pkg_check_modules(vips REQUIRED IMPORTED_TARGET vips gmodule-2.0)  # linked into hashlens-decode alone, and into tests
pkg_check_modules(seccomp REQUIRED IMPORTED_TARGET libseccomp)     # the same
# What hashlens-decode alone links beside libvips.
pkg_check_modules(openjpeg REQUIRED IMPORTED_TARGET libopenjp2)
pkg_check_modules(tiff REQUIRED IMPORTED_TARGET libtiff-4)
pkg_check_modules(openexr REQUIRED IMPORTED_TARGET OpenEXR)
pkg_check_modules(avif REQUIRED IMPORTED_TARGET libavif)
pkg_check_modules(jxl REQUIRED IMPORTED_TARGET libjxl)
pkg_check_modules(raw REQUIRED IMPORTED_TARGET libraw)
pkg_check_modules(zlib REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(exif REQUIRED IMPORTED_TARGET libexif)
pkg_check_modules(sqlite REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(hwy REQUIRED IMPORTED_TARGET libhwy libhwy-contrib)
pkg_check_modules(eigen REQUIRED IMPORTED_TARGET eigen3)
pkg_check_modules(openblas REQUIRED IMPORTED_TARGET openblas)
pkg_check_modules(lmdb REQUIRED IMPORTED_TARGET lmdb)
pkg_check_modules(snappy REQUIRED IMPORTED_TARGET snappy)
pkg_search_module(hdf5 REQUIRED IMPORTED_TARGET hdf5-serial hdf5)  # Debian's name, and upstream's

# The Python package is built by an interpreter that has nanobind and OpenVINO (pyproject.toml).
if(HASHLENS_PYTHON)
  find_package(Python 3.11 REQUIRED COMPONENTS Interpreter Development.Module)
  # Each time anew: pip makes an environment for each build.
  execute_process(COMMAND ${Python_EXECUTABLE} -c
    "import importlib.util as u; print(u.find_spec('openvino').submodule_search_locations[0] + '/cmake')"
    OUTPUT_STRIP_TRAILING_WHITESPACE OUTPUT_VARIABLE OpenVINO_DIR COMMAND_ERROR_IS_FATAL ANY)
endif()

# OpenVINO comes in its Python wheel, which carries headers, libraries and a CMake package.
if(NOT OpenVINO_DIR)
  file(GLOB openvino_cmake ${HASHLENS_DEPS_DIR}/venv/lib/python3*/site-packages/openvino/cmake)
  if(NOT openvino_cmake)
    message(FATAL_ERROR "OpenVINO is not in ${HASHLENS_DEPS_DIR}/venv: run tools/setup.sh first")
  endif()
  set(OpenVINO_DIR ${openvino_cmake} CACHE PATH "Folder of OpenVINOConfig.cmake")
endif()
find_package(OpenVINO REQUIRED COMPONENTS Runtime)

# libtorch, only for training.
if(HASHLENS_TRAIN)
  find_package(Torch QUIET)
  if(NOT Torch_FOUND)
    message(FATAL_ERROR "HASHLENS_TRAIN is ON without libtorch: run tools/setup.sh --train, or name its folder in Torch_DIR")
  endif()
  # at::parallel_for is a template: without this option it would use one thread.
  find_package(OpenMP REQUIRED COMPONENTS CXX)
  # Names the headers itself, so that warnings about them are off whatever Torch's targets say.
  add_library(hashlens_torch INTERFACE)
  separate_arguments(torch_flags UNIX_COMMAND "${TORCH_CXX_FLAGS}")
  target_include_directories(hashlens_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
  # g++ 12 takes libtorch's empty optionals for values that are not set, where they are inlined.
  target_compile_options(hashlens_torch INTERFACE ${torch_flags} -Wno-maybe-uninitialized)
  target_link_libraries(hashlens_torch INTERFACE ${TORCH_LIBRARIES} OpenMP::OpenMP_CXX)
endif()

if(HASHLENS_TESTS)
  find_package(leveldb REQUIRED)  # writes what hashlens reads by itself
endif()
