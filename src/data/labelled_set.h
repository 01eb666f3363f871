// Pictures with labels, as training and evaluation take them.
#ifndef HASHLENS_DATA_LABELLED_SET_H_
#define HASHLENS_DATA_LABELLED_SET_H_

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/file.h"
#include "hashlens/status.h"
#include "source/record_source.h"

namespace hashlens {

struct LabelledPicture {
  Path path;                // of a file; of a record of a database, DATABASE/NAME (key_name.h)
  std::vector<int> labels;  // indices into LabelledSet::classes, ascending, each once
  std::shared_ptr<const RecordSource> source = {};  // of a record; none: a file
  std::string key = {};                             // of a record
  bool operator==(const LabelledPicture&) const = default;
};

// The bytes of the picture's file, or those that its record stands for. Any number of threads.
// Messages do not name the picture. As ReadFile; kCorruption for a broken record.
Result<std::vector<std::byte>> ReadPicture(const LabelledPicture& picture, uint64_t max_bytes);

// The picture's file, or its database.
Path HomeOf(const LabelledPicture& picture);

// One in so many records, or lines of a list, may be so broken that it has no label.
inline constexpr size_t kMostUnreadable = 10;

// A value.
struct LabelledSet {
  std::vector<std::string> classes;  // sorted by their bytes
  std::vector<LabelledPicture> pictures;
  // "path: why", of records so broken that not even their label can be read, and of lines of a
  // list.
  std::vector<std::string> unreadable = {};

  // Whether any picture has other than exactly one label.
  bool multi_label() const;
  bool operator==(const LabelledSet&) const = default;
};

// Bounds on a label file; a folder has none but the file system's.
struct LabelReadOptions {
  uint64_t max_file_bytes = uint64_t{1} << 30;
  size_t max_line_bytes = size_t{1} << 16;  // of a line, or of a CSV record over several lines
  DataOptions data = {};
  std::stop_token stop = {};  // of reading a database: kCancelled
};

// DATA is one of
//   a folder of class folders: a class is named as its folder, directly below DATA; its pictures
//     are all files below that which are named as pictures (HasImageExtension). Names that start
//     with a dot are passed over, links are followed. Pictures are in order of class, then path.
//   NAME.csv: records path,label (RFC 4180); a first record "path,label" or "path,labels", in
//     whatever case, is a heading. Several labels are separated by ';', blanks around them do not
//     count.
//   NAME.jsonl, .ndjson or .json: a line each with an object that has "path" and either "label" (a
//     string, or a whole number, which stands for its digits) or "labels" (an array of those, which
//     may be empty); other members do not count.
//   NAME.txt: a line each with a path, a blank and a label, as Caffe's tools take them.
//   a database of labelled pictures (source/record_source.h): classes are its labels' digits, and
//     pictures are in its order. It is read once, and stays open.
// Relative paths in a file start at the file's folder. Pictures are in order of their lines; a line
// that says again what an earlier one said adds nothing.
//
// kNotFound: DATA, or pictures that a file names (the first few with their lines, and how many).
// kInvalidArgument, as "FILE:LINE: why": a line that is broken or over its limit (of a list, where
// more than a tenth are), or that gives a picture other labels than an earlier line.
// kInvalidArgument: a picture of two classes by links, a class folder without pictures, a picture
// beside the class folders, fewer than two classes, no pictures, another kind of file, a database
// of features. kCorruption: over a tenth of a database's records are broken.
Result<LabelledSet> ReadLabelledSet(const Path& data, const LabelReadOptions& options = {});

}  // namespace hashlens

#endif  // HASHLENS_DATA_LABELLED_SET_H_
