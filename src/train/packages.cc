#include "train/packages.h"

#include <algorithm>

#include "base/sha256.h"
#include "base/try.h"
#include "train/run.h"

namespace hashlens {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxNoteBytes = 1 << 10;

bool IsThere(const Path& path) {
  std::error_code error;
  return fs::exists(fs::symlink_status(path, error));
}

// What decides a package of one head.
std::string Digests(const std::string& name, const std::string& network_sha256,
                    const std::string& head_sha256, const std::string& classifier_sha256) {
  return network_sha256 + ' ' + head_sha256 + ' ' + classifier_sha256 + ' ' + name + '\n';
}

Path NoteFile(const TrainOptions& options, int bits) {
  return WorkFolder(options) / ("package-" + std::to_string(bits));
}

// Whether the package there is whole and the one that was noted before it was written.
bool IsOurs(const TrainOptions& options, int bits) {
  const auto note = ReadFile(NoteFile(options, bits), kMaxNoteBytes);
  const auto package = OpenModelPackage(PackagePath(options, bits));
  if (!note.ok() || !package.ok() || package->heads.size() != 1) return false;
  const std::string noted(reinterpret_cast<const char*>(note->data()), note->size());
  const std::string classifier = package->classifier ? package->classifier->sha256 : "";
  return Digests(package->name, package->network_sha256, package->heads[0].sha256, classifier) ==
             noted &&
         VerifyModelPackage(*package).ok();
}

// "OUTPUT-12.tmp-0" of WriteModelPackage, holding nothing but files of a package.
bool IsHalfWritten(const fs::directory_entry& entry, const Path& package) {
  const std::string start = package.filename().native() + ".tmp-";
  const std::string name = entry.path().filename().native();
  std::error_code error;
  if (!name.starts_with(start) || name.size() == start.size() || entry.is_symlink(error) ||
      name.find_first_not_of("0123456789", start.size()) != std::string::npos)
    return false;
  fs::directory_iterator files(entry.path(), error);
  for (; !error && files != fs::directory_iterator(); files.increment(error)) {
    const std::string file = files->path().filename().native();
    const bool expected = file == "network.xml" || file == "network.bin" || file == "model.json" ||
                          file == "classifier.hlc" || file == "classes.json" ||
                          (file.starts_with("head-") && file.ends_with(".hlh"));
    if (!expected || !files->is_regular_file(error)) return false;
  }
  return !error;
}

void RemoveHalfWritten(const TrainOptions& options) {
  const Path parent = options.output.has_parent_path() ? options.output.parent_path() : ".";
  std::error_code error;  // what cannot be removed is in nobody's way
  std::vector<Path> found;
  fs::directory_iterator entries(parent, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    for (const int bits : options.bits) {
      if (IsHalfWritten(*entries, PackagePath(options, bits))) found.push_back(entries->path());
    }
  }
  for (const Path& folder : found) fs::remove_all(folder, error);
}

// By doing it: permissions alone do not tell, as with a disk that is mounted read-only.
Status TryToWrite(const TrainOptions& options) {
  const Path folder = Path(options.output) += ".try";
  std::error_code error;
  fs::create_directory(folder, error);
  if (error) return ErrnoStatus(error.value(), "creating", folder);
  fs::remove(folder, error);
  return {};
}

bool LiesIn(const Path& path, const Path& folder) {
  std::error_code error;
  const Path outer = fs::weakly_canonical(folder, error);
  const Path inner = fs::weakly_canonical(path, error);
  return !error &&
         std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

}  // namespace

Status CheckOutputPlace(const TrainOptions& options) {
  const std::string name = options.output.filename().native();
  if (name.empty() || name == "." || name == "..")
    return InvalidArgument("--output " + Printable(options.output) + ": has no name for a model");
  for (const int bits : options.bits) {
    if (IsModelName(PackagePath(options, bits).filename().native())) continue;
    return InvalidArgument("--output " + Printable(options.output) +
                           ": no name for a model, which is up to 200 bytes of UTF-8 on one line");
  }
  std::error_code error;
  if (fs::is_directory(options.data, error) &&
      LiesIn(fs::absolute(options.output, error).parent_path(), options.data))
    return InvalidArgument("--output " + Printable(options.output) + ": lies in " +
                           Printable(options.data) +
                           ", whose folders are classes; name a place outside of it");
  return {};
}

Status PrepareOutput(const TrainOptions& options) {
  RemoveHalfWritten(options);
  std::vector<Path> in_the_way;
  for (const Path& path : options.reports) {
    if (IsThere(path)) in_the_way.push_back(path);
  }
  for (const int bits : options.bits) {
    const Path path = PackagePath(options, bits);
    if (IsThere(path) && !(options.resume && IsOurs(options, bits))) in_the_way.push_back(path);
  }
  if (in_the_way.empty()) return TryToWrite(options);
  std::string names;
  for (const Path& path : in_the_way) names += (names.empty() ? "" : ", ") + Printable(path);
  return InvalidArgument("already there: " + names + "; " +
                         (options.resume ? "move it away, and --resume goes on"
                                         : "choose another name for the model, or remove what is "
                                           "there"));
}

Status WriteHeadPackage(const TrainOptions& options, const ModelPackage& network,
                        const HashHead& head, const std::optional<ClassifierParts>& classifier) {
  const Path path = PackagePath(options, head.bits);
  if (IsThere(path)) {
    if (IsOurs(options, head.bits)) return {};
    return InvalidArgument(Printable(path) +
                           ": came to be during the training, which did not make it, and is left "
                           "as it is; move it away, and the same command with --resume goes on");
  }
  const std::string bytes = SerializeHead(head);
  const std::string name = path.filename().native();
  const std::string classifier_sha256 =
      classifier ? Sha256Hex(AsBytes(classifier->bytes)) : std::string();
  HL_TRY(WriteFileDurably(NoteFile(options, head.bits),
                          AsBytes(Digests(name, network.network_sha256, Sha256Hex(AsBytes(bytes)),
                                          classifier_sha256))));
  return WriteModelPackage(path, name, network.dim, network.input, network.folder / "network.xml",
                           {{head.bits, head.method, bytes}}, {}, classifier)
      .status();
}

}  // namespace hashlens
