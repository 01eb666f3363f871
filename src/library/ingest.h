// The second half of an index run: reading pictures on several threads and committing them in
// order.
#ifndef HASHLENS_LIBRARY_INGEST_H_
#define HASHLENS_LIBRARY_INGEST_H_

#include <functional>
#include <optional>

#include "hash/hash_head.h"
#include "hashlens/options.h"
#include "hashlens/types.h"
#include "library/feature_maker.h"
#include "library/layout.h"
#include "library/roots.h"
#include "store/catalog.h"

namespace hashlens {

struct IngestTarget {
  const Layout& layout;
  Catalog* catalog;
  const Roots& roots;
  const HashHead& head;
  const FeatureMaker& maker;
  int jobs;  // cores to keep busy
};

// A picture to read.
struct IngestItem {
  RootedPath place;
  bool named = false;  // the user named this very file
  // When it is no file: its bytes or feature and its tags, and what tells it from another one.
  std::optional<GivenPicture> given = {};
  FileStamp given_stamp = {};
};

// What to read, one after the other, and how. `next` is called on the caller's thread; it gives
// none at the end, and kCancelled when it stops before.
struct IngestWork {
  std::function<Result<std::optional<IngestItem>>()> next;
  uint64_t total = 0;                 // for progress; 0: not known
  Tags tags;                          // for every image
  std::vector<std::string> own_keys;  // as of IndexOptions
  uint64_t batch = 1;                 // images a commit
  ProgressFunction progress;
  std::stop_token stop;
};

// The files that catalog->AddFile has queued.
IngestWork QueuedFiles(const Catalog* catalog, const IndexOptions& options);

// Reads all there is and adds to `report`. Images get their ids in the order of `next` whatever
// thread finishes first, so that a run gives the same library every time. Commits every work.batch
// images and every ten seconds, and merges small segments beside that (background_merge.h), which
// may fail with no more than a warning in the report. When stopped, commits what is done and
// returns ok with report->interrupted; when `next` fails, commits and returns its error. Memory:
// independent of the number of pictures.
Status Ingest(const IngestTarget& target, const IngestWork& work, IndexReport* report);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_INGEST_H_
