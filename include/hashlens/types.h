// The vocabulary of hashlens: what searches, index runs and libraries answer.
#ifndef HASHLENS_TYPES_H_
#define HASHLENS_TYPES_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hashlens/strategy.h"

namespace hashlens {

using Tag = std::pair<std::string, std::string>;  // key, value

// A part of a picture, in fractions of its upright width and height.
struct Region {
  double x = 0;  // of the left edge
  double y = 0;  // of the upper edge
  double width = 1;
  double height = 1;
};

// What a search looks for: a picture file, an image of the library, or words; and examples with it,
// or instead of it.
struct Query {
  std::filesystem::path file;  // used when id is 0 and there is no text
  uint64_t id = 0;             // of an image of the library; ids start at 1
  // Of the picture file, when they are at hand: then `file` is only its name.
  std::optional<std::string> bytes = {};
  // 1 to 4096 bytes of UTF-8; used when id is 0. For libraries of a model with ModelInfo::text.
  std::optional<std::string> text = {};
  // Only this part of the picture; of an image named by id, of its file.
  std::optional<Region> region = {};
  // Ids of images that hits are to be like, and unlike. With the query itself they make one feature
  // (Rocchio 1971): the mean of the wanted ones less half the mean of the unwanted ones, about the
  // library's mean. `unlike` needs something wanted.
  std::vector<uint64_t> like = {};
  std::vector<uint64_t> unlike = {};
};

// A picture for a library that is not a file of its own: from a database, or made in memory.
struct GivenPicture {
  // Where it is within its source: names with '/' between them ("a/1.jpg"), none of them "." or
  // "..".
  std::string name;
  std::string bytes;           // of a picture file in any format that files may have
  std::vector<float> feature;  // when not empty, instead of bytes: what the network would give,
                               // ModelInfo::dim finite numbers
  std::vector<Tag> tags;
  std::string problem = {};  // when not empty, instead of both: why it cannot be had; it fails
};

struct Hit {
  uint32_t rank = 0;  // 1 is the best
  uint64_t id = 0;
  std::filesystem::path path;  // absolute, as bytes of the file system
  uint32_t hamming = 0;        // bits in which the codes differ
  std::optional<float>
      distance;   // Euclidean, centred unit-length features, 0..2; none without re-rank
  int width = 0;  // of the picture, upright, pixels
  int height = 0;
};

// Wall-clock milliseconds of one query. In a batch, `codes` is the batch's time divided by its
// queries.
struct StageTimes {
  double decode = 0;   // reading, decoding, preprocessing
  double network = 0;  // feature
  double codes = 0;    // Hamming search
  double rerank = 0;   // reading features of the candidates, distances
};

// A place in the order of codes: everything up to it, by (hamming, id), was seen.
struct Cursor {
  uint32_t hamming = 0;
  uint64_t id = 0;
  // Of which codes: other ones (a new fit) have another order. Eight hexadecimal digits; empty is
  // taken for those of today.
  std::string codes = {};
};

// An image's code in use.
struct ImageCode {
  uint64_t id = 0;
  int bits = 0;
  std::vector<uint8_t> bytes;  // bit i is bit i % 8 of byte i / 8; unused high bits are 0
};

struct SearchResult {
  std::string query;         // file name as given, "id:7", or the text
  std::string query_damage;  // why only part of the query's picture is there; empty: it is whole
  CodeTrace codes;           // how the codes were searched
  ImageCode query_code;      // of the query, with id 0
  uint64_t arranged = 0;     // images whose codes were arranged when they were searched
  // Whether hits are what `promise` says without any exception: false when ties_cut is not 0.
  bool exact = true;
  // In words, what the hits are the first of: "the best 10 by feature of all 3240 images whose
  // codes differ in at most 3 bits".
  std::string promise;
  uint64_t rows = 0;           // images searched, after filters
  uint64_t candidates = 0;     // images that were ranked by feature; without re-rank, those given
  uint64_t ties_cut = 0;       // images as near by code as the last candidate that were left out; 0
                               // without re-rank, where `next` leads to them
  std::vector<Hit> hits;       // by (distance, id), or (hamming, id) without re-rank
  std::optional<Cursor> next;  // where the next page begins; none: there is no more
  StageTimes stages_ms;
};

// How far long work is; delivered on the thread that called the long function, at most about ten
// times a second.
struct Progress {
  std::string_view stage;  // "looking", "indexing", "fitting codes", ...
  uint64_t done = 0;
  uint64_t total = 0;  // 0: not known yet
  uint64_t failed = 0;
  uint64_t skipped = 0;
  std::string_view detail = {};  // "epoch 3, loss 0.412", for people
  double seconds_left = -1;      // below 0: as the rate so far tells
};
using ProgressFunction = std::function<void(const Progress&)>;

// Stored features of some pictures, by the order in which these were asked for.
struct StoredFeatures {
  int dim = 0;
  std::vector<size_t> found;  // which of the pictures; each once
  std::vector<float> values;  // found.size() x dim; of unit length unless they are reduced
};

// How a library stores the features of its images. Smaller features take less room and time to
// read, and find a little less well.
struct FeatureForm {
  enum class Kind {
    kFull,  // as the network makes them, 2 bytes a number
    kPca,   // the first principal components of the library's features, 2 bytes each
    kInt8,  // 1 byte a number
  };
  Kind kind = Kind::kFull;
  int dim = 0;  // of kPca: how many components
  bool operator==(const FeatureForm&) const = default;
};

// Where a part of a library's rows lies, for those who map its files and read them in place, as
// docs/FORMAT.md says. Row i of ids, codes and features is the same image; ids rise. Nothing
// changes in the files, but a writer that merges parts removes them.
struct StoredSegment {
  std::filesystem::path codes_file;
  std::filesystem::path features_file;
  uint64_t rows = 0;
  uint64_t ids_at = 0;          // bytes from the start of the code file: 8 a row
  uint64_t codes_at = 0;        // the same: code_bytes a row
  uint64_t features_at = 0;     // bytes from the start of the feature file
  uint64_t feature_stride = 0;  // bytes from one row to the next
  int code_bytes = 0;
  int dim = 0;
  bool int8 = false;              // low, high (fp16) and a byte a number; otherwise fp16
  std::vector<uint64_t> removed;  // rows of removed images, ascending
};

// What reducing a library's features saved and lost. The loss is measured on images of the library:
// each of the queries against the sample, by full features and by reduced ones.
struct ReductionReport {
  FeatureForm form;
  uint64_t images = 0;
  int dim_before = 0;
  int dim_after = 0;
  uint64_t bytes_before = 0;  // of the feature files
  uint64_t bytes_after = 0;
  uint64_t queries = 0;
  uint64_t sample = 0;
  double overlap = 1;  // of the 10 nearest by full feature, the share that reduced ones find
  double distance_change =
      0;  // mean absolute change of the distance to these 10; see Hit::distance
  double seconds = 0;
};

// What an index run did.
struct IndexReport {
  uint64_t added = 0;
  uint64_t replaced = 0;  // changed files among the added
  uint64_t unchanged = 0;
  uint64_t failed =
      0;  // files in the run's scope that cannot be indexed, those known from before included
  uint64_t missing = 0;   // of the failed, in no list of them: paths not there, broken list lines
  uint64_t tagged = 0;    // unchanged files whose images got the run's tags
  uint64_t skipped = 0;   // files that are no pictures
  uint64_t vanished = 0;  // in the library, but no longer on disk
  uint64_t pruned = 0;    // of the vanished
  std::vector<std::filesystem::path> vanished_paths;  // the first few
  std::vector<std::string> failures;                  // the first few, "path: reason"
  uint64_t damaged = 0;                               // of the added: only part of them is there
  std::vector<std::string> damages;                   // the first few of those, "path: reason"
  std::vector<std::string> warnings;                  // a root that is missing, ...
  bool interrupted = false;  // stopped on request; what was done is committed
  bool fitted = false;       // codes were fitted to this library at the end
  bool kept_codes = false;   // the model named when it was opened has other codes than it
  std::optional<ReductionReport> reduction;  // features were reduced at the end
  double seconds = 0;                        // of everything
  double fit_seconds = 0;                    // of fitting codes, which a library needs once
  double decode_seconds = 0;                 // summed over threads
  double network_seconds = 0;                // summed over threads
};

struct LibraryInfo {
  std::filesystem::path path;
  uint64_t images = 0;
  uint64_t removed = 0;  // still on disk until `compact`
  uint64_t failures = 0;
  uint64_t skipped = 0;
  uint64_t segments = 0;
  uint64_t feature_bytes = 0;  // on disk
  uint64_t code_bytes = 0;
  uint64_t catalog_bytes = 0;
  uint64_t model_bytes = 0;
  uint64_t distinct_codes = 0;
  uint64_t arranged = 0;            // images whose codes the library keeps arranged for searches
  uint64_t arrangement_bytes = 0;   // on disk
  std::string arrangement_problem;  // why they cannot be used; empty when they can, or are not kept
  std::string model;
  std::string feature_digest;           // names model and form of the stored features
  int dim = 0;                          // of the stored features
  std::optional<FeatureForm> features;  // none: the model's files are missing or damaged
  int model_dim = 0;                    // of the features that the model makes; then 0, too
  int bits = 0;
  std::string head_method;
  bool head_fitted = false;
  int format_version = 0;
  std::vector<std::filesystem::path> roots;
};

// What a library says of an image.
struct ImageInfo {
  uint64_t id = 0;
  std::filesystem::path path;  // absolute, as bytes of the file system
  uint64_t bytes = 0;          // of the file
  int width = 0;               // upright, pixels
  int height = 0;
  std::string format;       // "jpeg"
  int64_t added_at_ms = 0;  // since 1970
  std::vector<Tag> tags;    // in order of key and value
};

// A library in short: what takes no time to say.
struct LibraryBrief {
  uint64_t images = 0;
  std::string model;
  int dim = 0;         // of the stored features
  int bits = 0;        // of the codes
  uint64_t state = 0;  // another one after every change that was seen
};

// An image, and how strongly a bit of the code answers to it: w . f + b (Lin et al. 2015, before
// the sigmoid); the bit is 1 from 0 on.
struct BitExample {
  uint64_t id = 0;
  std::filesystem::path path;
  float activation = 0;
};

struct BitInfo {
  int bit = 0;
  double share = 0;               // of the images' codes that have a 1 here
  uint64_t sampled = 0;           // images whose activation was computed, spread over the library
  std::vector<BitExample> most;   // of these, the highest activation first
  std::vector<BitExample> least;  // the lowest first
};

struct TagCount {
  Tag tag;
  uint64_t images = 0;  // that carry it
};

struct Failure {
  std::filesystem::path path;
  std::string reason;
  bool skipped = false;  // no picture, passed over
  int64_t at_ms = 0;     // since 1970
};

struct VerifyReport {
  uint64_t images = 0;
  uint64_t segments = 0;
  uint64_t bytes = 0;                 // read and checked
  std::vector<std::string> problems;  // empty: every byte is as it was written
};

struct CompactReport {
  uint64_t segments_before = 0;
  uint64_t segments_after = 0;
  uint64_t purged = 0;                       // removed images whose space was given back
  std::optional<ReductionReport> reduction;  // features were reduced, too
  std::vector<std::string> warnings;
};

struct ModelHead {
  int bits = 0;
  std::string method;
};

// What a picture shows, as a model's classifier has it.
struct Category {
  std::string name;  // "golden retriever"
  std::string id;    // in the vocabulary of the classes, such as WordNet's n02099601; or empty
  double probability = 0;  // 0 to 1
};

// What LibraryWriter::TagCategories did.
struct CategoryTagReport {
  uint64_t judged = 0;  // images that had no category before
  uint64_t unsure = 0;  // of them, without a class that is likely enough
  bool interrupted = false;
};

struct ModelInfo {
  std::filesystem::path path;
  std::string name;
  int dim = 0;
  int input_size = 0;  // pixels
  bool text = false;   // words can be queries: a text network makes features like those of pictures
  int classes = 0;     // that its classifier tells; 0: it has none
  std::string feature_digest;
  std::vector<ModelHead> heads;
};

struct FormatInfo {
  std::string name;  // "jpeg"
  bool decodable = false;
  std::string reader;    // "libjpeg-turbo"
  std::string left_out;  // of such files; empty: nothing
};

// The process that decodes pictures, and what the system keeps it from.
struct DecoderInfo {
  std::filesystem::path program;    // hashlens-decode; empty when it was not found
  std::string problem;              // why it does not work; empty when it does
  bool no_new_privileges = false;   // programs that it could start would gain no rights
  bool system_call_filter = false;  // no files, network or processes: seccomp
  int landlock = 0;  // no files or network: version of Landlock; 0: not in this kernel
};

}  // namespace hashlens

#endif  // HASHLENS_TYPES_H_
