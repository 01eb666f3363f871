// Models, picture formats and thumbnails.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string_view.h>

#include "hashlens/code_index.h"
#include "hashlens/library.h"
#include "python/src/bindings.h"
#include "python/src/errors.h"
#include "python/src/long_call.h"
#include "python/src/record.h"

namespace hashlens::python {
namespace {

namespace nb = nanobind;
using Path = std::filesystem::path;

nb::bytes ThumbnailOfFile(const Path& picture, int max_side) {
  const auto made = [&] {
    const nb::gil_scoped_release release;
    return Thumbnail(picture, max_side);
  }();
  const std::string jpeg = Take(made);
  return nb::bytes(jpeg.data(), jpeg.size());
}

nb::bytes ThumbnailOfPicture(const nb::bytes& picture, int max_side) {
  const std::string_view bytes(picture.c_str(), picture.size());
  const auto made = [&] {
    const nb::gil_scoped_release release;
    return ThumbnailOfBytes(bytes, max_side);
  }();
  const std::string jpeg = Take(made);
  return nb::bytes(jpeg.data(), jpeg.size());
}

}  // namespace

void BindModels(nb::module_& module) {
  module.def("default_model", [] { return Take(DefaultModel()); });
  module.def("model_folders", &ModelFolders);
  module.def(
      "describe_model", [](const Path& model) { return Take(DescribeModel(model)); },
      nb::arg("model"));
  module.def(
      "pack_model",
      [](const Path& parts, const Path& folder, std::string name, int input_size,
         std::vector<int> bits) {
        PackOptions options{std::move(name), input_size, std::move(bits)};
        LongCall call{nb::none()};
        return Take(call.Run([&] { return PackModel(parts, folder, options); }));
      },
      nb::arg("parts"), nb::arg("folder"), nb::arg("name") = PackOptions().name,
      nb::arg("input_size") = PackOptions().input_size, nb::arg("bits") = PackOptions().bits);
  module.def("formats", &Formats);
  module.def("decoder", &AboutDecoder);
  module.def("thumbnail_of_file", &ThumbnailOfFile, nb::arg("picture"), nb::arg("max_side"));
  module.def("thumbnail_of_bytes", &ThumbnailOfPicture, nb::arg("picture"), nb::arg("max_side"));
  module.def("scan_target", &ScanTarget);
}

}  // namespace hashlens::python
