#include <algorithm>
#include <cmath>
#include <random>

#include "base/try.h"
#include "hashlens/bench.h"
#include "hashlens/library.h"
#include "library/feature_maker.h"
#include "library/layout.h"
#include "library/process_memory.h"
#include "library/segment_writer.h"
#include "library/snapshot.h"
#include "library/stopwatch.h"

namespace hashlens {
namespace {

constexpr uint64_t kSegmentRows = 50'000;

// Unit length; the sum of a few uniform numbers is normal enough for a measurement, and quick.
std::vector<float> RandomFeature(size_t dim, std::mt19937_64* random) {
  std::vector<float> feature(dim);
  for (float& value : feature) {
    const uint64_t word = (*random)();
    value = static_cast<float>((word & 0xffff) + (word >> 16 & 0xffff) + (word >> 32 & 0xffff) +
                               (word >> 48)) -
            131070.0F;
  }
  NormaliseAndRound(feature);
  return feature;
}

Result<CatalogBatch> SyntheticBatch(const Layout& layout, const LibraryMeta& meta,
                                    const HashHead& head, uint64_t root, uint64_t segment,
                                    uint64_t rows, std::mt19937_64* random) {
  CatalogBatch batch;
  HL_ASSIGN(SegmentWriter writer, SegmentWriter::Create(layout, segment, meta, head));
  for (uint64_t i = 0; i < rows; ++i) {
    ImageRow image;
    image.id = meta.next_id + i;
    image.root = root;
    image.path = std::to_string(image.id / 1000) + "/" + std::to_string(image.id) + ".jpg";
    image.stamp = {100'000 + image.id, static_cast<int64_t>(image.id)};
    image.width = 500;
    image.height = 375;
    image.format = "jpeg";
    image.added_at_ms = NowMs();
    HL_TRY(writer.Append(image.id, RandomFeature(static_cast<size_t>(meta.dim), random)));
    batch.images.push_back(std::move(image));
  }
  HL_ASSIGN(batch.segment, writer.Finish());
  return batch;
}

}  // namespace

Status MakeSyntheticLibrary(const Path& library, uint64_t rows, uint64_t seed,
                            const ProgressFunction& progress, std::stop_token stop) {
  const Layout layout{LibraryPath(library)};
  std::error_code error;
  if (std::filesystem::exists(layout.folder, error))
    return InvalidArgument(Printable(layout.folder) + ": is there already");
  HL_ASSIGN(const LibraryWriter writer,
            LibraryWriter::OpenOrCreate(library, {}));  // holds the lock
  HL_ASSIGN(Catalog catalog, Catalog::Open(layout.Catalog(), Catalog::Mode::kWrite));
  HL_ASSIGN(const RootRow root, catalog.AddRoot("/synthetic", ""));
  std::mt19937_64 random(seed);
  uint64_t segment = 1;
  for (uint64_t done = 0; done < rows; ++segment) {
    if (stop.stop_requested())
      return Cancelled("stopped; the library holds " + std::to_string(done) + " images");
    if (progress) progress({"making images", done, rows, 0, 0});
    HL_ASSIGN(const LibraryMeta meta, catalog.ReadMeta());
    HL_ASSIGN(const HashHead head, LoadHead(layout, meta));
    const uint64_t count = std::min(kSegmentRows, rows - done);
    HL_ASSIGN(const CatalogBatch batch,
              SyntheticBatch(layout, meta, head, root.id, segment, count, &random));
    HL_TRY(catalog.Commit(batch));
    done += count;
  }
  return {};
}

Result<LibraryBench> BenchLibrary(const Path& path, int queries, const SearchOptions& search,
                                  const OpenOptions& open) {
  if (queries < 1) return InvalidArgument("queries must be at least 1");
  LibraryBench bench;
  Stopwatch watch;
  HL_ASSIGN(const Library library, Library::Open(path, open));
  bench.open_ms = watch.Lap() * 1e3;
  HL_ASSIGN(const LibraryInfo info, library.Info());
  if (info.images == 0) return NotFound(Printable(path) + ": has no images to look for");
  bench.images = info.images;
  bench.code_bytes = info.images * ((static_cast<uint64_t>(info.bits) + 63) / 64 * 8);
  std::vector<double> times;
  for (int round = 0; round < 2; ++round) {
    times.clear();
    for (int i = 0; i < queries; ++i) {
      const Query query{
          {}, 1 + static_cast<uint64_t>(i) * info.images / static_cast<uint64_t>(queries)};
      watch.Lap();
      HL_ASSIGN(const auto results, library.Search(std::span(&query, 1), search));
      times.push_back(watch.Milliseconds());
      if (!results[0].ok()) return results[0].status();
      if (results[0]->hits.empty() || results[0]->hits[0].id != query.id)
        return Corruption("an image was not its own nearest");
      if (round == 0 && i == 0) bench.first_query_ms = times[0];
    }
  }
  std::sort(times.begin(), times.end());
  bench.query_ms_p50 = times[times.size() / 2];
  bench.query_ms_p99 = times[std::min(times.size() - 1, times.size() * 99 / 100)];
  const ProcessMemory memory = ReadProcessMemory();
  bench.rss_bytes = memory.rss_bytes;
  bench.peak_rss_bytes = memory.peak_rss_bytes;
  return bench;
}

}  // namespace hashlens
