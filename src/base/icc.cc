#include "base/icc.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>

namespace hashlens {
namespace {

constexpr size_t kHeaderBytes = 128;
constexpr size_t kTagBytes = 12;

// ICC fields are big-endian. The caller has checked that they lie inside.
uint32_t U16(ByteSpan bytes, size_t at) { return LoadBigEndian<uint16_t>(bytes.data() + at); }
uint32_t U32(ByteSpan bytes, size_t at) { return LoadBigEndian<uint32_t>(bytes.data() + at); }
double Fixed(ByteSpan bytes, size_t at) { return static_cast<int32_t>(U32(bytes, at)) / 65536.0; }

constexpr uint32_t Signature(const char (&text)[5]) {
  return uint32_t{static_cast<uint8_t>(text[0])} << 24 |
         uint32_t{static_cast<uint8_t>(text[1])} << 16 |
         uint32_t{static_cast<uint8_t>(text[2])} << 8 | uint32_t{static_cast<uint8_t>(text[3])};
}

// The tag's data, at least its eight-byte type header; empty when absent or outside the profile.
ByteSpan FindTag(ByteSpan profile, uint32_t signature) {
  const size_t tags = U32(profile, kHeaderBytes);
  if (tags > (profile.size() - kHeaderBytes - 4) / kTagBytes) return {};
  for (size_t i = 0; i < tags; ++i) {
    const size_t entry = kHeaderBytes + 4 + i * kTagBytes;
    if (U32(profile, entry) != signature) continue;
    const size_t offset = U32(profile, entry + 4);
    const size_t size = U32(profile, entry + 8);
    if (size < 8 || offset > profile.size() || size > profile.size() - offset) return {};
    return profile.subspan(offset, size);
  }
  return {};
}

bool IsColourant(ByteSpan tag, const std::array<double, 3>& xyz) {
  if (tag.size() < 20 || U32(tag, 0) != Signature("XYZ ")) return false;
  for (size_t i = 0; i < 3; ++i) {
    if (std::abs(Fixed(tag, 8 + 4 * i) - xyz[i]) > 0.003) return false;
  }
  return true;
}

double SrgbCurve(double x) { return x <= 0.04045 ? x / 12.92 : std::pow((x + 0.055) / 1.055, 2.4); }

// The two forms in which sRGB's curve is stored: a table, or a power with a linear foot.
std::optional<double> EvaluateCurve(ByteSpan tag, double x) {
  if (tag.size() >= 12 && U32(tag, 0) == Signature("curv")) {
    const size_t count = U32(tag, 8);
    if (count < 2 || count > (tag.size() - 12) / 2) return std::nullopt;
    const double position = x * static_cast<double>(count - 1);
    const size_t below = std::min(static_cast<size_t>(position), count - 2);
    const double low = U16(tag, 12 + 2 * below) / 65535.0;
    const double high = U16(tag, 14 + 2 * below) / 65535.0;
    return low + (high - low) * (position - static_cast<double>(below));
  }
  if (tag.size() >= 32 && U32(tag, 0) == Signature("para") && U16(tag, 8) == 3) {
    const double g = Fixed(tag, 12), a = Fixed(tag, 16), b = Fixed(tag, 20);
    const double c = Fixed(tag, 24), d = Fixed(tag, 28);
    return x >= d ? std::pow(a * x + b, g) : c * x;
  }
  return std::nullopt;
}

bool IsSrgbCurve(ByteSpan tag) {
  constexpr int kSteps = 64;
  for (int i = 0; i <= kSteps; ++i) {
    const double x = static_cast<double>(i) / kSteps;
    const auto y = EvaluateCurve(tag, x);
    if (!y || !(std::abs(*y - SrgbCurve(x)) < 0.002)) return false;
  }
  return true;
}

// A matrix profile with sRGB's primaries (adapted to D50) and curves. Profiles with tables
// (A2B0) go through the colour engine even if they mean sRGB.
bool IsSrgb(ByteSpan profile) {
  return FindTag(profile, Signature("A2B0")).empty() &&
         IsColourant(FindTag(profile, Signature("rXYZ")), {0.4361, 0.2225, 0.0139}) &&
         IsColourant(FindTag(profile, Signature("gXYZ")), {0.3851, 0.7169, 0.0971}) &&
         IsColourant(FindTag(profile, Signature("bXYZ")), {0.1431, 0.0606, 0.7141}) &&
         IsSrgbCurve(FindTag(profile, Signature("rTRC"))) &&
         IsSrgbCurve(FindTag(profile, Signature("gTRC"))) &&
         IsSrgbCurve(FindTag(profile, Signature("bTRC")));
}

}  // namespace

ProfileKind ClassifyProfile(ByteSpan profile, int channels) {
  if (profile.size() < kHeaderBytes + 4 || U32(profile, 36) != Signature("acsp")) {
    return ProfileKind::kNone;
  }
  const uint32_t space = U32(profile, 16);
  const bool fits = (channels == 1 && space == Signature("GRAY")) ||
                    (channels == 3 && (space == Signature("RGB ") || space == Signature("Lab "))) ||
                    (channels == 4 && space == Signature("CMYK"));
  if (!fits) return ProfileKind::kNone;
  if (channels == 3 && space == Signature("RGB ") && IsSrgb(profile)) return ProfileKind::kSrgb;
  return ProfileKind::kOther;
}

int RenderingIntent(ByteSpan profile) {
  constexpr std::array kTables = {Signature("A2B0"), Signature("A2B1"), Signature("A2B2")};
  const uint32_t stated = U32(profile, 64) & 0xffff;
  // Absolute would keep the colour of the paper, which is not the picture's.
  const int wanted = stated == 3 ? 1 : stated > 3 ? 0 : static_cast<int>(stated);
  if (!FindTag(profile, kTables[static_cast<size_t>(wanted)]).empty()) return wanted;
  for (int intent = 0; intent < 3; ++intent) {
    if (!FindTag(profile, kTables[static_cast<size_t>(intent)]).empty()) return intent;
  }
  return wanted;  // by primaries and curves, which serve every intent
}

}  // namespace hashlens
