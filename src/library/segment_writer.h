// Writing one segment: features go to disk as they come, codes and the final names at the end.
#ifndef HASHLENS_LIBRARY_SEGMENT_WRITER_H_
#define HASHLENS_LIBRARY_SEGMENT_WRITER_H_

#include <optional>
#include <span>
#include <vector>

#include "hash/hash_head.h"
#include "library/layout.h"
#include "store/catalog.h"
#include "store/code_file.h"
#include "store/feature_file.h"

namespace hashlens {

// One thread. Nothing is part of the library until the caller commits the row that Finish gives;
// a writer that is dropped before Finish removes its temporary files.
class SegmentWriter {
 public:
  // head: outlives the writer.
  static Result<SegmentWriter> Create(const Layout& layout, uint64_t segment,
                                      const LibraryMeta& meta, const HashHead& head,
                                      FeatureType type);
  SegmentWriter(SegmentWriter&& other) noexcept;
  ~SegmentWriter();

  // ids ascending. feature: dim floats, already rounded as they are stored.
  Status Append(uint64_t id, std::span<const float> feature);
  // A row as another segment has it.
  Status AppendStored(uint64_t id, std::span<const uint16_t> feature,
                      std::span<const uint8_t> code);
  uint64_t rows() const { return codes_.ids.size(); }
  // Syncs both files and gives them their final names. At least one row.
  Result<SegmentRow> Finish();

 private:
  SegmentWriter(const Layout& layout, SegmentRow row, const HashHead& head,
                FeatureFileWriter features);

  Layout layout_;
  SegmentRow row_;
  const HashHead* head_;
  std::optional<FeatureFileWriter> features_;
  SegmentCodes codes_;
  bool finished_ = false;
};

// Of files that mean nothing any more: what is left behind, the next writer clears away.
void RemoveQuietly(const Path& path);

// Writes a code file durably under its final name.
Status WriteCodesDurably(const Path& path, const SegmentCodes& codes);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_SEGMENT_WRITER_H_
