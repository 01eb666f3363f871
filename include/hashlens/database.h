// Pictures in the forms that Caffe's tools take and make: databases (LMDB, LevelDB, HDF5) and lists
// of files. docs/databases.md tells what is in them.
#ifndef HASHLENS_DATABASE_H_
#define HASHLENS_DATABASE_H_

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "hashlens/data_options.h"
#include "hashlens/library.h"

namespace hashlens {

// Whether a look at `path` tells a database, or a NAME.txt whose first line is "path label" or the
// path of an HDF5 file (a list of such files).
bool IsDatabase(const std::filesystem::path& path);

struct AddDatabaseOptions {
  std::filesystem::path path;
  DataOptions data;
  std::filesystem::path label_names;  // a file whose line N, from 0, names label N; empty: digits
  std::vector<Tag> tags;              // given to every image, beside label=N
  bool retry = false;                 // as of IndexOptions and AddOptions
  uint64_t batch = 4096;
  ProgressFunction progress;
  std::stop_token stop;
};
// Whether the database and the names of its labels can be opened; errors as of AddDatabase.
Status CheckDatabase(const AddDatabaseOptions& options);

// Brings a library up to date with a database: its records become images, with the database's path
// and the record's key as theirs. The pictures of a list are indexed as the files that they are.
// Broken records fail alone, as bad pictures do. A label that is another one than before takes its
// place: an image keeps no tags "label" but those of the database. kNotFound, kInvalidArgument,
// kCorruption and kUnsupported are of the database; what came before a damaged place is in the
// library.
Result<IndexReport> AddDatabase(LibraryWriter* writer, const AddDatabaseOptions& options);

// Folders and files, databases and lists, as IsDatabase tells them apart.
struct IndexPathsOptions {
  IndexOptions
      files;         // `paths` are all of them; exclude, prune and hidden are of folders and files
  DataOptions data;  // of databases and lists
  std::filesystem::path label_names;  // as of AddDatabaseOptions
};
// Whether the databases can be opened, and every option is of something among the paths.
Status CheckPaths(const IndexPathsOptions& options);
// All of them, one after the other, files first; the report is of all. Stops at the first error,
// or when asked to; errors as of LibraryWriter::Index and AddDatabase.
Result<IndexReport> IndexPaths(LibraryWriter* writer, const IndexPathsOptions& options);
// Makes the report of a run that of two, the other of which came before or after it.
void AddReport(const IndexReport& other, IndexReport* report);

struct ConvertOptions {
  std::filesystem::path data;  // labelled pictures, as EvalOptions has them; one label each
  DataOptions data_options;
  std::filesystem::path output;            // a folder, made new
  uint64_t max_bytes = uint64_t{1} << 30;  // of a picture file
  ProgressFunction progress;
  std::stop_token stop;
};
struct ConvertReport {
  uint64_t written = 0;
  uint64_t failed = 0;
  std::vector<std::string> failures;  // the first few, "path: reason"
  // The names of labels 0, 1, ...; none where the classes are whole numbers, which are the labels.
  std::vector<std::string> classes;
};
// Writes an LMDB of Caffe's encoded Datums: the bytes of the picture files as they are, under keys
// "00000000_NAME" that keep the order. It appears whole or not at all. kInvalidArgument when
// something is there already, or a picture has several labels; kCancelled leaves nothing behind.
Result<ConvertReport> ConvertToLmdb(const ConvertOptions& options);

}  // namespace hashlens

#endif  // HASHLENS_DATABASE_H_
