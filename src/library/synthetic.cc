#include "library/synthetic.h"

#include <algorithm>
#include <string>

#include "base/try.h"
#include "library/feature_maker.h"
#include "library/library_model.h"
#include "library/segment_files.h"
#include "library/segment_writer.h"
#include "library/snapshot.h"
#include "library/stopwatch.h"

namespace hashlens {
namespace {

constexpr std::pair<const char*, uint64_t> kShares[] = {
    {"half", 2}, {"percent", 100}, {"rare", 10'000}};

}  // namespace

Status AddShareTags(uint64_t first, uint64_t count, Catalog* catalog) {
  for (const auto& [name, one_of] : kShares) {
    std::vector<uint64_t> ids;
    for (uint64_t id = first; id < first + count; ++id) {
      if (id % one_of == 0) ids.push_back(id);
    }
    HL_TRY(catalog->ChangeTags(ids, {{{"share", name}}, {}, {}}).status());
  }
  return {};
}

Result<SyntheticWriter> SyntheticWriter::Open(const Layout& layout) {
  HL_ASSIGN(Catalog catalog, Catalog::Open(layout.Catalog(), Catalog::Mode::kWrite));
  HL_ASSIGN(const RootRow root, catalog.AddRoot(std::string(kSyntheticRoot), ""));
  return SyntheticWriter(layout, std::move(catalog), root.id);
}

Result<uint64_t> SyntheticWriter::Add(uint64_t rows,
                                      const std::function<void(std::span<float>)>& make_feature) {
  HL_ASSIGN(const CatalogSnapshot state, catalog_.ReadSnapshot());
  const LibraryMeta& meta = state.meta;
  HL_ASSIGN(const HashHead head, LoadHead(layout_, meta));
  HL_ASSIGN(const LibraryModel model, OpenLibraryModel(layout_, meta));
  HL_ASSIGN(const uint64_t segment, NextSegment(layout_, state.segments));
  HL_ASSIGN(SegmentWriter writer,
            SegmentWriter::Create(layout_, segment, meta, head, TypeFor(model.reduction.get())));
  CatalogBatch batch;
  std::vector<float> feature(static_cast<size_t>(meta.dim));
  for (uint64_t i = 0; i < rows; ++i) {
    ImageRow image;
    image.id = meta.next_id + i;
    image.root = root_;
    image.path = std::to_string(image.id / 1000) + "/" + std::to_string(image.id) + ".jpg";
    image.stamp = {100'000 + image.id, static_cast<int64_t>(image.id)};
    image.width = 500;
    image.height = 375;
    image.format = "jpeg";
    image.added_at_ms = NowMs();
    make_feature(feature);
    NormaliseAndRound(feature);
    HL_TRY(writer.Append(image.id, feature));
    batch.images.push_back(std::move(image));
  }
  HL_ASSIGN(batch.segment, writer.Finish());
  HL_TRY(catalog_.Commit(batch));
  return meta.next_id;
}

// The sum of a few uniform numbers is normal enough for a measurement, and quick.
void FillRandomly(std::span<float> feature, std::mt19937_64* random) {
  for (float& value : feature) {
    const uint64_t word = (*random)();
    value = static_cast<float>((word & 0xffff) + (word >> 16 & 0xffff) + (word >> 32 & 0xffff) +
                               (word >> 48)) -
            131070.0F;
  }
}

Result<bool> IsSynthetic(const Catalog& catalog) {
  HL_ASSIGN(const std::vector<RootRow> roots, catalog.Roots());
  return std::ranges::all_of(roots,
                             [](const RootRow& root) { return root.path == kSyntheticRoot; });
}

}  // namespace hashlens
