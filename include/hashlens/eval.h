// How good a model's codes and features are at finding pictures of the same class.
#ifndef HASHLENS_EVAL_H_
#define HASHLENS_EVAL_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "hashlens/data_options.h"
#include "hashlens/options.h"
#include "hashlens/status.h"
#include "hashlens/types.h"

namespace hashlens {

struct EvalOptions {
  std::filesystem::path model;  // package, by folder or name; empty: the default
  // Labelled pictures: a folder of class folders, a .csv, .jsonl or .txt file, or an LMDB, LevelDB
  // or HDF5 database of them (docs/databases.md). Classes are told by their names; one may be on
  // one side only.
  std::filesystem::path database;
  std::filesystem::path queries;
  DataOptions data;                 // of both
  int bits = 0;                     // only the package's head of this length; 0: all of them
  size_t k = 1000;                  // of mAP@k
  size_t candidates = 1000;         // nearest codes that are re-ranked, as in SearchOptions
  size_t most_candidates = 10'000;  // with those as near as the last of them; the same
  size_t sample_database = 0;       // at most so many pictures of each class; 0: all
  size_t sample_queries = 0;
  uint64_t seed = 1;       // of samples, of the database's order, of baselines
  bool baselines = false;  // also judge other methods on the same pictures
  OpenOptions open;
  ProgressFunction progress;
  std::stop_token stop;
};

// Means over all queries at one length of the answer.
struct EvalPoint {
  uint64_t k = 0;
  double precision = 0;  // part of the first k that is relevant
  double recall = 0;     // part of all the relevant that is within the first k
};

// One way of ranking the database, judged. A database picture is relevant to a query when they
// share a label. Empty optionals: the way has no such figure.
struct EvalMethod {
  std::string name;   // "codes", "codes + re-rank", "features"; of baselines "ITQ", ...
  std::string about;  // parameters, for people
  bool baseline = false;
  int bits = 0;  // of a code; 0: none
  double bytes_per_image = 0;
  // AP@k = sum over the first k of the precision at each relevant rank, divided by the number of
  // relevant ones within the first k, 0 when there is none (Lin et al. 2015); mAP is the mean.
  double map_at_k = 0;
  std::optional<double> map_all;  // k = the whole database
  // Expectation over all orders of equally near codes, exact.
  std::optional<double> expected_map_at_k;
  std::optional<double> expected_map_all;
  std::vector<EvalPoint> at;                // k rising
  std::vector<double> precision_at_recall;  // at recall 0, 0.01, ... 1, interpolated; or empty
  std::optional<double> precision_radius2;  // of codes within Hamming distance 2; none there: 0
  std::optional<double> empty_radius2;      // part of the queries with none there
  std::optional<uint64_t> distinct_codes;   // in the database
  std::optional<double> candidates;         // ranked by feature: mean over queries
  // Of an approximate search: part of the true nearest 10 and k that it finds.
  std::optional<double> neighbours_found_10;
  std::optional<double> neighbours_found_k;
  // From feature to ordered answer, one query at a time on one thread, median of some queries.
  double search_ms = 0;
  std::optional<double> rerank_ms;  // of search_ms
};

struct EvalSide {
  std::filesystem::path data;
  uint64_t pictures = 0;              // that could be read
  uint64_t failed = 0;                // that could not, and were left out
  std::vector<std::string> failures;  // the first few, "path: reason"
  uint64_t classes = 0;               // with pictures on this side
};

struct EvalReport {
  std::string model;
  std::filesystem::path model_path;
  std::string feature_digest;
  int dim = 0;
  EvalSide database;
  EvalSide queries;
  uint64_t classes = 0;  // on either side
  bool multi_label = false;
  uint64_t in_both = 0;       // queries that are also in the database; none finds itself
  uint64_t unanswerable = 0;  // queries that nothing is relevant to; they count as 0
  double decode_ms = 0;       // of one picture, mean
  double network_ms = 0;      // of one picture, mean
  std::vector<EvalMethod> methods;
  std::vector<std::string> notes;  // for people
};

// Makes the features of both sides as indexing does, ranks the database for every query in each
// way, and judges. The database is put in a random order first (seed), so that its order on disk
// does not decide among equally near codes. Memory: features of both sides three times (with
// baselines seven times), plus about 100 MB.
// kInvalidArgument: labels that make no sense (file and line are named), a length that the package
// does not have. kNotFound: data or model. kCorruption: more than
// a tenth of the pictures of a side cannot be read. kCancelled.
Result<EvalReport> Evaluate(const EvalOptions& options);

}  // namespace hashlens

#endif  // HASHLENS_EVAL_H_
