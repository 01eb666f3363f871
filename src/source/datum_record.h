// From a Datum's bytes to a record. Internal to src/source.
#ifndef HASHLENS_SOURCE_DATUM_RECORD_H_
#define HASHLENS_SOURCE_DATUM_RECORD_H_

#include <string_view>

#include "source/record_source.h"

namespace hashlens {

// Raw pixels become a PGM or PPM, an encoded picture stays as it is, float_data of one row and one
// column is a feature, and of more a picture. What is wrong stands in Record::problem; the label is
// there also then, where it can be read.
Record RecordOfDatum(std::string key, std::string_view value, const DataOptions& options);

}  // namespace hashlens

#endif  // HASHLENS_SOURCE_DATUM_RECORD_H_
