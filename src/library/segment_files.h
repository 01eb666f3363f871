// The two files of a segment, held to what the catalog says of it; and what can be made again.
#ifndef HASHLENS_LIBRARY_SEGMENT_FILES_H_
#define HASHLENS_LIBRARY_SEGMENT_FILES_H_

#include <vector>

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
// code length, dimension, number of rows, range of ids, the removed ids among them. The message
// says what helps.
Result<SegmentFiles> OpenSegment(const Layout& layout, const CatalogSnapshot& state,
                                 const SegmentRow& row);

// One of the two files alone, and without a look at the removed ids. bits, dim: of the library.
Result<SegmentCodes> ReadSegmentCodes(const Layout& layout, const SegmentRow& row, int bits);
Result<FeatureFile> OpenSegmentFeatures(const Layout& layout, const SegmentRow& row, int dim);

// Whether every file of every segment is there and has its size: the first one that has not. Reads
// no rows.
Status CheckSegmentFiles(const Layout& layout, const CatalogSnapshot& state);

// The ids of a segment's rows, ascending, as the catalog knows them; the order of the rows.
Result<std::vector<uint64_t>> IdsFromCatalog(const Layout& layout, const Catalog& catalog,
                                             const SegmentRow& row);

// What is named in a catalog and not there is damage, not a wrong question.
Status MissingIsCorruption(Status status);

// Adds what helps to a kCorruption of a segment's file.
Status WithAdvice(const Status& status, const Path& file);

// A number above those of the segments and of every file in segments/: nothing is ever written over
// a file that is there.
Result<uint64_t> NextSegment(const Layout& layout, const std::vector<SegmentRow>& segments);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_SEGMENT_FILES_H_
