// Keeping the number of small segments down while an index run commits more of them.
#ifndef HASHLENS_LIBRARY_BACKGROUND_MERGE_H_
#define HASHLENS_LIBRARY_BACKGROUND_MERGE_H_

#include <atomic>
#include <stop_token>
#include <thread>
#include <vector>

#include "hash/hash_head.h"
#include "library/layout.h"
#include "store/catalog.h"

namespace hashlens {

// Of smaller segments than half kMergedRows a library has no more than this many after an index
// run, and twice as many at any time of it, unless merging fails.
inline constexpr size_t kManySegments = 32;

// Merges the smallest segments where there are too many small ones, as rarely as keeps their number
// down: a row is copied a few times in the life of a library. Space of removed images is given back
// only in what is merged. A thread copies segments of the catalog's state as of the start; all
// calls are for the thread that owns the catalog, and put what has been copied into it, beside what
// was committed or removed meanwhile. The files of what was merged are removed.
//
// The Status of a call is the merge's: a failure leaves the library as it was, whole, and the run
// may go on; the next merge is tried after as many commits as the last. kCancelled when stopped.
class BackgroundMerge {
 public:
  // segments: of the catalog. What is given by reference or pointer outlives the object.
  BackgroundMerge(const Layout& layout, Catalog* catalog, const HashHead& head,
                  std::vector<SegmentRow> segments, std::stop_token stop);
  ~BackgroundMerge();  // a merge that is not finished is stopped and leaves nothing behind

  // After every commit of a segment, while no other is being written. Begins and ends merges; waits
  // only when commits outrun them. Takes numbers for segments from *next_segment on: those of later
  // commits are higher.
  Status AfterCommit(const SegmentRow& committed, uint64_t* next_segment);
  // Waits until no merge is going on or due.
  Status Finish(uint64_t* next_segment);

 private:
  size_t SmallSegments() const;
  bool IsDue() const { return SmallSegments() > most_; }
  Status Start(uint64_t* next_segment);
  Status RequireRoom(uint64_t merged_rows) const;
  // Waits for the thread and makes its work part of the library.
  Status End();
  Status Failed(Status status);

  const Layout& layout_;
  Catalog* catalog_;
  const HashHead& head_;
  std::vector<SegmentRow> segments_;  // as in the catalog
  size_t most_ = kManySegments;       // more small ones than this, and a merge begins
  CatalogSnapshot from_;              // what is being copied
  CatalogRewrite copied_;             // the thread's, as its status, until it has ended
  Status copy_status_;
  std::atomic<bool> ended_ = false;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> on_stop_;
  std::jthread thread_;  // joinable while a merge goes on
};

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_BACKGROUND_MERGE_H_
