// Tags of images within a transaction that writes. Internal to the store.
#ifndef HASHLENS_STORE_TAG_WRITER_H_
#define HASHLENS_STORE_TAG_WRITER_H_

#include <set>
#include <string>
#include <vector>

#include "store/catalog.h"
#include "store/catalog_tables.h"

namespace hashlens {

// The numbers of tags, given to those that are new.
Result<std::set<int64_t>> TagIds(TableWriter* writer, const Tags& tags);
// The numbers of all tags with one of the keys.
Result<std::set<int64_t>> TagIdsOfKeys(SqliteConnection* connection,
                                       const std::vector<std::string>& keys);
// Of the tags that an image carries.
Result<std::set<int64_t>> TagIdsOf(SqliteConnection* connection, uint64_t image);
// The image must not carry the tag already.
Status TagImage(TableWriter* writer, int64_t tag, uint64_t image);

}  // namespace hashlens

#endif  // HASHLENS_STORE_TAG_WRITER_H_
