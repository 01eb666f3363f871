#include "library/reduce.h"

#include <algorithm>
#include <optional>

#include "base/sha256.h"
#include "base/try.h"
#include "hashlens/library.h"
#include "library/compact.h"
#include "library/feature_form.h"
#include "library/live_features.h"
#include "library/reduction_loss.h"
#include "library/segment_files.h"
#include "library/segment_writer.h"
#include "library/snapshot.h"
#include "library/stopwatch.h"

namespace hashlens {
namespace {

constexpr uint64_t kBlockRows = 1024;
constexpr uint64_t kLearnedRows = 50'000;
constexpr uint64_t kLossSample = 20'000;
constexpr uint64_t kLossQueries = 1'000;

uint64_t FeatureBytes(const Layout& layout, const std::vector<SegmentRow>& segments) {
  uint64_t bytes = 0;
  std::error_code error;  // sizes are for people
  for (const SegmentRow& segment : segments) {
    const uintmax_t size = std::filesystem::file_size(layout.Segment(segment.features_file), error);
    if (!error) bytes += size;
  }
  return bytes;
}

Result<Reduction> MakeReduction(const FeatureForm& form, const Layout& layout,
                                const CatalogSnapshot& state, const ProgressFunction& progress,
                                std::stop_token stop) {
  if (form.kind == FeatureForm::Kind::kInt8) return Int8Reduction(state.meta.dim);
  HL_ASSIGN(const std::unique_ptr<LiveFeatures> features,
            LiveFeatures::Open(layout, state, kLearnedRows));
  if (progress) progress({"learning components", 0, features->rows(), 0, 0});
  return FitPca(*features, form.dim, stop);
}

// Writes the segments of the reduced library, one after the other.
class Copier {
 public:
  Copier(const Layout& layout, const CatalogSnapshot& state, const Reduction& reduction,
         const LibraryMeta& meta, const HashHead& head, const ProgressFunction& progress,
         std::stop_token stop)
      : layout_(layout),
        state_(state),
        reduction_(reduction),
        meta_(meta),
        head_(head),
        progress_(progress),
        stop_(std::move(stop)) {}

  Result<CatalogRewrite> Run() {
    HL_ASSIGN(next_segment_, NextSegment(layout_, state_.segments));
    for (const SegmentRow& segment : state_.segments) HL_TRY(CopySegment(segment));
    HL_TRY(FinishSegment());
    rewrite_.meta = meta_;
    return std::move(rewrite_);
  }

 private:
  Status CopySegment(const SegmentRow& segment) {
    HL_ASSIGN(const SegmentFiles files, OpenSegment(layout_, state_, segment));
    const std::vector<uint64_t>& ids = files.codes.ids;
    for (uint64_t first = 0; first < ids.size(); first += kBlockRows) {
      if (stop_.stop_requested()) return Cancelled("stopped; the library is as it was");
      if (progress_) progress_({"reducing features", done_, state_.rows(), 0, 0});
      const uint64_t count = std::min<uint64_t>(kBlockRows, ids.size() - first);
      HL_TRY(CopyRows(files.features, first, std::span(ids).subspan(first, count)));
      done_ += count;
    }
    return {};
  }

  Status CopyRows(const FeatureFile& features, uint64_t first, std::span<const uint64_t> ids) {
    const auto rows = ReadFeatureRows(features, first, ids.size());
    HL_TRY(rows.status());
    HL_ASSIGN(const std::vector<float> reduced, Reduce(reduction_, *rows));
    const auto dim = static_cast<size_t>(reduction_.out_dim);
    for (size_t i = 0; i < ids.size(); ++i) {
      if (std::ranges::binary_search(state_.removed, ids[i])) {
        rewrite_.purged.push_back(ids[i]);
        continue;
      }
      if (!writer_) {
        HL_ASSIGN(SegmentWriter writer, SegmentWriter::Create(layout_, next_segment_++, meta_,
                                                              head_, TypeFor(&reduction_)));
        writer_.emplace(std::move(writer));
      }
      HL_TRY(writer_->Append(ids[i], std::span(reduced).subspan(i * dim, dim)));
      if (writer_->rows() >= kMergedRows) HL_TRY(FinishSegment());
    }
    return {};
  }

  Status FinishSegment() {
    if (!writer_) return {};
    HL_ASSIGN(const SegmentRow row, writer_->Finish());
    rewrite_.segments.push_back(row);
    writer_.reset();
    return {};
  }

