// A library of pictures: open it, add to it, search it. The door to everything hashlens does.
#ifndef HASHLENS_LIBRARY_H_
#define HASHLENS_LIBRARY_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hashlens/options.h"
#include "hashlens/status.h"
#include "hashlens/types.h"

namespace hashlens {

// A folder NAME.hashlens, read. Holds the codes in memory (about ids 8 + codes ceil(bits/64)*8
// bytes an image) and reads features from disk. Each function goes by one snapshot: the library as
// it was when opened, or refreshed last; what a writer does meanwhile changes nothing in it. Any
// number of readers may be open beside one LibraryWriter, in any processes. All functions may be
// called from several threads at once.
class Library {
 public:
  // kNotFound, kCorruption, kUnsupported (newer format), kIoError.
  static Result<Library> Open(const std::filesystem::path& path, const OpenOptions& options = {});
  Library(Library&&) noexcept;
  Library& operator=(Library&&) noexcept;
  ~Library();

  // Goes by the library's newest state from now on; searches that have begun end as they began.
  // Takes as long as what has changed (microseconds for nothing), not as the whole library. True
  // when something has. On failure everything stays as it was.
  Result<bool> Refresh();

  // The filter is applied before the search: k hits come back whenever it leaves k images. The
  // images that the last few filters meant are remembered, until a refresh.
  // kNotFound when it names a path of which nothing is in the library.
  // One result a query, in order; a query that fails (an unreadable file, an id that is not there)
  // fails alone. The network is loaded when the first query needs it. The outer error is one of the
  // library's.
  Result<std::vector<Result<SearchResult>>> Search(std::span<const Query> queries,
                                                   const SearchOptions& options) const;

  // Where an image's file is. kNotFound.
  Result<std::filesystem::path> PathOf(uint64_t id) const;
  Result<LibraryBrief> Brief() const;
  // kNotFound.
  Result<ImageInfo> Image(uint64_t id) const;
  // Up to `limit` images that meet the filter, in order of id, from the first with an id above
  // `after` on. Takes as long as what it gives, once the filter is remembered (see Search).
  Result<std::vector<ImageInfo>> Images(const Filter& filter, uint64_t after, size_t limit) const;
  // kNotFound.
  Result<ImageCode> CodeOf(uint64_t id) const;
  // What an image shows: the `top` likeliest categories of the library's model, likeliest first,
  // from the stored feature. That has lost the length of the network's output, so the typical one
  // is taken: the order is as of the file, the probabilities are near those of PictureEncoder.
  // kNotFound; kInvalidArgument when the model has no classifier.
  Result<std::vector<Category>> Categories(uint64_t id, size_t top) const;
  // What a bit of the code stands for: `limit` images of each end. Reads the features of a sample,
  // of 20,000 images at most. kInvalidArgument for a bit that the codes do not have.
  Result<BitInfo> Bit(int bit, size_t limit) const;
  // Counts distinct codes, which takes seconds for tens of millions of images.
  Result<LibraryInfo> Info() const;
  // In order of id. What is read from the files is not checked; VerifyLibraryAt does that.
  Result<std::vector<StoredSegment>> Segments() const;
  // In order of root and path.
  Result<std::vector<Failure>> Failures(bool with_skipped = false) const;
  // Most frequent first, then in order of key and value.
  Result<std::vector<TagCount>> TagCounts() const;
  // Into a new or empty folder: ids.npy (u64), codes.npy (u8, rows x bytes), features.npy (f16,
  // rows x dim), images.jsonl (id, path, size, tags); row i of each is the same image, ids
  // ascending.
  Status Export(const std::filesystem::path& folder, const ProgressFunction& progress = {},
                std::stop_token stop = {}) const;

