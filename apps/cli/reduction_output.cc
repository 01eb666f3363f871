#include "apps/cli/reduction_output.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "apps/cli/session.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

double BytesAnImage(uint64_t bytes, uint64_t images) {
  return images == 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(images);
}

}  // namespace

nlohmann::json ToJson(const ReductionReport& report) {
  return {{"features", FeatureFormName(report.form)},
          {"images", report.images},
          {"dim_before", report.dim_before},
          {"dim_after", report.dim_after},
          {"bytes_before", report.bytes_before},
          {"bytes_after", report.bytes_after},
          {"queries", report.queries},
          {"sample", report.sample},
          {"overlap_at_10", report.overlap},
          {"distance_change", report.distance_change},
          {"seconds", report.seconds}};
}

std::string ToText(const ReductionReport& report) {
  std::string text = fmt::format(
      "features are stored as {} now: {} instead of {}, {:.0f} bytes an image instead "
      "of {:.0f}",
      FeatureFormName(report.form), Size(report.bytes_after), Size(report.bytes_before),
      BytesAnImage(report.bytes_after, report.images),
      BytesAnImage(report.bytes_before, report.images));
  if (report.sample < 2) return text;
  return text + fmt::format(
                    "\nloss: of the 10 nearest by full feature, {:.1f} % are among the 10 nearest "
                    "now, and their distances differ by {:.4f} (mean; {} queries, {} images)",
                    report.overlap * 100, report.distance_change, report.queries, report.sample);
}

}  // namespace hashlens
