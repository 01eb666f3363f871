#include "python/src/open_options.h"

#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "hashlens/data_options.h"
#include "hashlens/library.h"
#include "hashlens/options.h"
#include "python/src/errors.h"

namespace hashlens::python {

namespace nb = nanobind;

void BindOpenOptions(nb::module_& module) {
  nb::class_<OpenOptions>(module, "OpenOptions", "How a library is opened.")
      .def(
          "__init__",
          [](OpenOptions* self, std::string device, std::string precision, int jobs, bool prepare,
             bool follow, uint64_t max_pixels, uint64_t max_bytes, int timeout_ms,
             uint64_t max_memory, bool isolate_all, bool strict) {
            const Isolation isolate = isolate_all ? Isolation::kAll : Isolation::kAllButJpeg;
            new (self) OpenOptions{{std::move(device), std::move(precision)},
                                   {max_pixels, max_bytes, timeout_ms, max_memory, isolate, strict},
                                   jobs,
                                   prepare,
                                   follow};
          },
          nb::arg("device") = "CPU", nb::arg("precision") = "auto", nb::arg("jobs") = 0,
          nb::arg("prepare") = false, nb::arg("follow") = false,
          nb::arg("max_pixels") = Limits().max_pixels, nb::arg("max_bytes") = Limits().max_bytes,
          nb::arg("timeout_ms") = Limits().timeout_ms, nb::arg("max_memory") = Limits().max_memory,
          nb::arg("isolate_all") = false, nb::arg("strict") = Limits().strict);
  nb::class_<DataOptions>(module, "DataOptions", "How databases and lists are read.")
      .def(
          "__init__",
          [](DataOptions* self, std::string dataset, std::string labels, bool rgb,
             std::filesystem::path root) {
            new (self) DataOptions{std::move(dataset), std::move(labels), rgb, std::move(root)};
          },
          nb::arg("dataset") = "", nb::arg("labels") = "", nb::arg("rgb") = false,
          nb::arg("root") = std::filesystem::path());
  nb::class_<CreateOptions>(module, "CreateOptions", "How a library is made.")
      .def(
          "__init__",
          [](CreateOptions* self, std::filesystem::path model, int bits,
             const std::optional<std::string>& features) {
            std::optional<FeatureForm> form;
            if (features) form = Take(ParseFeatureForm(*features));
            new (self) CreateOptions{std::move(model), bits, form};
          },
          nb::arg("model") = std::filesystem::path(), nb::arg("bits") = 0,
          nb::arg("features") = nb::none());
}

}  // namespace hashlens::python
