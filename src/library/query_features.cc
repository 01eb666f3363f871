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

// Of unwanted examples beside wanted ones (Rocchio 1971).
constexpr float kUnlikeWeight = 0.5F;

using PathOfId = std::function<Result<Path>(uint64_t)>;

bool IsText(const Query& query) { return query.id == 0 && query.text; }
// Whether the network for pictures is needed.
bool IsPicture(const Query& query) {
  if (query.id != 0) return query.region.has_value();
  return !query.text && (query.bytes || !query.file.empty());
}
// Whether there is something beside examples.
bool HasSubject(const Query& query) { return query.id != 0 || IsText(query) || IsPicture(query); }

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
  return PreparedQuery{std::move(*feature), {}, {}};
}

struct Makers {
  const FeatureMaker* pictures = nullptr;  // nullptr when no query needs it
  const TextMaker* texts = nullptr;
  const PathOfId& path_of;
};

Result<MadeFeature> MakePicture(const Query& query, const Makers& makers, bool* fatal) {
  const Region* region = query.region ? &*query.region : nullptr;
  if (query.id != 0) {
    HL_ASSIGN(const Path file, makers.path_of(query.id));
    return makers.pictures->Make(file, fatal, region);
  }
  return query.bytes ? makers.pictures->Make(AsBytes(*query.bytes), fatal, region)
                     : makers.pictures->Make(query.file, fatal, region);
}

// Without the examples.
Result<PreparedQuery> PrepareSubject(const Snapshot& snapshot, const Query& query,
                                     const Makers& makers, bool* fatal) {
  if (query.id != 0 && !query.region) return PrepareId(snapshot, query.id, fatal);
  if (query.region && IsText(query))
    return InvalidArgument(ShownName(query) + ": a region is of a picture, and this is a text");
  auto made =
      IsText(query) ? makers.texts->Make(*query.text, fatal) : MakePicture(query, makers, fatal);
  if (!made.ok() && *fatal) return made.status();
  if (!made.ok()) {
    const std::string name = query.id != 0 ? NameOf(query) : ShownName(query);
    return Status(made.status().code(), name + ": " + made.status().message());
  }
  PreparedQuery prepared;
  prepared.feature = std::move(made->values);
  prepared.times.decode = made->decode_seconds * 1e3;
  prepared.times.network = made->network_seconds * 1e3;
  prepared.damage = std::move(made->damage);
  return prepared;
}

// sum += weight * (feature of each id - mean).
Status AddExamples(const Snapshot& snapshot, const std::vector<uint64_t>& ids, float weight,
                   std::vector<float>* sum, bool* fatal) {
  const std::vector<float>& mean = snapshot.head().mean;
  for (const uint64_t id : ids) {
    HL_ASSIGN(const PreparedQuery example, PrepareId(snapshot, id, fatal));
    for (size_t i = 0; i < sum->size(); ++i) (*sum)[i] += weight * (example.feature[i] - mean[i]);
  }
  return {};
}

Result<PreparedQuery> PrepareQuery(const Snapshot& snapshot, const Query& query,
                                   const Makers& makers, bool* fatal) {
  PreparedQuery prepared;
  const bool subject = HasSubject(query);
  if (subject) {
    HL_ASSIGN(prepared, PrepareSubject(snapshot, query, makers, fatal));
  }
  if (query.like.empty() && query.unlike.empty() && subject) return prepared;
  const size_t wanted = query.like.size() + (subject ? 1 : 0);
  if (wanted == 0)
    return InvalidArgument("nothing to look for: a query needs a picture, an id, a text or `like`");
  const std::vector<float>& mean = snapshot.head().mean;
  const float each = 1 / static_cast<float>(wanted);
  std::vector<float> sum(mean.size());
  for (size_t i = 0; subject && i < sum.size(); ++i)
    sum[i] = each * (prepared.feature[i] - mean[i]);
  HL_TRY(AddExamples(snapshot, query.like, each, &sum, fatal));
  const auto unwanted = static_cast<float>(std::max<size_t>(query.unlike.size(), 1));
  HL_TRY(AddExamples(snapshot, query.unlike, -kUnlikeWeight / unwanted, &sum, fatal));
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += mean[i];
  prepared.feature = std::move(sum);
  return prepared;
}

}  // namespace

std::string NameOf(const Query& query) {
  if (query.id != 0) return "id:" + std::to_string(query.id);
  if (query.text) return *query.text;
  if (!query.file.empty() || query.bytes) return query.file.native();
  std::string name;
  for (const uint64_t id : query.like) name += (name.empty() ? "like:" : ",") + std::to_string(id);
  return name;
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

Result<std::vector<Result<PreparedQuery>>> QueryFeatures::Prepare(
    const Snapshot& snapshot, std::span<const Query> queries,
    const std::function<Result<Path>(uint64_t)>& path_of) {
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
  const Makers makers{pictures.get(), texts.get(), path_of};
  std::vector<Result<PreparedQuery>> prepared(queries.size(),
                                              Result<PreparedQuery>(PreparedQuery()));
  std::atomic<size_t> fatal_query{queries.size()};
  RunParallel(static_cast<size_t>(jobs), queries.size(), [&](size_t i) {
    bool fatal = false;
    prepared[i] =
        GuardExceptions([&] { return PrepareQuery(snapshot, queries[i], makers, &fatal); });
    if (fatal) fatal_query = i;
  });
  if (fatal_query < queries.size()) return prepared[fatal_query].status();
  return prepared;
}

}  // namespace hashlens
