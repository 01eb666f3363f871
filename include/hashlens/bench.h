// Measurements that anyone can repeat; the verbs `hashlens bench ...` print them.
#ifndef HASHLENS_BENCH_H_
#define HASHLENS_BENCH_H_

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "hashlens/code_index.h"
#include "hashlens/options.h"
#include "hashlens/status.h"
#include "hashlens/types.h"

namespace hashlens {

// ---- ingest: files to a committed library ----
struct IngestBenchOptions {
  std::vector<std::filesystem::path> pictures;  // folders and files
  uint64_t count = 2000;                        // the pictures are repeated to this many
  std::filesystem::path scratch;  // a folder for the library; empty: the system's temporary one
  std::filesystem::path model;    // empty: the default
  OpenOptions open;
  ProgressFunction progress;
  std::stop_token stop;
};

// Rates are images a second over all threads.
struct IngestBench {
  uint64_t images = 0;
  int jobs = 0;
  double decode_rate = 0;   // reading, decoding, preprocessing alone
  double network_rate = 0;  // alone
  double whole_rate = 0;  // from opening the network to a committed library, fitting codes left out
  double bound_rate = 0;  // what the two stages allow: 1 / (1 / decode_rate + 1 / network_rate)
  double efficiency = 0;  // whole_rate / bound_rate
  double fit_seconds =
      0;  // once a library, from its thousandth image on; 0 when it did not come to that
  double rate_with_fit = 0;
  uint64_t peak_rss_bytes = 0;  // of this process
};
Result<IngestBench> BenchIngest(const IngestBenchOptions& options);

// ---- search: codes in memory ----
struct SearchBenchOptions {
  // "uniform"; "clustered" (1000 centres, each bit flipped with probability 0.08); "collapsed" (5 %
  // different codes); or a .npy file of codes (export's codes.npy), drawn from with replacement.
  // Queries come from the same.
  std::string data = "uniform";
  uint64_t rows = 2'500'000;
  int bits = 128;
  size_t k = 1000;
  int queries = 64;  // single ones, and one batch of all
  int repeat = 5;    // of everything; medians are given
  int threads = 1;
  double allow = 1;  // share of the rows, chosen at random, that a filter leaves
  uint64_t seed = 1;
  Strategy strategy = Strategy::kAuto;
  // Where codes.npy and queries.npy (uint8) and hits.npy (uint64, queries x k x (row, distance))
  // are left for other engines; empty: nowhere.
  std::filesystem::path save;
};

struct SearchBench {
  double single_ms = 0;  // median of one query
  double single_ms_p95 = 0;
  double single_ms_p99 = 0;
  double batch_query_ms = 0;               // median of a batch, divided by its queries
  double build_ms = 0;                     // arranging the codes
  uint64_t index_bytes = 0;                // codes and what was arranged
  double compared_share = 0;               // codes compared by a single query, of all rows; mean
  std::map<std::string, int> answered_by;  // single queries, by strategy
  double bytes_per_second = 0;             // code bytes gone through by single queries
  // What one core allows a scan: reading all codes once, for a query alone; counting the bits that
  // differ, codes in the cache, for a query of a batch.
  double limit_single_ms = 0;
  double limit_batch_query_ms = 0;
  std::string target;  // instruction set
};
Result<SearchBench> BenchSearch(const SearchBenchOptions& options);

// MeasureCosts(), kept in the library (unless that is empty): from then on searches of it choose
// their strategy by them. Do it once on each machine, with nothing else to do.
Result<CodeCosts> Calibrate(const std::filesystem::path& library);

// ---- a library as a whole ----
struct LibraryBenchOptions {
  int queries = 200;
  int batch = 64;  // queries of a batch
  SearchOptions search;
  OpenOptions open;
  std::vector<std::filesystem::path> pictures;  // asked for in turn, besides ids; may be empty
  std::vector<Tag> tags;  // each is measured as a filter; not needed otherwise
  bool cold = false;      // also with the features' files dropped from memory before each query
  bool adding = false;    // also while another thread adds images, to a library of
                          // MakeSyntheticLibrary alone: they stay in it
  std::stop_token stop;
};

// Milliseconds of whole queries, from the picture file or id to hits with paths, one at a time.
struct QueryTimes {
  double p50 = 0;
  double p95 = 0;
  double p99 = 0;
  StageTimes stages;  // the median of each
};

struct FilterTimes {
  Tag tag;
  uint64_t matches = 0;
  double first_ms = 0;  // the first query with it: the catalog is asked
  QueryTimes again;
};

struct LibraryBench {
  uint64_t images = 0;
  double open_ms = 0;
  double first_query_ms = 0;     // by id, right after opening
  QueryTimes by_id;              // over different ids, warm
  double by_id_batch_per_s = 0;  // queries a second of the same ids in batches, two at a time
  std::optional<QueryTimes> by_picture;
  std::optional<QueryTimes> cold;  // by picture, where there are any, else by id
  std::vector<FilterTimes> filtered;
  std::optional<QueryTimes> adding;
  uint64_t added = 0;  // images meanwhile
  double added_per_second = 0;
  uint64_t code_bytes = 0;  // codes in memory, without ids
  uint64_t rss_bytes = 0;   // of this process after all these but the adding
  uint64_t peak_rss_bytes = 0;
};
// Opens it in this process and asks for `queries` ids spread over it (or pictures), twice; the
// second time counts. kCorruption when an image is not its own nearest.
Result<LibraryBench> BenchLibrary(const std::filesystem::path& library,
                                  const LibraryBenchOptions& options);

// Makes a library of `rows` random unit-length features with made-up paths, for BenchLibrary. Of
// its images every second one is tagged share=half, one of 100 share=percent, one of 10,000
// share=rare.
Status MakeSyntheticLibrary(const std::filesystem::path& library, uint64_t rows, uint64_t seed,
                            const ProgressFunction& progress, std::stop_token stop);

struct LikeLibraryOptions {
  std::filesystem::path like;  // a library of at least 100 images that stores whole features
  int dim = 0;                 // numbers of a feature, 8 to 16,384; 0: as LIKE has
  int bits = 0;                // of a code, 8 to 512 and at most dim; 0: as LIKE has
  uint64_t rows = 1'000'000;
  uint64_t seed = 1;
  ProgressFunction progress = {};
  std::stop_token stop = {};
};

// Hamming distances of codes to the nearest other code.
struct NeighbourDistances {
  uint64_t images = 0;           // among which the nearest was looked for
  uint64_t sampled = 0;          // codes whose nearest was looked for
  std::vector<uint64_t> counts;  // of distance 0, 1, ..., bits
  double mean = 0;
  int p10 = 0, p50 = 0, p90 = 0;  // quantiles
};

struct LikeLibraryReport {
  uint64_t images = 0;
  int dim = 0;
  int bits = 0;
  // LIKE's features, coded as the made-up ones are; as many made-up ones; and all made-up ones. The
  // more images there are, the nearer is the nearest.
  NeighbourDistances like, as_many, made;
};

// Bytes that such a library takes on disk, about.
uint64_t LikeLibraryBytes(const LikeLibraryOptions& options, int dim, int bits);

// Makes a library of made-up features that lie as those of another library do
// (library/like_features.h), in another number of dimensions if asked for: then by a random
// orthogonal map that keeps distances, which the library's network has at its end, too. Codes are
// ITQ of made-up features. Paths and tags are as of MakeSyntheticLibrary. The same options give the
// same library. Memory: bounded, below 1 GB for 4096 numbers. kInvalidArgument for what does not
// fit; kIoError where the disk has no room for it, before anything is made; kCancelled: what was
// made stays.
Result<LikeLibraryReport> MakeLibraryLike(const std::filesystem::path& library,
                                          const LikeLibraryOptions& options);

}  // namespace hashlens

#endif  // HASHLENS_BENCH_H_
