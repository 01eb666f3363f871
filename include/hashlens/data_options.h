// How labelled pictures and databases are read, where they leave a choice.
#ifndef HASHLENS_DATA_OPTIONS_H_
#define HASHLENS_DATA_OPTIONS_H_

#include <filesystem>
#include <string>

namespace hashlens {

struct DataOptions {
  // Of an HDF5 file, by path in it. Empty: "data", else "features"; "label" where it is there.
  std::string dataset;
  std::string labels;
  // Raw colour pixels of a database have red first; Caffe's have blue first.
  bool rgb = false;
  // Where relative paths of a list "path label" start; empty: the list's folder.
  std::filesystem::path root;
};

}  // namespace hashlens

#endif  // HASHLENS_DATA_OPTIONS_H_
