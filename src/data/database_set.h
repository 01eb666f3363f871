// Labelled pictures in a database. Internal to src/data.
#ifndef HASHLENS_DATA_DATABASE_SET_H_
#define HASHLENS_DATA_DATABASE_SET_H_

#include "data/labelled_set.h"

namespace hashlens {

// See ReadLabelledSet. A record without a label has label 0, as Caffe takes it.
Result<LabelledSet> ReadDatabase(const Path& data, const LabelReadOptions& options);

}  // namespace hashlens

#endif  // HASHLENS_DATA_DATABASE_SET_H_
