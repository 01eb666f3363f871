// Lists of picture files, as Caffe's ImageData layer and convert_imageset take them.
#ifndef HASHLENS_DATA_PICTURE_LIST_H_
#define HASHLENS_DATA_PICTURE_LIST_H_

#include <string>
#include <vector>

#include "data/labelled_set.h"

namespace hashlens {

// Whether `file` is a NAME.txt that begins with a line "path label".
bool LooksLikeList(const Path& file);
// What keeps a NAME.txt of text from being one: "FILE:LINE: why". Ok for anything else.
Status WhyNoList(const Path& file);

// The files that a NAME.txt of HDF5 files lists, a path a line, as Caffe's HDF5Data layer takes it;
// none for anything else. Relative paths start at the list's root, or, where nothing is there, at
// the current folder, as Caffe has it.
std::vector<Path> ListedHdf5Files(const Path& file, const DataOptions& options);

struct ListedPicture {
  Path path;                        // relative ones have been made to start at the list's root
  std::vector<std::string> labels;  // one of a list; of a label file any number, or none
};

struct PictureList {
  std::vector<ListedPicture> pictures;  // which need not be there
  std::vector<Status> broken;           // "FILE:LINE: why", of lines that are left out
};

// Every line in order.
Result<PictureList> ReadPictureList(const Path& file, const LabelReadOptions& options = {});

// Whether `file` is a label file, by its ending: .csv, .jsonl, .ndjson or .json.
bool IsLabelFile(const Path& file);
// Every row of a label file (ReadLabelledSet) in order. A row may lack labels: a CSV record may be
// a path alone. kInvalidArgument, as "FILE:LINE: why", for a row that is broken.
Result<std::vector<ListedPicture>> ReadLabelFileRows(const Path& file,
                                                     const LabelReadOptions& options = {});

// Where the relative paths of a list start.
Path RootOfList(const Path& file, const DataOptions& options);

}  // namespace hashlens

#endif  // HASHLENS_DATA_PICTURE_LIST_H_
