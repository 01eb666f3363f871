// A checkpoint: magic, SHA-256 of what follows, then an archive of libtorch. Only files with the
// right digest are given to libtorch.
#include <sstream>

#include "base/sha256.h"
#include "base/try.h"
#include "train/learner.h"

namespace hashlens {
namespace {

constexpr std::string_view kMagic = "HLTRAIN1";
constexpr size_t kDigestBytes = 64;
constexpr uint64_t kMaxBytes = uint64_t{4} << 30;

std::string Numbered(const char* name, size_t i) { return name + std::to_string(i); }

}  // namespace

Status Learner::SaveCheckpoint(const Path& path, const std::string& notes) const {
  std::ostringstream stream;
  torch::serialize::OutputArchive archive;
  const std::vector<torch::Tensor> state = State();
  for (size_t i = 0; i < state.size(); ++i) archive.write(Numbered("state", i), state[i].detach());
  for (size_t i = 0; i < averages_.size(); ++i) archive.write(Numbered("average", i), averages_[i]);
  torch::serialize::OutputArchive optimizer;
  optimizer_->save(optimizer);
  archive.write("optimizer", optimizer);
  archive.write("steps", c10::IValue(steps_));
  archive.write("notes", c10::IValue(notes));
  archive.save_to(stream);
  const std::string bytes = stream.str();
  return WriteFileDurably(path, AsBytes(std::string(kMagic) + Sha256Hex(AsBytes(bytes)) + bytes));
}

Status Learner::LoadCheckpoint(const Path& path,
                               const std::function<Status(const std::string&)>& accept) {
  HL_ASSIGN(const std::vector<std::byte> file, ReadFile(path, kMaxBytes));
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  const size_t head = kMagic.size() + kDigestBytes;
  if (text.size() < head || !text.starts_with(kMagic))
    return Corruption(Printable(path) + ": not a checkpoint of this version");
  const std::string_view bytes = text.substr(head);
  if (Sha256Hex(AsBytes(bytes)) != text.substr(kMagic.size(), kDigestBytes))
    return Corruption(Printable(path) + ": a byte of the checkpoint has changed");
  try {
    torch::serialize::InputArchive archive;
    archive.load_from(bytes.data(), bytes.size());
    c10::IValue value;
    archive.read("notes", value);
    HL_TRY(accept(value.toStringRef()));
    const torch::NoGradGuard no_grad;
    std::vector<torch::Tensor> state = State();
    torch::Tensor tensor;
    for (size_t i = 0; i < state.size(); ++i) {
      archive.read(Numbered("state", i), tensor);
      state[i].copy_(tensor);
    }
    for (size_t i = 0; i < averages_.size(); ++i) {
      archive.read(Numbered("average", i), tensor);
      averages_[i].copy_(tensor);
    }
    torch::serialize::InputArchive optimizer;
    archive.read("optimizer", optimizer);
    optimizer_->load(optimizer);
    archive.read("steps", value);
    steps_ = value.toInt();
    return {};
  } catch (const std::exception&) {
    return Corruption(Printable(path) + ": a checkpoint of another network or other options");
  }
}

}  // namespace hashlens
