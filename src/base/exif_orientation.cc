#include "base/exif_orientation.h"

#include <libexif/exif-data.h>

#include <cstring>
#include <memory>
#include <vector>

namespace hashlens {
namespace {

constexpr size_t kMostBytes = 1 << 20;  // libexif takes an unsigned, and copies
constexpr char kIntroduction[] = {'E', 'x', 'i', 'f', 0, 0};

int NumberOf(const ExifEntry& entry, ExifByteOrder order) {
  switch (entry.format) {
    case EXIF_FORMAT_BYTE:
    case EXIF_FORMAT_SBYTE:
      return entry.size >= 1 ? entry.data[0] : 0;
    case EXIF_FORMAT_SHORT:
    case EXIF_FORMAT_SSHORT:
      return entry.size >= 2 ? exif_get_short(entry.data, order) : 0;
    case EXIF_FORMAT_LONG:
    case EXIF_FORMAT_SLONG: {
      if (entry.size < 4) return 0;
      const ExifLong number = exif_get_long(entry.data, order);
      return number <= 8 ? static_cast<int>(number) : 0;
    }
    default:
      return 0;
  }
}

}  // namespace

int ExifOrientation(ByteSpan exif) {
  std::vector<std::byte> introduced;
  if (exif.size() > kMostBytes) exif = exif.first(kMostBytes);
  if (exif.size() < sizeof(kIntroduction)) return 1;
  if (std::memcmp(exif.data(), kIntroduction, sizeof(kIntroduction)) != 0) {
    const auto* start = reinterpret_cast<const std::byte*>(kIntroduction);
    introduced.assign(start, start + sizeof(kIntroduction));
    introduced.insert(introduced.end(), exif.begin(), exif.end());
    exif = introduced;
  }
  const std::unique_ptr<ExifData, decltype(&exif_data_unref)> data(exif_data_new(),
                                                                   exif_data_unref);
  if (!data) return 1;
  // Repairing the data to the letter of the standard costs time and is of no use to us.
  exif_data_unset_option(data.get(), EXIF_DATA_OPTION_FOLLOW_SPECIFICATION);
  exif_data_load_data(data.get(), reinterpret_cast<const unsigned char*>(exif.data()),
                      static_cast<unsigned>(exif.size()));
  const ExifEntry* entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
  if (entry == nullptr || entry->data == nullptr) return 1;
  const int orientation = NumberOf(*entry, exif_data_get_byte_order(data.get()));
  return orientation >= 1 && orientation <= 8 ? orientation : 1;
}

}  // namespace hashlens
