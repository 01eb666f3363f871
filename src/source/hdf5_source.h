// HDF5 files: rows of a dataset of pictures or features, and of one of labels. The only code that
// knows libhdf5. Internal to src/source.
#ifndef HASHLENS_SOURCE_HDF5_SOURCE_H_
#define HASHLENS_SOURCE_HDF5_SOURCE_H_

#include <memory>

#include "source/record_source.h"

namespace hashlens {

// N x channels x height x width, as Caffe has pictures, N x height x width x channels (red first)
// and N x height x width, of bytes or floats; N x dim and N x dim x 1 x 1 of floats are features.
// Labels: N or N x 1 whole numbers, of any type. Keys are the numbers of rows, from 0. libhdf5 does
// not bear several threads: it runs in one at a time.
Result<std::unique_ptr<RecordSource>> OpenHdf5(const Path& file, const DataOptions& options);

}  // namespace hashlens

#endif  // HASHLENS_SOURCE_HDF5_SOURCE_H_
