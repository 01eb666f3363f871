// A segment's two files, opened together and compared with the catalog.
#ifndef HASHLENS_LIBRARY_SEGMENT_FILES_H_
#define HASHLENS_LIBRARY_SEGMENT_FILES_H_

#include "library/layout.h"
#include "store/catalog.h"
#include "store/code_file.h"
#include "store/feature_file.h"

namespace hashlens {

struct SegmentFiles {
  FeatureFile features;
  SegmentCodes codes;  // as many as features, at least one
};

// A segment of the state. kCorruption when a file is missing, damaged or not what the catalog says:
// code length, dimension, number of rows, range of ids, the removed ids among them.
Result<SegmentFiles> OpenSegment(const Layout& layout, const CatalogSnapshot& state,
                                 const SegmentRow& row);

// What is named in a catalog and not there is damage, not a wrong question.
Status MissingIsCorruption(Status status);

// A number above those of the segments and of every file in segments/: nothing is ever written over
// a file that is there.
Result<uint64_t> NextSegment(const Layout& layout, const std::vector<SegmentRow>& segments);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_SEGMENT_FILES_H_
