// Lists of picture files, as Caffe's ImageData layer and convert_imageset take them.
#ifndef HASHLENS_DATA_PICTURE_LIST_H_
#define HASHLENS_DATA_PICTURE_LIST_H_

#include <string>
#include <vector>

#include "data/labelled_set.h"

namespace hashlens {

// Whether `file` is a NAME.txt that begins with a line "path label".
bool LooksLikeList(const Path& file);

struct ListedPicture {
  Path path;  // relative ones have been made to start at the list's root
  std::string label;
};

// Every line in order. kInvalidArgument names a line that is broken; the pictures need not be
// there.
Result<std::vector<ListedPicture>> ReadPictureList(const Path& file,
                                                   const LabelReadOptions& options = {});

// Where the relative paths of a list start.
Path RootOfList(const Path& file, const DataOptions& options);

}  // namespace hashlens

#endif  // HASHLENS_DATA_PICTURE_LIST_H_
