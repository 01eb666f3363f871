// Pictures that are no files, on their way into a library: which of them must be read.
#ifndef HASHLENS_LIBRARY_GIVEN_PICTURES_H_
#define HASHLENS_LIBRARY_GIVEN_PICTURES_H_

#include <optional>
#include <string>

#include "hashlens/options.h"
#include "hashlens/types.h"
#include "library/ingest.h"
#include "library/layout.h"
#include "library/roots.h"
#include "library/stopwatch.h"
#include "store/catalog.h"

namespace hashlens {

// In the catalog, what stands for the time of a file: no file's, as it is before the year 1824, and
// from the SHA-256 of the picture's bytes or numbers (docs/FORMAT.md).
FileStamp StampOfGiven(const GivenPicture& picture);
bool IsGiven(const FileStamp& stamp);

// One run of LibraryWriter::Add. What it is given must outlive it.
class GivenPictures {
 public:
  // Makes the source a root of the library where it is below none.
  static Result<GivenPictures> Begin(const Layout& layout, Catalog* catalog, Roots* roots,
                                     const AddOptions& options, IndexReport* report);

  // The next that is new, changed or to be tried again; the others are counted in the report, and
  // get their tags.
  Result<std::optional<IngestItem>> Next();

 private:
  GivenPictures(Catalog* catalog, const AddOptions& options, IndexReport* report, RootedPath place)
      : catalog_(catalog), options_(options), report_(report), place_(std::move(place)) {}
  Status TagUnchanged(const RootedPath& place, Tags own);
  void Report();

  Catalog* catalog_;
  const AddOptions& options_;
  IndexReport* report_;
  RootedPath place_;  // of the source
  uint64_t seen_ = 0;
  Stopwatch watch_;
};

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_GIVEN_PICTURES_H_
