// The public functions about single pictures and paths.
#include "base/cores.h"
#include "base/guard.h"
#include "base/shell_word.h"
#include "base/try.h"
#include "hashlens/library.h"
#include "image/decode.h"
#include "image/format.h"
#include "image/thumbnail.h"
#include "library/decode_limits.h"
#include "library/layout.h"

namespace hashlens {

Path LibraryPath(const Path& path) {
  Path trimmed = path.has_filename() ? path : path.parent_path();
  std::error_code error;
  if (trimmed.extension() == ".hashlens" ||
      std::filesystem::exists(Layout{trimmed}.Catalog(), error))
    return trimmed;
  return trimmed += ".hashlens";
}

namespace {

Result<std::string> ThumbnailOf(ByteSpan bytes, int max_side, const Limits& limits) {
  DecodeOptions options = LimitsOf(limits);
  options.min_short_side = max_side;
  const auto decoded = DecodeImage(bytes, options);
  // Not "not found", which would mean the picture.
  if (IsNoDecoder(decoded.status())) return IoError(decoded.status().message());
  if (!decoded.ok()) return decoded.status();
  return EncodeThumbnail(decoded->image, max_side);
}

}  // namespace

Result<std::string> Thumbnail(const Path& picture, int max_side, const Limits& limits) try {
  HL_ASSIGN(const std::vector<std::byte> bytes, ReadFile(picture, limits.max_bytes));
  return ThumbnailOf(bytes, max_side, limits);
} catch (...) {
  return CaughtStatus();
}

Result<std::string> ThumbnailOfBytes(std::string_view picture, int max_side,
                                     const Limits& limits) try {
  return ThumbnailOf(AsBytes(picture), max_side, limits);
} catch (...) {
  return CaughtStatus();
}

std::vector<FormatInfo> Formats() {
  std::vector<FormatInfo> formats;
  for (const FormatSupport& support : SupportedFormats()) {
    formats.push_back({std::string(FormatName(support.format)), support.decodable,
                       std::string(support.reader), std::string(support.left_out)});
  }
  return formats;
}

int UsableProcessors() { return UsableCores(); }

DecoderInfo AboutDecoder() {
  DecoderInfo info;
  const DecoderState state = AskDecoder();
  info.program = state.program;
  info.problem = state.status.message();
  info.no_new_privileges = state.no_new_privileges;
  info.system_call_filter = state.system_call_filter;
  info.landlock = state.landlock;
  return info;
}

std::string PrintablePath(const Path& path) { return Printable(path); }

std::string ShellWordOf(const Path& path) { return ShellWord(path); }

std::string HexIfNotUtf8(const Path& path) {
  return IsUtf8(path.native()) ? std::string() : ToHex(AsBytes(path.native()));
}

}  // namespace hashlens
