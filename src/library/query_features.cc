#include "library/query_features.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/guard.h"
#include "base/parallel.h"
#include "base/try.h"
#include "library/jobs.h"
#include "library/search.h"

namespace hashlens {
namespace {

// A text's name in messages is its beginning.
constexpr size_t kShownBytes = 60;

bool IsText(const Query& query) { return query.id == 0 && query.text; }
bool IsPicture(const Query& query) { return query.id == 0 && !query.text; }

std::string ShownName(const Query& query) {
  if (!IsText(query)) return Printable(query.file);
  const bool whole = query.text->size() <= kShownBytes;
  std::string shown = Printable(std::string_view(*query.text).substr(0, kShownBytes));
  shown.insert(0, 1, '"');
  return shown + (whole ? "\"" : "...\"");
}

Result<PreparedQuery> PrepareId(const Snapshot& snapshot, uint64_t id, bool* fatal) {
  const auto row = snapshot.RowOf(id);
  if (!row) return NotFound("id:" + std::to_string(id) + ": no such image in the library");
  auto feature = StoredFeature(snapshot, *row);
  *fatal = !feature.ok();
  if (!feature.ok()) return feature.status();
  return PreparedQuery{std::move(*feature), {}};
}

// The makers: nullptr when no query needs them.
Result<PreparedQuery> PrepareQuery(const Snapshot& snapshot, const Query& query,
                                   const FeatureMaker* pictures, const TextMaker* texts,
                                   bool* fatal) {
  if (query.id != 0) return PrepareId(snapshot, query.id, fatal);
  auto made = query.text    ? texts->Make(*query.text, fatal)
              : query.bytes ? pictures->Make(AsBytes(*query.bytes), fatal)
                            : pictures->Make(query.file, fatal);
  if (!made.ok() && *fatal) return made.status();
  if (!made.ok())
    return Status(made.status().code(), ShownName(query) + ": " + made.status().message());
  PreparedQuery prepared;
  prepared.feature = std::move(made->values);
  prepared.times.decode = made->decode_seconds * 1e3;
  prepared.times.network = made->network_seconds * 1e3;
  return prepared;
}

}  // namespace

std::string NameOf(const Query& query) {
  if (query.id != 0) return "id:" + std::to_string(query.id);
  return query.text ? *query.text : query.file.native();
}

Result<std::shared_ptr<const FeatureMaker>> QueryFeatures::Pictures(const LibraryMeta& meta,
                                                                    int parallel) {
  std::lock_guard lock(mutex_);
  if (!pictures_.maker || pictures_.digest != meta.feature_digest) {
    HL_ASSIGN(FeatureMaker made, LoadMaker(layout_, meta, options_, parallel));
    pictures_ = {std::make_shared<const FeatureMaker>(std::move(made)), meta.feature_digest};
  }
  return pictures_.maker;
}

Result<std::shared_ptr<const TextMaker>> QueryFeatures::Texts(const LibraryMeta& meta) {
  std::lock_guard lock(mutex_);
  if (!texts_.maker || texts_.digest != meta.feature_digest) {
    HL_ASSIGN(TextMaker made, LoadTextMaker(layout_, meta, options_));
    texts_ = {std::make_shared<const TextMaker>(std::move(made)), meta.feature_digest};
  }
  return texts_.maker;
}

Result<std::vector<Result<PreparedQuery>>> QueryFeatures::Prepare(const Snapshot& snapshot,
                                                                  std::span<const Query> queries) {
  const auto files = std::ranges::count_if(queries, IsPicture);
  const int jobs = std::max(1, std::min(JobCount(options_.jobs), static_cast<int>(files)));
  std::shared_ptr<const FeatureMaker> pictures;
  if (files > 0) {
    HL_ASSIGN(pictures, Pictures(snapshot.meta(), jobs));
  }
  std::shared_ptr<const TextMaker> texts;
  if (std::ranges::any_of(queries, IsText)) {
    HL_ASSIGN(texts, Texts(snapshot.meta()));
  }
  std::vector<Result<PreparedQuery>> prepared(queries.size(),
                                              Result<PreparedQuery>(PreparedQuery()));
  std::atomic<size_t> fatal_query{queries.size()};
  RunParallel(static_cast<size_t>(jobs), queries.size(), [&](size_t i) {
    bool fatal = false;
    prepared[i] = GuardExceptions(
        [&] { return PrepareQuery(snapshot, queries[i], pictures.get(), texts.get(), &fatal); });
    if (fatal) fatal_query = i;
  });
  if (fatal_query < queries.size()) return prepared[fatal_query].status();
  return prepared;
}

}  // namespace hashlens