  const Layout& layout_;
  const CatalogSnapshot& state_;
  const Reduction& reduction_;
  const LibraryMeta& meta_;
  const HashHead& head_;
  const ProgressFunction& progress_;
  std::stop_token stop_;
  CatalogRewrite rewrite_;
  std::optional<SegmentWriter> writer_;
  uint64_t next_segment_ = 1;
  uint64_t done_ = 0;
};

// The library's head and meta afterwards; a head that changes is written.
Result<HashHead> ChangeHead(const Layout& layout, const Reduction& reduction, LibraryMeta* meta) {
  HL_ASSIGN(const HashHead head, LoadHead(layout, *meta));
  HashHead reduced = ReduceHead(head, reduction);
  meta->dim = reduction.out_dim;
  if (reduction.kind == ReductionKind::kInt8) return reduced;
  const std::string bytes = SerializeHead(reduced);
  meta->head_sha256 = Sha256Hex(AsBytes(bytes));
  meta->head_file = FittedHeadName(meta->head_sha256);
  // Features of fewer dimensions than bits have no head fitted to them later.
  meta->head_fitted = meta->head_fitted || reduced.bits > reduced.dim;
  HL_TRY(WriteFileDurably(layout.Head(meta->head_file), AsBytes(bytes)));
  return reduced;
}

}  // namespace

Result<CatalogRewrite> StoreReduced(const Layout& layout, Catalog* catalog,
                                    const CatalogSnapshot& state, const LibraryModel& model,
                                    const Reduction& reduction, const ProgressFunction& progress,
                                    std::stop_token stop) {
  LibraryMeta meta = state.meta;
  HL_ASSIGN(const HashHead head, ChangeHead(layout, reduction, &meta));
  const std::string bytes = SerializeReduction(reduction);
  const std::string sha256 = Sha256Hex(AsBytes(bytes));
  meta.feature_digest = ReducedDigest(model.package.feature_digest, sha256);
  HL_TRY(WriteFileDurably(layout.Model() / ReductionName(sha256), AsBytes(bytes)));
  Copier copier(layout, state, reduction, meta, head, progress, std::move(stop));
  HL_ASSIGN(CatalogRewrite rewrite, copier.Run());
  HL_TRY(catalog->Rewrite(state, rewrite));
  return rewrite;
}

Result<CompactReport> ReduceLibrary(const Layout& layout, Catalog* catalog, const FeatureForm& form,
                                    const ProgressFunction& progress, std::stop_token stop) {
  const Stopwatch watch;
  HL_ASSIGN(const CatalogSnapshot state, catalog->ReadSnapshot());
  HL_ASSIGN(const LibraryModel model, OpenLibraryModel(layout, state.meta));
  HL_TRY(CheckFeatureForm(form, layout, model));
  HL_TRY(CheckSegmentFiles(layout, state));
  ReductionReport report;
  report.form = form;
  report.images = state.live_rows();
  if (report.images < ImagesNeeded(form)) {
    return InvalidArgument(Printable(layout.folder) + ": " + FeatureFormName(form) + " needs " +
                           std::to_string(ImagesNeeded(form)) + " images to learn from, and " +
                           std::to_string(report.images) + " are there; int8 needs none");
  }
  report.dim_before = state.meta.dim;
  report.bytes_before = FeatureBytes(layout, state.segments);
  HL_ASSIGN(const Reduction reduction, MakeReduction(form, layout, state, progress, stop));
  HL_ASSIGN(const std::unique_ptr<LiveFeatures> sample,
            LiveFeatures::Open(layout, state, kLossSample));
  HL_ASSIGN(const HashHead head, LoadHead(layout, state.meta));
  HL_ASSIGN(const ReductionLoss loss,
            MeasureReductionLoss(*sample, kLossQueries, reduction, head.mean,
                                 ReduceHead(head, reduction).mean, progress, stop));
  HL_ASSIGN(const CatalogRewrite rewrite,
            StoreReduced(layout, catalog, state, model, reduction, progress, std::move(stop)));
  report.dim_after = reduction.out_dim;
  report.bytes_after = FeatureBytes(layout, rewrite.segments);
  report.queries = loss.queries;
  report.sample = loss.sample;
  report.overlap = loss.overlap;
  report.distance_change = loss.distance_change;
  report.seconds = watch.Seconds();
  return CompactReport{
      state.segments.size(), rewrite.segments.size(), rewrite.purged.size(), report, {}};
}

}  // namespace hashlens
