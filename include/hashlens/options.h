// What can be asked of a library, with the defaults.
#ifndef HASHLENS_OPTIONS_H_
#define HASHLENS_OPTIONS_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "hashlens/status.h"
#include "hashlens/types.h"

namespace hashlens {

// What is decoded in a process of its own, where a broken file can do no harm. All but JPEG, which
// a well-tested library reads, always is.
enum class Isolation { kAllButJpeg, kAll };

// Bounds on any one picture file; one over a limit fails alone.
struct Limits {
  uint64_t max_pixels = 256'000'000;       // width x height, as the header says
  uint64_t max_bytes = uint64_t{1} << 30;  // of the file
  // Of decoding in a process of its own: processor time, and bytes beside file and result.
  int timeout_ms = 60'000;
  uint64_t max_memory = uint64_t{1} << 30;
  Isolation isolate = Isolation::kAllButJpeg;
  // Refuse every damaged picture. Otherwise one whose top two thirds are whole is taken, and what
  // is missing is grey; indexed, it gets the tag hashlens:damaged=yes, and the report names it.
  // People's viewers show such pictures, and often there is no other copy.
  bool strict = false;
};

// Where networks run.
struct Device {
  std::string name = "CPU";        // as OpenVINO calls it: CPU, GPU, AUTO, ...
  std::string precision = "auto";  // "auto", "fp32", "bf16"
};

struct OpenOptions {
  Device device;
  Limits limits;
  int jobs = 0;  // threads; 0: one a core
  // Have the codes arranged from the start, for searches that pass over most of them: as the
  // library keeps them, or, where it does not, anew, in seconds for millions of images. Otherwise
  // what the library keeps is read once searches have taken about as long as reading it will.
  bool prepare = false;
  // Every search first looks whether the library has changed, and if so goes by what it is now
  // (Library::Refresh).
  bool follow = false;
};

struct CreateOptions {
  std::filesystem::path
      model;     // package to copy into a new library; an existing one must have the same
  int bits = 0;  // of a new library's codes; 0: 128 when the model has it, else its longest
  // How features are to be stored: Index brings a library with full ones to that at its end. One
  // with reduced ones must have this form; none: as they are.
  std::optional<FeatureForm> features = {};
};

struct IndexOptions {
  std::vector<std::filesystem::path> paths;  // folders and files
  std::vector<std::string> exclude;  // shell patterns, matched against names and paths (from the
                                     // root, from the current folder, absolute)
  std::vector<Tag> tags;             // given to every image of the run
  // Of which an image keeps no tags but those of this run: "label", where one takes the place of
  // another. Tags of other keys stay beside the new ones.
  std::vector<std::string> own_keys = {};
  bool prune = false;   // remove images whose files are gone
  bool retry = false;   // read files again that failed before and have not changed
  bool hidden = false;  // also names that start with a dot
  // Read every file, also one whose size and time of change are those of the last run.
  bool reread = false;
  // Real paths of folders out of which no link of the collection may lead: one that does is a
  // failure. Empty: links may lead anywhere.
  std::vector<std::filesystem::path> within = {};
  uint64_t batch = 4096;  // images a commit; a commit also comes every ten seconds
  ProgressFunction progress;
  std::stop_token stop;
};

// Pictures that are no files, one after the other.
struct AddOptions {
  // Where they come from, such as a database. An image's path is this with its name behind it.
  // Empty: the folder `added` of the library.
  std::filesystem::path source;
  // The next picture; none at the end. Called on the caller's thread, a few dozen pictures ahead of
  // those that are being read. When it fails, what it gave before is added, and Add fails with its
  // error.
  std::function<Result<std::optional<GivenPicture>>()> next;
  std::vector<Tag> tags;                   // given to every image of the run, beside its own
  std::vector<std::string> own_keys = {};  // as of IndexOptions
  bool retry = false;     // read pictures again that failed before and have not changed
  uint64_t batch = 4096;  // as of IndexOptions
  uint64_t total = 0;     // pictures, for progress; 0: not known
  ProgressFunction progress;
  std::stop_token stop;
};

struct CategoryTagOptions {
  // From which on a class is kept, 0.01 to 1. docs/howto/categories.md has how it was chosen.
  double probability = 0.5;
  ProgressFunction progress;
  std::stop_token stop;
};

struct CompactOptions {
  std::optional<FeatureForm> features = {};  // as of CreateOptions, but at once
  ProgressFunction progress = {};
  std::stop_token stop = {};
};

// Which images are meant: those that meet every condition that is set.
struct Filter {
  std::vector<Tag> tags;  // carry all of these
  std::vector<std::filesystem::path>
      under;  // are one of these files, or below one of these folders; empty: anywhere
  // Were added then or later: milliseconds since 1970. A file that changed was added when its
  // change was indexed.
  std::optional<int64_t> added_since;

  bool empty() const { return tags.empty() && under.empty() && !added_since; }
  bool operator==(const Filter&) const = default;
};

struct SearchOptions {
  size_t k = 10;             // hits
  size_t candidates = 1000;  // nearest codes that are re-ranked; at least k
  // Images as near by code as the last candidate (its Hamming shell) are candidates, too, up to so
  // many in all; SearchResult::ties_cut counts the others. Less than `candidates`: no more than
  // these.
  size_t most_candidates = 10'000;
  int radius = -1;  // only codes within this Hamming distance; -1: no limit
  // Re-ranks every image within this Hamming distance, without a limit: the whole bucket of
  // the query's code and of its neighbours (Lin et al. 2015, section 3.3). Their features are read
  // in the order in which they lie, in little memory. -1: not asked for.
  int bucket = -1;
  // Ranks every image by its feature and ignores codes: the best answer there is, and the slowest.
  // Like `bucket` in all else.
  bool all_features = false;
  // How codes are searched; every way finds the same. All but auto and scan need arranged codes: a
  // library that keeps them, or OpenOptions::prepare.
  Strategy strategy = Strategy::kAuto;
  std::optional<Cursor>
      after;           // only hits that come after it in the order of codes: the next page;
                       // without re-rank. Images that are added meanwhile move nothing.
  bool rerank = true;  // by feature; otherwise hits stay in order of code
  Filter filter;       // only images that meet it are searched
  // Of `bucket` and `all_features`, which take long in a large library. Stopped: kCancelled.
  ProgressFunction progress = {};
  std::stop_token stop = {};
};

struct FitOptions {
  std::string method = "itq";  // itq, isohash, pca, lsh
  int bits = 0;                // 8..512; 0: as the library has
  uint64_t seed = 1;
  uint64_t sample = 50'000;  // features to learn from, spread evenly over the library
  ProgressFunction progress;
  std::stop_token stop;
};

// Images named by ids and paths; a filter narrows them down, or stands alone.
struct ImageSelection {
  std::vector<uint64_t> ids;
  std::vector<std::filesystem::path> paths;  // a file, or a folder with all below it
  Filter filter;                             // only images that meet it
};

// What becomes of an image's tags: those that are to go, then those that are to come.
struct TagChange {
  std::vector<Tag> add;
  std::vector<Tag> remove;
  std::vector<std::string> remove_keys;  // all tags of these keys
};

}  // namespace hashlens

#endif  // HASHLENS_OPTIONS_H_
