#include "library/feature_form.h"

#include <algorithm>
#include <charconv>

#include "base/try.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

using Kind = FeatureForm::Kind;

constexpr std::string_view kPcaStart = "pca:";
constexpr uint64_t kImagesForPca = 1000;

}  // namespace

Result<FeatureForm> ParseFeatureForm(std::string_view text) {
  if (text == "full") return FeatureForm{Kind::kFull, 0};
  if (text == "int8") return FeatureForm{Kind::kInt8, 0};
  if (text.starts_with(kPcaStart)) {
    const std::string_view digits = text.substr(kPcaStart.size());
    int dim = 0;
    const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), dim);
    if (error == std::errc() && rest == digits.data() + digits.size() && dim >= 1)
      return FeatureForm{Kind::kPca, dim};
  }
  return InvalidArgument(
      "features can be stored as full, as int8, or as pca:N with N of 1 or "
      "more, not as \"" +
      Printable(text) + "\"");
}

std::string FeatureFormName(const FeatureForm& form) {
  switch (form.kind) {
    case Kind::kPca:
      return std::string(kPcaStart) + std::to_string(form.dim);
    case Kind::kInt8:
      return "int8";
    case Kind::kFull:
      break;
  }
  return "full";
}

Status CheckFeatureForm(const FeatureForm& form, int dim) {
  if (form.kind != Kind::kPca || (form.dim >= 1 && form.dim < dim)) return {};
  if (dim < 2) return InvalidArgument("features of 1 dimension can't be reduced by pca");
  return InvalidArgument(
      FeatureFormName(form) + ": the model's features have " + std::to_string(dim) +
      " dimensions, of which pca:1 to pca:" + std::to_string(dim - 1) + " keep less");
}

Status CheckFeatureForm(const FeatureForm& form, const Layout& layout, const LibraryModel& model) {
  if (model.form() == form) return {};
  if (model.reduction) {
    return InvalidArgument(Printable(layout.folder) + ": its features are stored as " +
                           FeatureFormName(model.form()) +
                           " and the full ones are gone; index the pictures into a new library "
                           "to have them as " +
                           FeatureFormName(form));
  }
  return CheckFeatureForm(form, model.package.dim);
}

uint64_t ImagesNeeded(const FeatureForm& form) {
  if (form.kind != Kind::kPca) return 0;
  return std::max(kImagesForPca, static_cast<uint64_t>(form.dim) + 1);
}

}  // namespace hashlens