 private:
  struct State;
  explicit Library(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The one writer of a library. kBusy when another is open anywhere. One thread. Every function
// commits what it did before it returns, in steps that each survive a crash.
class LibraryWriter {
 public:
  // Creates the library when it is not there. Also clears away what a crash left behind.
  static Result<LibraryWriter> OpenOrCreate(const std::filesystem::path& path,
                                            const CreateOptions& create,
                                            const OpenOptions& options = {});
  // kNotFound when it is not there.
  static Result<LibraryWriter> Open(const std::filesystem::path& path,
                                    const OpenOptions& options = {});
  LibraryWriter(LibraryWriter&&) noexcept;
  LibraryWriter& operator=(LibraryWriter&&) noexcept;
  ~LibraryWriter();

  // Deletes the library when OpenOrCreate made it and it has no images; true: it is gone, and the
  // writer is like one that was moved from.
  Result<bool> DiscardIfEmpty();

  // Brings the library up to date with folders and files. Files that cannot be read are noted and
  // counted; only errors of the library itself (disk full, corruption, device) end the run. At the
  // end codes are arranged anew where many images have come.
  Result<IndexReport> Index(const IndexOptions& options);
  // Adds pictures that are no files. One whose name the source has given before is passed over when
  // it is the same, and otherwise replaces the earlier; of two of the same name in one run the
  // first counts. Bad ones fail alone, as files do. kInvalidArgument for a name that is none.
  // Their bytes are not kept: whoever wants to see a picture again asks its source.
  Result<IndexReport> Add(const AddOptions& options);
  // How many images were removed. Their files are not touched. Takes no longer in a large library,
  // unless there is a filter.
  Result<uint64_t> Remove(const ImageSelection& images);
  // How many images have other tags than before. kNotFound when one that is named is not there:
  // then nothing was changed.
  Result<uint64_t> ChangeTags(const ImageSelection& images, const TagChange& change);
  // Gives images that have no tag "hashlens:category" one for each class, and each class above
  // them, that is likely enough, from the stored features; where none is,
  // "hashlens:category=unsure". Commits as it goes. kInvalidArgument when the model has no
  // classifier. An image that is read again loses these tags; people take them with ChangeTags, but
  // cannot give them.
  Result<CategoryTagReport> TagCategories(const CategoryTagOptions& options = {});
  // New codes for every image from the stored features, in one step for readers. kInvalidArgument
  // when there are too few images for the length.
  Status Fit(const FitOptions& options);
  // Writes code files again that are missing or damaged, from the stored features and with the
  // codes in use; gives how many. Fit does so, too, before it makes new ones.
  Result<uint64_t> RebuildCodes(const ProgressFunction& progress = {}, std::stop_token stop = {});
  // The stored features of those of the pictures that are in the library, for learning from them.
  Result<StoredFeatures> FeaturesAt(const std::vector<std::filesystem::path>& pictures) const;
  // The hash head in use, as the bytes of its file (docs/FORMAT.md).
  Result<std::string> HeadBytes() const;
  // New codes for every image by a given head, in one step for readers. kInvalidArgument for a head
  // of other features.
  Status UseHead(std::string_view head_bytes, const ProgressFunction& progress = {},
                 std::stop_token stop = {});
  // Merges segments, gives back the space of removed images, and arranges the codes (of 50,000
  // images or more) for quick searches; with a form of features that the library does not have yet,
  // also reduces them, in one step for readers. kInvalidArgument when they are reduced otherwise
  // already, or when there are too few images to learn from.
  Result<CompactReport> Compact(const CompactOptions& options = {});

 private:
  struct State;
  explicit LibraryWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Reads a whole library, also one that cannot be opened any more; `problems` names every file that
// is not as it was written. The Status is for what is no library, or for an interrupted check.
Result<VerifyReport> VerifyLibraryAt(const std::filesystem::path& path,
                                     const ProgressFunction& progress = {},
                                     std::stop_token stop = {});

// The images of a library that meet the filter, in order of id, as they were at one moment. Takes
// the same memory for any number of them, and needs no codes. `use` gives false when it has had
// enough. Errors as of Library::Open and Search.
Status ListImages(const std::filesystem::path& library, const Filter& filter,
                  const std::function<bool(const ImageInfo&)>& use);

// "full", "int8", or "pca:N" with N of 1 or more; kInvalidArgument says so.
Result<FeatureForm> ParseFeatureForm(std::string_view text);
std::string FeatureFormName(const FeatureForm& form);

// `path`, or with ".hashlens" added when it lacks that and is not a library as it stands.
std::filesystem::path LibraryPath(const std::filesystem::path& path);

// The default model's folder: $HASHLENS_MODEL, else efficientnet-lite0 in ModelFolders(). kNotFound
// says how to make it.
Result<std::filesystem::path> DefaultModel();
// Where models are looked for by name: $HASHLENS_MODELS, then the user's own (hashlens/models in
// $XDG_DATA_HOME, or in ~/.local/share), then share/hashlens/models beside the program's folder,
// then the same beside the folder of libhashlens.so.
std::vector<std::filesystem::path> ModelFolders();
// `model` when it is a folder, else the package of that name in ModelFolders(), else `model` as it
// is.
std::filesystem::path FindModel(const std::filesystem::path& model);
// A package by folder or name, or a library's own model.
Result<ModelInfo> DescribeModel(const std::filesystem::path& package);
// Makes a package from a folder with network.xml, network.bin, directions.f32 and mean.f32, as
// tools/prepare_model.py writes them; heads are fitted to the directions of the network's
// classifier. With classifier_bias.f32 and classes.json beside them the package has the classifier.
struct PackOptions {
  std::string name = "efficientnet-lite0";
  int input_size = 224;  // pixels
  std::vector<int> bits = {20, 32, 48, 64, 128, 256};
  // Typical, of the network's output, above 0: the median of 200 photos of ImageNet, which were
  // between 10.0 and 22.7. Categories of an image of a library are told as if its output had it.
  double feature_length = 14.1;
};
Result<ModelInfo> PackModel(const std::filesystem::path& parts, const std::filesystem::path& folder,
                            const PackOptions& options);

// Makes a package of an EfficientNet-Lite network (Tan and Le 2019) from its published weights, a
// safetensors file with its classifier; heads are fitted to the classifier's directions.
struct LiteOptions {
  int variant = 0;  // 0, 1 or 2: Lite0, Lite1, Lite2, of 224, 240 and 260 pixels
  std::vector<int> bits = {20, 32, 48, 64, 128, 256};
  // Names of the classifier's classes (docs/FORMAT.md, "Class names"), as the default model has
  // them in classes.json; empty: the package gets no classifier.
  std::filesystem::path classes;
};
Result<ModelInfo> PackLiteModel(const std::filesystem::path& weights,
                                const std::filesystem::path& folder, const LiteOptions& options);

// A small copy of a picture file: JPEG bytes, the longer side at most max_side pixels.
Result<std::string> Thumbnail(const std::filesystem::path& picture, int max_side,
                              const Limits& limits = {});
// The same of a picture file's bytes.
Result<std::string> ThumbnailOfBytes(std::string_view picture, int max_side,
                                     const Limits& limits = {});

// How many processors this process may use: those that it may run on, and no more than a
// container's limit of processor time, rounded up. At least 1.
int UsableProcessors();

// Which picture formats this machine reads.
std::vector<FormatInfo> Formats();

// Starts the decoding process if it is not there yet. Thread-safe.
DecoderInfo AboutDecoder();
// One line for people: control bytes and invalid UTF-8 shown as \xNN.
std::string PrintablePath(const std::filesystem::path& path);
// The path as a word of a command that a person may copy into a shell: one line, in quotes where it
// needs them.
std::string ShellWordOf(const std::filesystem::path& path);
// The path's bytes in hexadecimal when they are not valid UTF-8 (and so cannot stand in JSON), else
// empty.
std::string HexIfNotUtf8(const std::filesystem::path& path);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_H_
