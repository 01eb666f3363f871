#include "library/segment_writer.h"

#include "base/try.h"

namespace hashlens {
namespace {

Path Temporary(const Path& path) { return Path(path) += kTemporarySuffix; }

}  // namespace

void RemoveQuietly(const Path& path) {
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
}

Status WriteCodesDurably(const Path& path, const SegmentCodes& codes) {
  const Path temporary = Temporary(path);
  Status status = WriteCodeFile(temporary, codes);
  if (status.ok()) status = RenameDurably(temporary, path);
  if (!status.ok()) RemoveQuietly(temporary);
  return status;
}

SegmentWriter::SegmentWriter(const Layout& layout, SegmentRow row, const HashHead& head,
                             FeatureFileWriter features)
    : layout_(layout), row_(std::move(row)), head_(&head), features_(std::move(features)) {
  codes_.bits = head.bits;
}

Result<SegmentWriter> SegmentWriter::Create(const Layout& layout, uint64_t segment,
                                            const LibraryMeta& meta, const HashHead& head,
                                            FeatureType type) {
  SegmentRow row;
  row.id = segment;
  row.features_file = FeaturesName(segment);
  row.codes_file = CodesName(segment, meta.head_sha256);
  HL_ASSIGN(
      FeatureFileWriter features,
      FeatureFileWriter::Create(Temporary(layout.Segment(row.features_file)), meta.dim, type));
  return SegmentWriter(layout, std::move(row), head, std::move(features));
}

SegmentWriter::SegmentWriter(SegmentWriter&& other) noexcept
    : layout_(std::move(other.layout_)),
      row_(std::move(other.row_)),
      head_(other.head_),
      features_(std::move(other.features_)),
      codes_(std::move(other.codes_)),
      finished_(other.finished_) {
  other.features_.reset();  // so that its destructor removes nothing
}

SegmentWriter::~SegmentWriter() {
  if (!features_ || finished_) return;  // moved from, or done
  features_.reset();
  try {
    RemoveQuietly(Temporary(layout_.Segment(row_.features_file)));
  } catch (const std::bad_alloc&) {  // the next writer clears it away
  }
}

Status SegmentWriter::Append(uint64_t id, std::span<const float> feature) {
  HL_TRY(features_->Append(feature));
  codes_.ids.push_back(id);
  const size_t start = codes_.codes.size();
  codes_.codes.resize(start + CodeBytes(head_->bits));
  ApplyHead(*head_, feature, std::span(codes_.codes).subspan(start));
  return {};
}

Status SegmentWriter::AppendStored(uint64_t id, std::span<const uint16_t> feature,
                                   std::span<const uint8_t> code) {
  HL_TRY(features_->AppendStored(feature));
  codes_.ids.push_back(id);
  codes_.codes.insert(codes_.codes.end(), code.begin(), code.end());
  return {};
}

Result<SegmentRow> SegmentWriter::Finish() {
  const Path features = layout_.Segment(row_.features_file);
  HL_TRY(features_->Finish());
  HL_TRY(RenameDurably(Temporary(features), features));
  finished_ = true;
  HL_TRY(WriteCodesDurably(layout_.Segment(row_.codes_file), codes_));
  row_.rows = codes_.ids.size();
  row_.first_image = codes_.ids.front();
  row_.last_image = codes_.ids.back();
  return row_;
}

}  // namespace hashlens
