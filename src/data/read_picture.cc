// The one way to a labelled picture's bytes.
#include "base/try.h"
#include "data/labelled_set.h"
#include "source/key_name.h"

namespace hashlens {

Result<std::vector<std::byte>> ReadPicture(const LabelledPicture& picture, uint64_t max_bytes) {
  if (picture.source == nullptr) {
    auto bytes = ReadFile(picture.path, max_bytes);
    if (bytes.ok()) return bytes;
    return Status(bytes.status().code(), ReasonWithoutPath(bytes.status(), picture.path));
  }
  HL_ASSIGN(const Record record, picture.source->Read(picture.key));
  HL_TRY(record.problem);
  if (record.picture.empty()) return Corruption("holds no picture any more");
  const ByteSpan bytes = AsBytes(record.picture);
  if (bytes.size() > max_bytes)
    return InvalidArgument(std::to_string(bytes.size()) + " bytes, over the limit of " +
                           std::to_string(max_bytes));
  return std::vector<std::byte>(bytes.begin(), bytes.end());
}

Path HomeOf(const LabelledPicture& picture) {
  if (picture.source == nullptr) return picture.path;
  std::string home = picture.path.native();
  home.resize(home.size() - NameOfKey(picture.key).size() - 1);
  return home;
}

}  // namespace hashlens
