// What queries are searched by: features of pictures, of images of the library, and of texts.
#ifndef HASHLENS_LIBRARY_QUERY_FEATURES_H_
#define HASHLENS_LIBRARY_QUERY_FEATURES_H_

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "hashlens/options.h"
#include "hashlens/types.h"
#include "library/feature_maker.h"
#include "library/layout.h"
#include "library/snapshot.h"
#include "library/text_maker.h"

namespace hashlens {

// What one query of a batch needs before the codes are searched.
struct PreparedQuery {
  std::vector<float> feature;
  StageTimes times;
  std::string damage;  // as of MadeFeature
};

// As results name it: the file as given, "id:7", or the text.
std::string NameOf(const Query& query);

// The networks of one library, each loaded by the first query that needs it, and again when the
// library stores other features. Thread-safe.
class QueryFeatures {
 public:
  // Both outlive it.
  QueryFeatures(const Layout& layout, const OpenOptions& options)
      : layout_(layout), options_(options) {}

  // In order; several threads make features of files. Fails as a whole only for what is no query's
  // fault: the library's, or a text where the model has no text network (kInvalidArgument).
  // path_of: where an image's file is, for parts of it; called from several threads.
  Result<std::vector<Result<PreparedQuery>>> Prepare(
      const Snapshot& snapshot, std::span<const Query> queries,
      const std::function<Result<std::filesystem::path>(uint64_t)>& path_of);

 private:
  template <typename Maker>
  struct Loaded {
    std::shared_ptr<const Maker> maker;
    std::string digest;  // of the features that it makes
  };

  // `parallel` files may then be made at once.
  Result<std::shared_ptr<const FeatureMaker>> Pictures(const LibraryMeta& meta, int parallel);
  Result<std::shared_ptr<const TextMaker>> Texts(const LibraryMeta& meta);

  const Layout& layout_;
  const OpenOptions& options_;
  std::mutex mutex_;
  Loaded<FeatureMaker> pictures_;
  Loaded<TextMaker> texts_;
};

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_QUERY_FEATURES_H_
