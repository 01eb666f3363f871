#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "base/guard.h"
#include "base/try.h"
#include "data/labelled_set.h"
#include "hashlens/database.h"
#include "library/stopwatch.h"
#include "source/datum.h"
#include "source/lmdb_writer.h"

namespace hashlens {
namespace {

constexpr size_t kReportedFailures = 10;
constexpr double kProgressSeconds = 0.1;
constexpr size_t kMaxNameBytes = 400;  // of a key; LMDB takes 511 with what is before it
constexpr auto kNoLabel = std::numeric_limits<int32_t>::min();

int32_t LabelOf(const std::string& name) {
  int32_t label = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), label);
  const bool whole = error == std::errc() && end == name.data() + name.size();
  return whole && std::to_string(label) == name ? label : kNoLabel;
}

// Labels of the classes: what their names say where they are all numbers, else 0, 1, ...
std::vector<int32_t> LabelsOf(const std::vector<std::string>& classes, bool* named) {
  std::vector<int32_t> labels;
  for (const std::string& name : classes) labels.push_back(LabelOf(name));
  *named = std::find(labels.begin(), labels.end(), kNoLabel) != labels.end();
  for (size_t i = 0; *named && i < labels.size(); ++i) labels[i] = static_cast<int32_t>(i);
  return labels;
}

// Of the i-th of `count` pictures: keys in order of their bytes are in order of numbers.
std::string KeyOf(size_t i, size_t count, const LabelledPicture& picture) {
  const size_t digits = std::max<size_t>(8, std::to_string(count).size());
  std::string number = std::to_string(i);
  number.insert(0, digits - number.size(), '0');
  std::string name = picture.path.filename().native();
  if (name.size() > kMaxNameBytes) name = name.substr(name.size() - kMaxNameBytes);
  return number + "_" + name;
}

Result<std::string> DatumOf(const LabelledPicture& picture, int32_t label, uint64_t max_bytes) {
  HL_ASSIGN(const std::vector<std::byte> bytes, ReadPicture(picture, max_bytes));
  if (bytes.empty()) return Corruption("the file is empty");
  Datum datum;
  datum.data = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  datum.label = label;
  datum.encoded = true;
  return EncodeDatum(datum);
}

// Below the data it would be taken for a part of it the next time.
Status CheckOutput(const ConvertOptions& options) {
  if (options.output.empty()) return InvalidArgument("the output has no name");
  std::error_code error;
  const Path data = std::filesystem::weakly_canonical(options.data, error);
  const Path output = std::filesystem::weakly_canonical(options.output, error);
  if (output.native().starts_with(data.native() + "/"))
    return InvalidArgument(Printable(options.output) + ": lies in " + Printable(options.data) +
                           "; name a place outside of it");
  return {};
}

Result<ConvertReport> Convert(const ConvertOptions& options) {
  HL_TRY(CheckOutput(options));
  LabelReadOptions how;
  how.data = options.data_options;
  how.stop = options.stop;
  HL_ASSIGN(const LabelledSet set, ReadLabelledSet(options.data, how));
  if (set.multi_label())
    return InvalidArgument(Printable(options.data) +
                           ": has pictures with none or several labels; a Datum has one");
  ConvertReport report;
  bool named = false;
  const std::vector<int32_t> labels = LabelsOf(set.classes, &named);
  if (named) report.classes = set.classes;
  report.failed = set.unreadable.size();
  report.failures = set.unreadable;
  HL_ASSIGN(const std::unique_ptr<LmdbWriter> writer, LmdbWriter::Create(options.output));
  Stopwatch watch;
  for (size_t i = 0; i < set.pictures.size(); ++i) {
    if (options.stop.stop_requested()) return Cancelled("stopped; nothing was written");
    if (options.progress && watch.Seconds() >= kProgressSeconds) {
      watch.Lap();
      options.progress({"converting", i, set.pictures.size(), report.failed, 0});
    }
    const LabelledPicture& picture = set.pictures[i];
    const auto datum =
        DatumOf(picture, labels[static_cast<size_t>(picture.labels[0])], options.max_bytes);
    if (!datum.ok()) {
      ++report.failed;
      report.failures.push_back(Printable(picture.path) + ": " + datum.status().message());
      continue;
    }
    HL_TRY(writer->Put(KeyOf(i, set.pictures.size(), picture), *datum));
    ++report.written;
  }
  report.failures.resize(std::min(report.failures.size(), kReportedFailures));
  HL_TRY(writer->Finish());
  return report;
}

}  // namespace

Result<ConvertReport> ConvertToLmdb(const ConvertOptions& options) try {
  return Convert(options);
} catch (...) {
  return CaughtStatus();
}

}  // namespace hashlens
