#include "library/verify.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/try.h"
#include "index/arrangement.h"
#include "library/library_model.h"
#include "library/live_features.h"
#include "library/segment_files.h"
#include "library/snapshot.h"
#include "model/model_package.h"
#include "store/catalog.h"

namespace hashlens {
namespace {

constexpr uint64_t kBlockRows = 1024;
constexpr int kAttempts = 5;  // beside a busy writer

uint64_t FileBytes(const Path& path) {
  std::error_code error;  // a file that is missing is reported by who reads it
  const uintmax_t size = std::filesystem::file_size(path, error);
  return error ? 0 : size;
}

bool IsOutside(const Path& relative) {
  return relative.is_absolute() ||
         std::find(relative.begin(), relative.end(), Path("..")) != relative.end();
}

class Verifier {
 public:
  Verifier(const Layout& layout, const ProgressFunction& progress, std::stop_token stop)
      : layout_(layout), progress_(progress), stop_(std::move(stop)) {}

  Result<VerifyReport> Run() {
    Note(VerifyModel());
    auto catalog = Catalog::Open(layout_.Catalog(), Catalog::Mode::kRead);
    if (!catalog.ok()) {
      Note(catalog.status());
      return std::move(report_);
    }
    Note(catalog->Verify());
    report_.bytes += FileBytes(layout_.Catalog());
    // From here on the catalog may be damaged in ways that only a row tells: each failure is noted.
    const auto state = catalog->ReadSnapshot();
    if (!state.ok()) {
      Note(state.status());
      return std::move(report_);
    }
    Note(OpenLibraryModel(layout_, state->meta).status());
    HashHead head;
    if (auto loaded = LoadHead(layout_, state->meta); loaded.ok()) {
      head = std::move(*loaded);
    } else {
      Note(loaded.status());
    }
    checked_ = {state->meta, state->segments};
    total_rows_ = state->rows();
    for (const SegmentRow& segment : state->segments) {
      ++report_.segments;
      HL_TRY(VerifySegment(*catalog, *state, segment, head));
    }
    VerifyArrangement();
    return std::move(report_);
  }

  // Whether a writer has put other segments or codes in place since Run looked: files that Run
  // missed may then simply have been replaced.
  bool Overtaken() const {
    if (!checked_) return false;
    const auto catalog = Catalog::Open(layout_.Catalog(), Catalog::Mode::kRead);
    if (!catalog.ok()) return false;
    const auto now = catalog->ReadSnapshot();
    return now.ok() && std::pair(now->meta, now->segments) != *checked_;
  }

 private:
  void Note(const Status& status) {
    if (status.ok()) return;
    const auto& problems = report_.problems;
    if (std::find(problems.begin(), problems.end(), status.message()) == problems.end()) {
      report_.problems.push_back(status.message());
    }
  }
  void Note(const std::string& file, const std::string& problem) {
    Note(Corruption(Printable(layout_.Segment(file)) + ": " + problem));
  }

  Status VerifyModel() {
    HL_ASSIGN(const ModelPackage package, OpenModelPackage(layout_.Model()));
    return VerifyModelPackage(package);
  }

  // One of other codes than today's is no fault: it is not used.
  void VerifyArrangement() {
    const auto file = ArrangementFile::Open(layout_.Arrangement());
    if (file.status().code() == StatusCode::kNotFound) return;
    Status status = file.ok() ? file->Read().status() : file.status();
    report_.bytes += FileBytes(layout_.Arrangement());
    if (status.code() == StatusCode::kCorruption)
      status = Corruption(status.message() + "; `hashlens compact LIB` makes it again");
    Note(status);
  }

  Status VerifySegment(const Catalog& catalog, const CatalogSnapshot& state,
                       const SegmentRow& segment, const HashHead& head) {
    const auto features = OpenSegmentFeatures(layout_, segment, state.meta.dim);
    Note(features.status());
    if (features.ok()) Note(WithAdvice(features->Verify(), layout_.Segment(segment.features_file)));
    report_.bytes += FileBytes(layout_.Segment(segment.features_file)) +
                     FileBytes(layout_.Segment(segment.codes_file));
    const auto codes = ReadSegmentCodes(layout_, segment, state.meta.bits);
    if (!codes.ok()) {
      Note(codes.status());
      return {};
    }
    for (uint64_t id : codes->ids) {
      if (std::binary_search(state.removed.begin(), state.removed.end(), id)) continue;
      const auto image = catalog.FindImage(id);
      if (!image.ok()) {
        Note(image.status());
      } else if (!image->has_value()) {
        Note(segment.codes_file, "image " + std::to_string(id) + " is not in the catalog");
      } else {
        if (IsOutside((*image)->path))
          Note(Corruption(Printable(layout_.Catalog()) + ": image " + std::to_string(id) +
                          " has a path that leads out of its root"));
        ++report_.images;
      }
    }
    if (!features.ok() || head.bits != codes->bits || head.dim != features->dim()) return {};
    return VerifyCodes(*features, *codes, segment, head);
  }

  // Codes are derived: each must be what the head makes of the stored feature.
  Status VerifyCodes(const FeatureFile& features, const SegmentCodes& codes,
                     const SegmentRow& segment, const HashHead& head) {
    std::vector<uint8_t> expected;
    const size_t bytes = CodeBytes(head.bits);
    for (uint64_t first = 0; first < features.rows(); first += kBlockRows) {
      if (stop_.stop_requested()) return Cancelled("stopped before everything was checked");
      if (progress_) progress_({"verifying", rows_, total_rows_, report_.problems.size(), 0});
      const uint64_t count = std::min(kBlockRows, features.rows() - first);
      rows_ += count;
      const auto rows = ReadFeatureRows(features, first, count);
      if (!rows.ok()) {
        Note(WithAdvice(rows.status(), layout_.Segment(segment.features_file)));
        continue;
      }
      expected.resize(count * bytes);
      ApplyHead(head, *rows, expected);
      if (!std::equal(expected.begin(), expected.end(),
                      codes.codes.begin() + static_cast<ptrdiff_t>(first * bytes))) {
        Note(segment.codes_file, "codes are not those that the head makes of the features");
      }
    }
    return {};
  }

  const Layout& layout_;
  const ProgressFunction& progress_;
  std::stop_token stop_;
  VerifyReport report_;
  std::optional<std::pair<LibraryMeta, std::vector<SegmentRow>>> checked_;
  uint64_t rows_ = 0;
  uint64_t total_rows_ = 0;
};

}  // namespace

Result<VerifyReport> VerifyLibrary(const Layout& layout, const ProgressFunction& progress,
                                   std::stop_token stop) {
  for (int attempt = 1;; ++attempt) {
    Verifier verifier(layout, progress, stop);
    HL_ASSIGN(VerifyReport report, verifier.Run());
    if (report.problems.empty() || attempt == kAttempts || !verifier.Overtaken()) return report;
  }
}

}  // namespace hashlens
