#include "apps/cli/data_arguments.h"

namespace hashlens {

void AddDataOptions(Command* verb, DataOptions* options) {
  verb->AddOption("--dataset", &options->dataset,
                  "Of an HDF5 file: the dataset of pictures or features; default: data, else "
                  "features");
  verb->AddOption("--labels", &options->labels,
                  "Of an HDF5 file: the dataset of labels; default: label, where it is there");
  verb->AddFlag("--rgb", &options->rgb,
                "Raw colour pixels of a database have red first; Caffe's have blue first");
  verb->AddOption("--root", &options->root,
                  "Where relative paths of a list (NAME.txt: path label) start; default: its "
                  "folder");
}

}  // namespace hashlens
