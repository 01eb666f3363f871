// Which format a file of encoded pictures has.
#include <algorithm>
#include <span>

#include "base/guard.h"
#include "base/new_file.h"
#include "base/picture_name.h"
#include "base/try.h"
#include "exchange/encoded_formats.h"

namespace hashlens {
namespace {

struct Format {
  std::string_view ending;
  bool one_part;  // takes one of feature, activations and code
  NewEncodedFile (*create)(const Path&, const EncodedForm&);
};

constexpr Format kFormats[] = {
    {".jsonl", false, [](const Path& file, const EncodedForm&) { return NewJsonLines(file); }},
    {".csv", false, NewCsv},
    {".npy", true, NewNpy},
    {".h5", false, NewHdf5},
    {".lmdb", true, NewLmdb},
};

Path WithoutSlash(const Path& file) { return file.has_filename() ? file : file.parent_path(); }

const Format* FormatOf(const Path& file) {
  const std::string ending = LowerEnding(file);
  const auto found = std::ranges::find(kFormats, std::string_view(ending), &Format::ending);
  return found == std::end(kFormats) ? nullptr : found;
}

}  // namespace

bool HoldsOnePart(const Path& file) try {
  const Format* const format = FormatOf(WithoutSlash(file));
  return format != nullptr && format->one_part;
} catch (...) {
  return false;
}

Status CheckEncodedFile(const Path& file, const EncodedParts& parts) try {
  const Path target = WithoutSlash(file);
  const Format* const format = FormatOf(target);
  if (format == nullptr) {
    return InvalidArgument(Printable(file) +
                           ": its ending names no format; there are .jsonl, .csv, .npy, .h5 and "
                           ".lmdb");
  }
  if (format->one_part && parts.count() != 1) {
    return InvalidArgument(Printable(file) + ": a " + std::string(format->ending) +
                           " holds one of feature, activations and code; .h5, .csv and .jsonl "
                           "hold several");
  }
  HL_TRY(RequireNothingAt(target));
  const Path rows = RowsFileOf(target);
  if (format->create != NewNpy || RequireNothingAt(rows).ok()) return {};
  return InvalidArgument(Printable(rows) + ": already there, without " +
                         Printable(target.filename()) +
                         "; a run that was killed may have left it: delete it, move it away, or "
                         "choose another name");
} catch (...) {
  return CaughtStatus();
}

NewEncodedFile CreateEncodedFile(const Path& file, const EncodedForm& form) try {
  HL_TRY(CheckEncodedFile(file, form.parts));
  const Path target = WithoutSlash(file);
  return FormatOf(target)->create(target, form);
} catch (...) {
  return CaughtStatus();
}

}  // namespace hashlens
