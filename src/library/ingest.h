// The second half of an index run: reading the queued files on several threads and committing them
// in order.
#ifndef HASHLENS_LIBRARY_INGEST_H_
#define HASHLENS_LIBRARY_INGEST_H_

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

// Threads that make features when `jobs` cores are to be busy. One more than cores: the network
// runs on threads of its own, and while a worker waits for it another one decodes.
inline constexpr int IngestWorkers(int jobs) { return jobs + 1; }

// Works through catalog->Queued and adds to `report`. Images get their ids in queue order whatever
// thread finishes first, so that a run gives the same library every time. Commits every
// options.batch images and every ten seconds, and merges small segments beside that
// (background_merge.h), which may fail with no more than a warning in the report. When stopped,
// commits what is done and returns ok with report->interrupted. Memory: independent of the number
// of files.
Status IngestQueued(const IngestTarget& target, const IndexOptions& options, IndexReport* report);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_INGEST_H_
