#include "library/refit.h"

#include <algorithm>
#include <atomic>

#include "base/guard.h"
#include "base/parallel.h"
#include "base/sha256.h"
#include "base/try.h"
#include "hash/fit.h"
#include "library/live_features.h"
#include "library/segment_files.h"
#include "library/segment_writer.h"
#include "library/snapshot.h"

namespace hashlens {
namespace {

constexpr uint64_t kBlockRows = 1024;

// The codes of all rows of a segment, several blocks at a time.
Result<std::vector<uint8_t>> CodeSegment(const FeatureFile& features, const HashHead& head,
                                         int jobs, std::stop_token stop) {
  const size_t bytes = CodeBytes(head.bits);
  std::vector<uint8_t> codes(features.rows() * bytes);
  std::vector<Status> ends((features.rows() + kBlockRows - 1) / kBlockRows);
  std::atomic<bool> failed{false};
  const auto code_block = [&](uint64_t first) -> Status {
    if (stop.stop_requested()) return Cancelled("stopped; the library keeps its codes");
    const uint64_t count = std::min(kBlockRows, features.rows() - first);
    HL_ASSIGN(const std::vector<float> rows, ReadFeatureRows(features, first, count));
    ApplyHead(head, rows, std::span(codes).subspan(first * bytes, count * bytes));
    return {};
  };
  RunParallel(static_cast<size_t>(jobs), ends.size(), [&](size_t block) {
    if (failed) return;
    ends[block] = GuardExceptions([&] { return code_block(block * kBlockRows); });
    if (!ends[block].ok()) failed = true;
  });
  for (Status& end : ends) HL_TRY(end);
  return codes;
}

}  // namespace

Status Recode(const Layout& layout, Catalog* catalog, const HashHead& head, bool final, int jobs,
              const ProgressFunction& progress, std::stop_token stop) {
  HL_ASSIGN(const CatalogSnapshot state, catalog->ReadSnapshot());
  const std::string head_bytes = SerializeHead(head);
  CatalogRewrite rewrite;
  rewrite.meta = state.meta;
  rewrite.meta->bits = head.bits;
  rewrite.meta->head_sha256 = Sha256Hex(AsBytes(head_bytes));
  rewrite.meta->head_file = FittedHeadName(rewrite.meta->head_sha256);
  rewrite.meta->head_fitted = final;
  if (rewrite.meta->head_sha256 == state.meta.head_sha256) return {};  // the same head again
  HL_TRY(WriteFileDurably(layout.Head(rewrite.meta->head_file), AsBytes(head_bytes)));

  const uint64_t total = state.rows();
  uint64_t done = 0;
  for (SegmentRow segment : state.segments) {
    HL_ASSIGN(SegmentFiles files, OpenSegment(layout, state, segment));
    files.codes.bits = head.bits;
    HL_ASSIGN(files.codes.codes, CodeSegment(files.features, head, jobs, stop));
    segment.codes_file = CodesName(segment.id, rewrite.meta->head_sha256);
    HL_TRY(WriteCodesDurably(layout.Segment(segment.codes_file), files.codes));
    rewrite.segments.push_back(segment);
    done += segment.rows;
    if (progress) progress({"making codes", done, total, 0, 0});
  }
  return catalog->Rewrite(state, rewrite);
}

Result<uint64_t> RebuildCodes(const Layout& layout, const Catalog& catalog, int jobs,
                              const ProgressFunction& progress, std::stop_token stop) {
  HL_ASSIGN(const CatalogSnapshot state, catalog.ReadSnapshot());
  std::vector<SegmentRow> damaged;
  for (const SegmentRow& segment : state.segments) {
    const Status status = ReadSegmentCodes(layout, segment, state.meta.bits).status();
    if (status.code() == StatusCode::kCorruption) {
      damaged.push_back(segment);
    } else if (!status.ok()) {
      return status;
    }
  }
  if (damaged.empty()) return uint64_t{0};
  HL_ASSIGN(const HashHead head, LoadHead(layout, state.meta));
  uint64_t done = 0;
  for (const SegmentRow& segment : damaged) {
    if (progress) progress({"making codes again", done++, damaged.size(), 0, 0});
    HL_ASSIGN(const FeatureFile features, OpenSegmentFeatures(layout, segment, state.meta.dim));
    SegmentCodes codes;
    codes.bits = head.bits;
    HL_ASSIGN(codes.ids, IdsFromCatalog(layout, catalog, segment));
    HL_ASSIGN(codes.codes, CodeSegment(features, head, jobs, stop));
    HL_TRY(WriteCodesDurably(layout.Segment(segment.codes_file), codes));
  }
  return damaged.size();
}

Status Refit(const Layout& layout, Catalog* catalog, const FitOptions& options, int jobs) {
  HL_TRY(RebuildCodes(layout, *catalog, jobs, options.progress, options.stop).status());
  HeadFitOptions fit;
  HL_ASSIGN(fit.method, ParseFitMethod(options.method));
  fit.seed = options.seed;
  HL_ASSIGN(const CatalogSnapshot state, catalog->ReadSnapshot());
  fit.bits = options.bits == 0 ? state.meta.bits : options.bits;
  HL_ASSIGN(const std::unique_ptr<LiveFeatures> features,
            LiveFeatures::Open(layout, state, options.sample));
  if (fit.method != FitMethod::kLsh && options.sample <= static_cast<uint64_t>(fit.bits) &&
      features->rows() == options.sample) {
    return InvalidArgument("--sample " + std::to_string(options.sample) + " is too few for " +
                           std::to_string(fit.bits) + " bits: learn from more than " +
                           std::to_string(fit.bits) + " images");
  }
  if (options.progress) options.progress({"learning codes", 0, features->rows(), 0, 0});
  HL_ASSIGN(const HashHead head, FitHead(*features, fit, options.stop));
  return Recode(layout, catalog, head, /*final=*/true, jobs, options.progress, options.stop);
}

}  // namespace hashlens
