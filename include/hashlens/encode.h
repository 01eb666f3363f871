// What a model makes of pictures, without a library: features, latent activations, codes.
#ifndef HASHLENS_ENCODE_H_
#define HASHLENS_ENCODE_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "hashlens/data_options.h"
#include "hashlens/options.h"
#include "hashlens/status.h"
#include "hashlens/types.h"

namespace hashlens {

// What is wanted of each picture.
struct EncodedParts {
  bool feature = false;
  bool activations = false;
  bool code = false;

  bool empty() const { return !feature && !activations && !code; }
  int count() const { return int{feature} + int{activations} + int{code}; }
  bool operator==(const EncodedParts&) const = default;
};

struct EncodeOptions {
  std::filesystem::path model;  // package, by folder or name; empty: the default
  EncodedParts parts = {.feature = true, .code = true};
  // Of codes and activations, one of the model's lengths; 0: 128 when the model has it, else its
  // longest, as of a new library.
  int bits = 0;
  // An operation or a tensor of the network, by its name: its output stands in the place of the
  // feature, flattened, as the network gives it. There is no code then. Empty: the feature.
  std::string layer;
  int categories = 0;  // how many of the likeliest are told, by the model's classifier; 0: none
  OpenOptions open;    // prepare and follow do not count
};

// What a PictureEncoder gives of every picture.
struct EncodedForm {
  std::string model;
  std::string feature_digest;  // of the model
  EncodedParts parts;
  int dim = 0;                  // numbers of a feature
  std::vector<uint64_t> shape;  // of it, before it was flattened: {dim}, or that of the layer
  std::string layer;            // as in EncodeOptions
  int bits = 0;                 // of a code; 0: neither codes nor activations are made
  size_t code_bytes = 0;
  std::string method;  // of the head: "caffe", "itq", ...
  int classes = 0;     // that the classifier knows; 0: no categories are told
};

struct PictureInput {
  std::filesystem::path path;  // of the file; else what names the picture
  // In the place of the file: its bytes, the network's feature, or why there is neither. `name`
  // and `tags` do not count.
  std::optional<GivenPicture> given = {};
  std::vector<std::string> labels = {};
  // Somebody named this very file: when it is no picture, it fails. Other files that neither look
  // like pictures nor are called so are passed over.
  bool named = true;
};

// One picture. Only what the form names is there; with `error` nothing is.
struct EncodedPicture {
  std::filesystem::path path;
  std::vector<std::string> labels;
  // Not empty: why the picture could not be encoded, in one line, without its path.
  std::string error;
  std::string damage;  // not empty: why only part of the picture is there
  // dim numbers: the feature that a library stores, of unit length and rounded to fp16, not
  // centred; of a layer, what the network gives.
  std::vector<float> feature;
  // bits numbers, 0 to 1: the latent layer of Lin et al. 2015, sigmoid(w . f + b) by the head's
  // affine map, learned or not. Number i is at least 0.5 exactly where bit i of the code is 1.
  std::vector<float> activations;
  std::vector<uint8_t>
      code;  // code_bytes; bit i is bit i % 8 of byte i / 8; unused high bits are 0
  // The likeliest, likeliest first, of the network's output as it came; of a feature that was given
  // at unit length, of the typical output in its direction.
  std::vector<Category> categories;
};

struct EncodeReport {
  uint64_t encoded = 0;
  uint64_t damaged = 0;  // of the encoded
  uint64_t failed = 0;
  uint64_t skipped = 0;               // files that are no pictures
  std::vector<std::string> warnings;  // labels without a name, ...
  bool interrupted = false;           // stopped on request; what was given before is whole
  double seconds = 0;                 // of everything
};

// The next picture; none at the end. Called on the caller's thread, a few dozen pictures ahead of
// those that are taken.
using PictureFeed = std::function<Result<std::optional<PictureInput>>()>;
// Takes a picture, encoded or failed; called on the caller's thread. A failure ends the run.
using EncodedSink = std::function<Status(const EncodedPicture&)>;

struct EncodeRun {
  uint64_t total = 0;  // pictures, for progress = {}; 0: not known
  ProgressFunction progress = {};
  std::stop_token stop = {};
};

// A model with its network loaded. Encode may be called from several threads at once.
class PictureEncoder {
 public:
  // kNotFound, kCorruption, kUnsupported, kIoError of the model; kInvalidArgument: a length or a
  // layer that it does not have (near names are told), nothing that is wanted, parts that a layer
  // does not have, a model without a classifier when categories are wanted.
  static Result<PictureEncoder> Open(const EncodeOptions& options);
  PictureEncoder(PictureEncoder&&) noexcept;
  PictureEncoder& operator=(PictureEncoder&&) noexcept;
  ~PictureEncoder();

  const EncodedForm& form() const;

  // Encodes what `next` gives, on OpenOptions::jobs cores, and hands it to `sink` in the same
  // order. Memory: independent of the number of pictures. Pictures fail alone. When `next` fails,
  // what it gave before is handed over, and its error returned. Errors of `sink` and of the network
  // end the run. When stopped, what was begun is handed over.
  Result<EncodeReport> Encode(const PictureFeed& next, const EncodedSink& sink,
                              const EncodeRun& run = {}) const;

 private:
  struct State;
  explicit PictureEncoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct EncodePathsOptions {
  // Picture files, folders with all below them, databases and lists (IsDatabase), and labels in
  // .csv, .jsonl, .ndjson and .json files, as EvalOptions::database has them.
  std::vector<std::filesystem::path> paths;
  std::vector<std::string> exclude = {};  // of folders, as of IndexOptions
  bool hidden = false;                    // of folders: also names that start with a dot
  DataOptions data = {};                  // of databases and lists
  std::filesystem::path label_names =
      {};  // a file whose line N, from 0, names label N; empty: digits
  ProgressFunction progress = {};
  std::stop_token stop = {};
};
// All of them in order; each folder in the order in which it is indexed. A path is as it was given,
// with what is below a folder behind it; of a record, DATABASE/NAME. One that is not there fails
// alone. Errors as of PictureEncoder::Encode, and of databases and lists.
Result<EncodeReport> EncodePaths(const PictureEncoder& encoder, const EncodePathsOptions& options,
                                 const EncodedSink& sink);

// One line of JSON, without its end: "version", "path", and where it is not valid UTF-8 "path_hex";
// "label", or "labels" when they are not one; and "error", or "categories" (each with "name",
// "probability" and maybe "id"), "code" (hexadecimal), "activations", "feature", and "damaged".
std::string EncodedJson(const EncodedPicture& picture);

// A file of encoded pictures. It appears whole, with Finish, or not at all. One thread.
class EncodedFile {
 public:
  virtual ~EncodedFile() = default;
  // A picture that failed takes no row; of .jsonl, it has its line.
  virtual Status Add(const EncodedPicture& picture) = 0;
  // Makes everything last. kInvalidArgument when something has got the file's name meanwhile.
  virtual Status Finish() = 0;
};
// Whether a file of that name can be made: its ending is .jsonl, .csv, .npy, .h5 or .lmdb (a
// folder), nothing is there, and the format takes these parts: .npy and .lmdb take one.
// kInvalidArgument.
Status CheckEncodedFile(const std::filesystem::path& file, const EncodedParts& parts);
// Whether the ending is that of a format that takes one part.
bool HoldsOnePart(const std::filesystem::path& file);
// docs/howto/encode.md has the formats.
Result<std::unique_ptr<EncodedFile>> CreateEncodedFile(const std::filesystem::path& file,
                                                       const EncodedForm& form);

}  // namespace hashlens

#endif  // HASHLENS_ENCODE_H_
