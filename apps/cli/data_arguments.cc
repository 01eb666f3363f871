#include "apps/cli/data_arguments.h"

namespace hashlens {

void AddDataOptions(CLI::App* verb, DataOptions* options) {
  verb->add_option("--dataset", options->dataset,
                   "Of an HDF5 file: the dataset of pictures or features; default: data, else "
                   "features");
  verb->add_option("--labels", options->labels,
                   "Of an HDF5 file: the dataset of labels; default: label, where it is there");
  verb->add_flag("--rgb", options->rgb,
                 "Raw colour pixels of a database have red first; Caffe's have blue first");
  verb->add_option("--root", options->root,
                   "Where relative paths of a list (NAME.txt: path label) start; default: its "
                   "folder");
}

}  // namespace hashlens
