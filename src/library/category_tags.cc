#include "library/category_tags.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "base/parallel.h"
#include "base/try.h"
#include "library/library_model.h"
#include "library/live_features.h"
#include "library/segment_files.h"
#include "library/stopwatch.h"
#include "library/tags.h"

namespace hashlens {
namespace {

constexpr double kLowestLimit = 0.01;
constexpr uint64_t kRowsAtOnce = 1024;      // that are read and judged together
constexpr uint64_t kImagesACommit = 16384;  // about
constexpr char kUnsure[] = "unsure";
constexpr std::ptrdiff_t kMostTags = 64;  // of an image: a model may find any number likely

// Places of the rows from `first` to before `end` whose ids are in neither of the two.
std::vector<uint64_t> RowsToJudge(const std::vector<uint64_t>& removed,
                                  const std::vector<uint64_t>& judged,
                                  const std::vector<uint64_t>& ids, uint64_t first, uint64_t end) {
  std::vector<uint64_t> rows;
  for (uint64_t row = first; row < end; ++row) {
    if (!std::ranges::binary_search(removed, ids[row]) &&
        !std::ranges::binary_search(judged, ids[row]))
      rows.push_back(row);
  }
  return rows;
}

// Judges images and commits their tags, those of many images at a time.
class CategoryTagger {
 public:
  CategoryTagger(Catalog* catalog, const CategoryMaker& maker, double limit, int jobs)
      : catalog_(catalog), maker_(maker), limit_(limit), jobs_(static_cast<size_t>(jobs)) {}

  // features: of the rows from `first` on, of dim numbers each; `rows` are some of them.
  Status Judge(std::span<const float> features, size_t dim, uint64_t first,
               const std::vector<uint64_t>& rows, const std::vector<uint64_t>& ids) {
    std::vector<std::vector<std::string>> likely(rows.size());
    RunParallel(jobs_, rows.size(), [&](size_t i) {
      const auto feature = features.subspan((rows[i] - first) * dim, dim);
      likely[i] =
          LikelyClasses(maker_.names(), maker_.Probabilities(feature, /*length=*/0), limit_);
    });
    for (size_t i = 0; i < rows.size(); ++i) {
      if (likely[i].empty()) {
        ++report_.unsure;
        likely[i].emplace_back(kUnsure);
      }
      pending_[std::move(likely[i])].push_back(ids[rows[i]]);
    }
    report_.judged += rows.size();
    held_ += rows.size();
    return held_ < kImagesACommit ? Status() : Commit();
  }

  Status Commit() {
    for (const auto& [names, ids] : pending_) {
      Tags tags;
      for (const std::string& name : names) tags.emplace_back(kCategoryKey, name);
      // All tags of an image come in one transaction: what has one is done.
      HL_TRY(catalog_->ChangeTags(ids, {tags, {}, {}}).status());
    }
    pending_.clear();
    held_ = 0;
    return {};
  }

  const CategoryTagReport& report() const { return report_; }

 private:
  Catalog* catalog_;
  const CategoryMaker& maker_;
  double limit_;
  size_t jobs_;
  std::map<std::vector<std::string>, std::vector<uint64_t>> pending_;  // images of the same tags
  uint64_t held_ = 0;                                                  // images in pending_
  CategoryTagReport report_;
};

}  // namespace

std::vector<std::string> LikelyClasses(const ClassNames& names,
                                       const std::vector<double>& probabilities, double limit) {
  std::vector<double> sums = probabilities;
  sums.resize(names.nodes.size());
  std::vector<size_t> nodes;
  // A class stands before those above it, so that its own sum is complete when it is passed on.
  for (size_t node = 0; node < sums.size(); ++node) {
    if (sums[node] >= limit) nodes.push_back(node);
    const int upper = names.nodes[node].upper;
    if (upper >= 0) sums[static_cast<size_t>(upper)] += sums[node];
  }
  if (nodes.size() > kMostTags) {
    std::ranges::nth_element(nodes, nodes.begin() + kMostTags, [&](size_t a, size_t b) {
      return std::pair(-sums[a], a) < std::pair(-sums[b], b);
    });
    nodes.resize(kMostTags);
  }
  std::set<std::string> likely;
  for (const size_t node : nodes) likely.insert(names.nodes[node].name);
  return {likely.begin(), likely.end()};
}

Result<CategoryTagReport> TagCategories(const Layout& layout, Catalog* catalog,
                                        const CategoryTagOptions& options, int jobs) {
  if (!(options.probability >= kLowestLimit && options.probability <= 1))
    return InvalidArgument("a category's probability must be 0.01 to 1");
  HL_ASSIGN(const CatalogSnapshot state, catalog->ReadSnapshot());
  HL_ASSIGN(const LibraryModel model, OpenLibraryModel(layout, state.meta));
  HL_ASSIGN(const CategoryMaker maker, CategoryMaker::Load(model.package, model.reduction));
  HL_ASSIGN(const std::vector<uint64_t> judged, catalog->ImagesWithKey(kCategoryKey));
  CategoryTagger tagger(catalog, maker, options.probability, jobs);
  bool interrupted = false;
  uint64_t looked = 0;
  Stopwatch since_progress;
  for (const SegmentRow& segment : state.segments) {
    if (interrupted) break;
    HL_ASSIGN(const SegmentFiles files, OpenSegment(layout, state, segment));
    const std::vector<uint64_t>& ids = files.codes.ids;
    for (uint64_t first = 0; first < ids.size(); first += kRowsAtOnce) {
      interrupted = options.stop.stop_requested();
      if (interrupted) break;
      const uint64_t end = std::min<uint64_t>(ids.size(), first + kRowsAtOnce);
      const std::vector<uint64_t> rows = RowsToJudge(state.removed, judged, ids, first, end);
      if (!rows.empty()) {
        HL_ASSIGN(const std::vector<float> features,
                  ReadFeatureRows(files.features, first, end - first));
        HL_TRY(tagger.Judge(features, static_cast<size_t>(state.meta.dim), first, rows, ids));
      }
      looked += end - first;
      if (options.progress && since_progress.Seconds() >= kProgressSeconds) {
        since_progress.Lap();
        options.progress({"telling categories", looked, state.rows(), 0, 0});
      }
    }
  }
  HL_TRY(tagger.Commit());
  CategoryTagReport report = tagger.report();
  report.interrupted = interrupted;
  return report;
}

}  // namespace hashlens
