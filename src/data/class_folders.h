// A folder of class folders. Internal to src/data.
#ifndef HASHLENS_DATA_CLASS_FOLDERS_H_
#define HASHLENS_DATA_CLASS_FOLDERS_H_

#include "data/labelled_set.h"

namespace hashlens {

// See ReadLabelledSet. No folder is entered twice for one class, so that links cannot lead in
// circles; a picture that links make one of two classes is kInvalidArgument.
Result<LabelledSet> ReadClassFolders(const Path& data);

}  // namespace hashlens

#endif  // HASHLENS_DATA_CLASS_FOLDERS_H_
