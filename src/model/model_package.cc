#include "model/model_package.h"

#include <algorithm>
#include <span>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/sha256.h"
#include "base/try.h"
#include "model/model_json.h"
#include "model/package_files.h"

namespace hashlens {
namespace {

struct NamedBytes {
  std::string name;
  ByteSpan bytes;
};

// A folder that is removed with its contents unless Keep is called.
class UnfinishedFolder {
 public:
  explicit UnfinishedFolder(Path path) : path_(std::move(path)) {}
  UnfinishedFolder(UnfinishedFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  UnfinishedFolder& operator=(UnfinishedFolder&&) = delete;
  ~UnfinishedFolder() {
    std::error_code ignored;  // the failure that led here is the one to report
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const Path& path() const { return path_; }
  void Keep() { path_.clear(); }

 private:
  Path path_;
};

// A new folder beside `folder`, under the first free name of "<folder>.tmp-0", "<folder>.tmp-1",
// ...
Result<UnfinishedFolder> MakeSibling(const Path& folder) {
  constexpr int kAttempts = 1000;
  for (int i = 0; i < kAttempts; ++i) {
    const Path path = (Path(folder) += ".tmp-") += std::to_string(i);
    std::error_code error;
    if (std::filesystem::create_directory(path, error)) return UnfinishedFolder(path);
    if (error && error != std::errc::file_exists) {
      return ErrnoStatus(error.value(), "creating folder", path);
    }
  }
  return IoError(Printable(folder) + ": too many unfinished folders beside it (*.tmp-*)");
}

// `folder` without a trailing slash, so that a sibling can be named after it. Nothing may be there.
Result<Path> NewFolderName(const Path& folder) {
  Path name = folder.lexically_normal();
  if (!name.has_filename()) name = name.parent_path();
  if (!name.has_filename() || name.filename() == "." || name.filename() == "..") {
    return InvalidArgument(Printable(folder) + ": not a name for a new folder");
  }
  std::error_code error;
  const auto status = std::filesystem::symlink_status(name, error);
  if (status.type() == std::filesystem::file_type::none) {
    return ErrnoStatus(error.value(), "looking at", name);
  }
  if (std::filesystem::exists(status)) return InvalidArgument(Printable(name) + ": already exists");
  return name;
}

Status WriteFolder(const Path& folder, std::span<const NamedBytes> files) {
  HL_ASSIGN(UnfinishedFolder unfinished, MakeSibling(folder));
  for (const NamedBytes& file : files) {
    HL_ASSIGN(FileWriter writer, FileWriter::Create(unfinished.path() / file.name));
    HL_TRY(writer.Append(file.bytes));
    HL_TRY(writer.SyncAndClose());
  }
  HL_TRY(SyncFolder(unfinished.path()));
  HL_TRY(RenameDurably(unfinished.path(), folder));
  unfinished.Keep();
  return {};
}

struct ClassifierSpans {
  ByteSpan rows;
  ByteSpan names;
};

// Everything a package holds; `heads` in the order of package.heads, `text` and
// `classifier` where it has them.
Result<ModelPackage> WritePackage(ModelPackage package, const Path& folder,
                                  const NetworkBytes& network, std::span<const ByteSpan> heads,
                                  const std::optional<TextBytes>& text,
                                  const std::optional<ClassifierSpans>& classifier) {
  const std::string json = SerializeModelJson(package);
  std::vector<NamedBytes> files = {
      {kNetworkXml, network.xml}, {kNetworkBin, network.bin}, {kModelJson, AsBytes(json)}};
  for (size_t i = 0; i < heads.size(); ++i) files.push_back({package.heads[i].file, heads[i]});
  if (text) {
    files.push_back({kTextXml, text->network.xml});
    files.push_back({kTextBin, text->network.bin});
    files.push_back({kTokenizerXml, text->tokenizer.xml});
    files.push_back({kTokenizerBin, text->tokenizer.bin});
  }
  if (classifier) {
    files.push_back({kClassifierFile, classifier->rows});
    files.push_back({kClassNamesFile, classifier->names});
  }
  HL_TRY(WriteFolder(folder, files));
  package.folder = folder;
  return package;
}

Result<TextBytes> ReadTextFiles(const TextFiles& files) {
  TextBytes text;
  HL_ASSIGN(text.network, ReadNetworkFiles(files.network_xml));
  HL_ASSIGN(text.tokenizer, ReadNetworkFiles(files.tokenizer_xml));
  return text;
}

}  // namespace

Result<ModelPackage> OpenModelPackage(const Path& folder) {
  const Path path = folder / kModelJson;
  auto bytes = ReadFile(path, kMaxModelJsonBytes);
  if (!bytes.ok()) {
    const Status& status = bytes.status();
    // Too large or not a file at all: nothing that was written as model.json.
    if (status.code() == StatusCode::kInvalidArgument) return Corruption(status.message());
    return status;
  }
  auto package = ParseModelJson({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  if (!package.ok()) {
    return Status(package.status().code(), Printable(path) + ": " + package.status().message());
  }
  package->folder = folder;
  return package;
}

Status VerifyModelPackage(const ModelPackage& package) {
  HL_ASSIGN(const ModelPackage stored, OpenModelPackage(package.folder));
  if (SerializeModelJson(stored) != SerializeModelJson(package)) {
    return Corruption(Printable(package.folder / kModelJson) + ": changed since it was opened");
  }
  if (auto network = ReadNetwork(package); !network.ok()) return network.status();
  for (const PackagedHead& head : package.heads) {
    if (auto bytes = ReadHeadFile(package, head); !bytes.ok()) return bytes.status();
  }
  if (package.classifier) HL_TRY(ReadClassifier(package).status());
  if (package.text) return ReadText(package).status();
  return {};
}

Result<ModelPackage> WriteModelPackage(const Path& folder, const std::string& name, int dim,
                                       const NetworkInput& input, const Path& network_xml,
                                       const std::vector<HeadBytes>& heads,
                                       const std::optional<TextFiles>& text,
                                       const std::optional<ClassifierParts>& classifier) {
  HL_ASSIGN(const Path target, NewFolderName(folder));
  HL_ASSIGN(const NetworkBytes network, ReadNetworkFiles(network_xml));
  std::optional<TextBytes> text_bytes;
  if (text) {
    HL_ASSIGN(text_bytes, ReadTextFiles(*text));
  }
  std::vector<const HeadBytes*> ordered;
  for (const HeadBytes& head : heads) ordered.push_back(&head);
  std::ranges::sort(ordered, {}, [](const HeadBytes* head) { return head->bits; });

  ModelPackage package;
  package.name = name;
  package.dim = dim;
  package.input = input;
  package.network_sha256 = NetworkSha256(network);
  if (text_bytes) {
    package.text =
        PackagedText{NetworkSha256(text_bytes->network), NetworkSha256(text_bytes->tokenizer)};
  }
  std::vector<ByteSpan> head_bytes;
  for (const HeadBytes* head : ordered) {
    if (head->bytes.size() > kMaxHeadBytes) {
      return InvalidArgument("the head of " + std::to_string(head->bits) + " bits is too large");
    }
    head_bytes.push_back(AsBytes(head->bytes));
    package.heads.push_back({head->bits, head->method,
                             "head-" + std::to_string(head->bits) + ".hlh",
                             Sha256Hex(head_bytes.back())});
  }
  std::string names;
  std::optional<ClassifierSpans> spans;
  if (classifier) {
    names = SerializeClassNames(classifier->names);
    if (classifier->bytes.size() > kMaxClassifierBytes || names.size() > kMaxClassNamesBytes)
      return InvalidArgument("the classifier or the names of its classes are too large");
    spans = ClassifierSpans{AsBytes(classifier->bytes), AsBytes(names)};
    package.classifier = PackagedClassifier{classifier->names.classes, Sha256Hex(spans->rows),
                                            Sha256Hex(spans->names)};
  }
  HL_TRY(CheckModelFields(package));
  package.feature_digest = FeatureDigest(package.network_sha256, dim, input);
  return WritePackage(std::move(package), target, network, head_bytes, text_bytes, spans);
}

Result<ModelPackage> CopyModelPackage(const ModelPackage& package, const Path& folder) {
  HL_ASSIGN(const Path target, NewFolderName(folder));
  HL_TRY(CheckModelFields(package));
  HL_ASSIGN(const NetworkBytes network, ReadNetwork(package));
  std::vector<std::vector<std::byte>> heads;
  for (const PackagedHead& head : package.heads) {
    HL_ASSIGN(std::vector<std::byte> bytes, ReadHeadFile(package, head));
    heads.push_back(std::move(bytes));
  }
  const std::vector<ByteSpan> spans(heads.begin(), heads.end());
  std::optional<TextBytes> text;
  if (package.text) {
    HL_ASSIGN(text, ReadText(package));
  }
  ClassifierBytes rows;
  std::optional<ClassifierSpans> classifier;
  if (package.classifier) {
    HL_ASSIGN(rows, ReadClassifier(package));
    classifier = ClassifierSpans{rows.rows, rows.names};
  }
  return WritePackage(package, target, network, spans, text, classifier);
}

}  // namespace hashlens
