#include "library/given_pictures.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/sha256.h"
#include "base/try.h"
#include "library/tags.h"

namespace hashlens {
namespace {

constexpr size_t kMaxNameBytes = 8192;
constexpr size_t kStampDigits = 15;  // of the hash, 4 bits each
constexpr int64_t kLastGivenTime = -(int64_t{1} << 62);

// Below its source, and the one way to say where.
bool IsName(const std::string& name) {
  if (name.empty() || name.size() > kMaxNameBytes || name.find('\0') != name.npos) return false;
  for (size_t begin = 0; begin <= name.size();) {
    const size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view part = std::string_view(name).substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = end + 1;
  }
  return true;
}

}  // namespace

FileStamp StampOfGiven(const GivenPicture& picture) {
  const ByteSpan bytes = picture.feature.empty()
                             ? AsBytes(picture.bytes)
                             : std::as_bytes(std::span<const float>(picture.feature));
  const std::string hash = Sha256Hex(bytes).substr(0, kStampDigits);
  int64_t number = 0;
  std::from_chars(hash.data(), hash.data() + hash.size(), number, 16);
  return {bytes.size(), std::numeric_limits<int64_t>::min() + number};
}

bool IsGiven(const FileStamp& stamp) { return stamp.mtime_ns < kLastGivenTime; }

Result<GivenPictures> GivenPictures::Begin(const Layout& layout, Catalog* catalog, Roots* roots,
                                           const AddOptions& options, IndexReport* report) {
  Path source = layout.Added();
  if (options.source.empty()) {
    // A folder that is there moves with its library.
    std::error_code error;
    std::filesystem::create_directory(source, error);
    if (error) return ErrnoStatus(error.value(), "making the folder", source);
  } else {
    if (!options.source.is_absolute())
      return InvalidArgument(Printable(options.source) + ": the source's path is not absolute");
    source = AbsolutePath(options.source);
  }
  HL_ASSIGN(RootedPath place, roots->FindOrAdd(catalog, source, source));
  HL_TRY(catalog->BeginScan());
  return GivenPictures(catalog, options, report, std::move(place));
}

Status GivenPictures::TagUnchanged(const RootedPath& place, Tags own) {
  if (options_.tags.empty() && own.empty() && options_.own_keys.empty()) return {};
  HL_ASSIGN(const std::optional<ImageRow> image, catalog_->FindImageByPath(place.root, place.path));
  if (!image) return Corruption("the catalog lost an image between two looks");
  own.insert(own.end(), options_.tags.begin(), options_.tags.end());
  HL_ASSIGN(const Tags present, catalog_->ImageTags(image->id));
  const auto is_among = [](const Tags& tags) {
    return [&tags](const Tag& tag) { return std::ranges::find(tags, tag) != tags.end(); };
  };
  const auto goes = [&](const Tag& tag) {
    return std::ranges::find(options_.own_keys, tag.first) != options_.own_keys.end() &&
           !is_among(own)(tag);
  };
  // Most runs change nothing, and need no transaction to find that out.
  if (std::ranges::all_of(own, is_among(present)) && std::ranges::none_of(present, goes)) return {};
  ++report_->tagged;
  return catalog_->ChangeTags({image->id}, {std::move(own), {}, options_.own_keys}).status();
}

Result<std::optional<IngestItem>> GivenPictures::Next() {
  while (true) {
    if (options_.stop.stop_requested()) return Cancelled("stopped");
    HL_ASSIGN(std::optional<GivenPicture> picture, options_.next());
    if (!picture) return std::optional<IngestItem>();
    ++seen_;
    HL_TRY(CheckTags(picture->tags));
    if (!IsName(picture->name)) {
      return InvalidArgument("\"" + Printable(std::string_view(picture->name)) +
                             "\" is no name for a picture: names with '/' between them are wanted");
    }
    const RootedPath place{place_.root,
                           place_.path.empty() ? picture->name : place_.path + "/" + picture->name};
    const FileStamp stamp = StampOfGiven(*picture);
    const uint64_t queued = catalog_->queued();
    HL_ASSIGN(const FileState state,
              catalog_->AddFile(place.root, place.path, stamp, options_.retry, /*named=*/true));
    if (catalog_->queued() > queued)
      return std::optional(IngestItem{place, true, std::move(picture), stamp});
    if (state == FileState::kUnchanged) {
      ++report_->unchanged;
      HL_TRY(TagUnchanged(place, std::move(picture->tags)));
    }
    if (state == FileState::kFailedBefore) ++report_->failed;
    Report();
  }
}

void GivenPictures::Report() {
  if (!options_.progress || watch_.Seconds() < kProgressSeconds) return;
  watch_.Lap();
  options_.progress({"passing over what is there", seen_, options_.total, report_->failed, 0});
}

}  // namespace hashlens
