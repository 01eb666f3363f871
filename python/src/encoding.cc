// What a model makes of pictures, as arrays.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/tuple.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <tuple>

#include "hashlens/encode.h"
#include "python/src/bindings.h"
#include "python/src/errors.h"
#include "python/src/long_call.h"
#include "python/src/record.h"

namespace hashlens::python {
namespace {

namespace nb = nanobind;
using Path = std::filesystem::path;
// Paths, labels, features, activations, codes, failures, bits, shape, classified.
using MadeTuple = nb::typed<nb::tuple, nb::object, nb::ellipsis>;
using GivenFeature = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

// Path, labels, categories, error.
using Classified =
    std::tuple<Path, std::vector<std::string>, std::vector<Category>, std::optional<std::string>>;

// EncodedRows that were made, in order.
struct EncodedRows {
  EncodedForm form;
  std::vector<Path> paths;
  std::vector<std::vector<std::string>> labels;
  std::vector<float> features;
  std::vector<float> activations;
  std::vector<uint8_t> codes;
  std::vector<Classified> classified;  // failed ones, too; only where categories are wanted
  std::vector<std::pair<Path, std::string>> failures;

  Status Add(const EncodedPicture& picture) {
    if (form.classes > 0) {
      classified.emplace_back(picture.path, picture.labels, picture.categories,
                              picture.error.empty() ? std::nullopt : std::optional(picture.error));
    }
    if (!picture.error.empty()) {
      failures.emplace_back(picture.path, picture.error);
      return {};
    }
    paths.push_back(picture.path);
    labels.push_back(picture.labels);
    features.insert(features.end(), picture.feature.begin(), picture.feature.end());
    activations.insert(activations.end(), picture.activations.begin(), picture.activations.end());
    codes.insert(codes.end(), picture.code.begin(), picture.code.end());

    return {};
  }
};

// rows x columns, or None where it was not asked for.
template <typename T>
nb::object ArrayOf(std::vector<T>* values, bool wanted, size_t rows, size_t columns) {
  if (!wanted) return nb::none();
  auto kept = std::make_unique<std::vector<T>>(std::move(*values));
  T* const data = kept->data();
  const nb::capsule owner(kept.release(),
                          [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  return nb::cast(nb::ndarray<nb::numpy, T, nb::ndim<2>>(data, {rows, columns}, owner));
}

// From a tuple (name, picture file's bytes or None to read the file of that name, feature or None).
PictureInput InputOf(const nb::tuple& item) {
  PictureInput input;
  const auto name = nb::cast<nb::bytes>(item[0]);
  input.path = std::string(name.c_str(), name.size());
  if (item[1].is_none()) return input;
  input.given = GivenPicture();
  const auto bytes = nb::cast<nb::bytes>(item[1]);
  input.given->bytes.assign(bytes.c_str(), bytes.size());
  if (!item[2].is_none()) {
    const auto feature = nb::cast<GivenFeature>(item[2]);
    input.given->feature.assign(feature.data(), feature.data() + feature.size());
  }
  return input;
}

MadeTuple AsTuple(EncodedRows* rows) {
  const EncodedForm& form = rows->form;
  const size_t count = rows->paths.size();
  nb::list shape;
  for (const uint64_t side : form.shape) shape.append(side);
  return nb::make_tuple(
      rows->paths, rows->labels,
      ArrayOf(&rows->features, form.parts.feature, count, static_cast<size_t>(form.dim)),
      ArrayOf(&rows->activations, form.parts.activations, count, static_cast<size_t>(form.bits)),
      ArrayOf(&rows->codes, form.parts.code, count, form.code_bytes), rows->failures, form.bits,
      nb::tuple(shape), rows->classified);
}

// next: None for the paths; else called without arguments: a tuple as above, or None at the end.
MadeTuple EncodePictures(const Path& model, bool feature, bool activations, bool code, int bits,
                         std::string layer, int categories, const OpenOptions& open,
                         std::vector<Path> paths, std::vector<std::string> exclude, bool hidden,
                         const DataOptions& data, const Path& label_names, const nb::object& next,
                         uint64_t total, nb::object progress) {
  LongCall call(std::move(progress));
  EncodeOptions options;
  options.model = model;
  options.parts = {.feature = feature, .activations = activations, .code = code};
  options.bits = bits;
  options.layer = std::move(layer);
  options.categories = categories;
  options.open = open;
  const EncodePathsOptions from{.paths = std::move(paths),
                                .exclude = std::move(exclude),
                                .hidden = hidden,
                                .data = data,
                                .label_names = label_names,
                                .progress = call.progress(),
                                .stop = call.stop()};
  const auto ask = [&]() -> Result<std::optional<PictureInput>> {
    std::optional<PictureInput> input;
    const bool answered = call.CallPython([&] {
      const nb::object item = next();
      if (!item.is_none()) input = InputOf(nb::cast<nb::tuple>(item));
    });
    if (!answered) return Cancelled("stopped by an error in Python");
    return input;
  };
  const bool given = !next.is_none();
  EncodedRows rows;
  const auto take = [&](const EncodedPicture& picture) { return rows.Add(picture); };
  const auto report = call.Run([&]() -> Result<EncodeReport> {
    auto encoder = PictureEncoder::Open(options);
    if (!encoder.ok()) return encoder.status();
    rows.form = encoder->form();
    if (!given) return EncodePaths(*encoder, from, take);
    return encoder->Encode(ask, take, {total, from.progress, from.stop});
  });
  Take(report);
  return AsTuple(&rows);
}

}  // namespace

void BindEncoding(nb::module_& module) {
  module.def("encode", &EncodePictures, nb::arg("model"), nb::arg("feature"),
             nb::arg("activations"), nb::arg("code"), nb::arg("bits"), nb::arg("layer"),
             nb::arg("categories"), nb::arg("options"), nb::arg("paths"), nb::arg("exclude"),
             nb::arg("hidden"), nb::arg("data"), nb::arg("label_names"), nb::arg("next").none(),
             nb::arg("total"), nb::arg("progress").none());
}

}  // namespace hashlens::python
