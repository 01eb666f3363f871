#include "library/layout.h"

namespace hashlens {
namespace {

std::string SegmentNumber(uint64_t segment) {
  const std::string digits = std::to_string(segment);
  return std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits;
}

}  // namespace

std::string FeaturesName(uint64_t segment) { return SegmentNumber(segment) + ".features"; }

std::string CodesName(uint64_t segment, const std::string& head_sha256) {
  return SegmentNumber(segment) + "." + head_sha256.substr(0, 8) + ".codes";
}

std::string FittedHeadName(const std::string& head_sha256) {
  return std::string(kFittedHead) + head_sha256.substr(0, 8) + ".hlh";
}

std::string ReductionName(const std::string& sha256) {
  return std::string(kReductionPrefix) + sha256.substr(0, 8) + std::string(kReductionSuffix);
}

}  // namespace hashlens
