// The formats of files of encoded pictures. Internal to src/exchange.
#ifndef HASHLENS_EXCHANGE_ENCODED_FORMATS_H_
#define HASHLENS_EXCHANGE_ENCODED_FORMATS_H_

#include <memory>
#include <string>

#include "base/file.h"
#include "hashlens/encode.h"

namespace hashlens {

// Of NumPy's arrays, whose rows are named by a file beside them.
Path RowsFileOf(const Path& npy);

using NewEncodedFile = Result<std::unique_ptr<EncodedFile>>;
NewEncodedFile NewJsonLines(const Path& file);
NewEncodedFile NewCsv(const Path& file, const EncodedForm& form);
NewEncodedFile NewNpy(const Path& file, const EncodedForm& form);
NewEncodedFile NewHdf5(const Path& file, const EncodedForm& form);
NewEncodedFile NewLmdb(const Path& folder, const EncodedForm& form);

}  // namespace hashlens

#endif  // HASHLENS_EXCHANGE_ENCODED_FORMATS_H_
