# Makes the source file that holds the page's files and the API's description (apps/server/assets.h).
# cmake -D OUTPUT=x.cc -D WEB=folder -D "FILES=a;b" -D OPENAPI=file -P embed_assets.cmake
function(mime_of file result)
  get_filename_component(ending ${file} LAST_EXT)
  set(.html "text/html; charset=utf-8")
  set(.js "text/javascript; charset=utf-8")
  set(.css "text/css; charset=utf-8")
  set(.svg image/svg+xml)
  set(.json application/json)
  set(.png image/png)
  set(.ico image/x-icon)
  set(.webmanifest application/manifest+json)
  if(NOT DEFINED ${ending})
    message(FATAL_ERROR "${file}: cmake/embed_assets.cmake knows no MIME type for ${ending}")
  endif()
  set(${result} ${${ending}} PARENT_SCOPE)
endfunction()

set(arrays)
set(rows)
set(count 0)
foreach(file IN LISTS FILES ITEMS ${OPENAPI})
  if(file STREQUAL "${OPENAPI}")
    set(path /openapi.json)
  else()
    file(RELATIVE_PATH path ${WEB} ${file})
    string(REGEX REPLACE "^index\\.html$" "" path ${path})
    set(path /${path})
  endif()
  mime_of(${file} mime)
  file(READ ${file} hex HEX)
  file(SHA256 ${file} digest)
  string(SUBSTRING ${digest} 0 16 digest)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "(................................................................................)" "\\1\n    " bytes "${bytes}")
  string(APPEND arrays "constexpr unsigned char kFile${count}[] = {\n    ${bytes}0};\n")
  string(APPEND rows "    {\"${path}\", \"${mime}\", \"\\\"${digest}\\\"\", TextOf(kFile${count})},\n")
  math(EXPR count "${count} + 1")
endforeach()

file(WRITE ${OUTPUT} "// Made by cmake/embed_assets.cmake.
#include \"apps/server/assets.h\"

namespace hashlens {
namespace {

${arrays}
// Without the zero at the end, which a file of no bytes needs.
template <size_t kSize>
std::string_view TextOf(const unsigned char (&bytes)[kSize]) {
  return {reinterpret_cast<const char*>(bytes), kSize - 1};
}

const Asset kAssets[] = {
${rows}};

}  // namespace

std::span<const Asset> Assets() { return kAssets; }

}  // namespace hashlens
")
