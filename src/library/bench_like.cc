// A made-up library that is like another one.
#include <algorithm>
#include <optional>

#include "base/code.h"
#include "base/guard.h"
#include "base/new_file.h"
#include "base/try.h"
#include "hash/hash_head.h"
#include "hashlens/bench.h"
#include "hashlens/library.h"
#include "library/arrange.h"
#include "library/code_neighbours.h"
#include "library/housekeeping.h"
#include "library/layout.h"
#include "library/library_model.h"
#include "library/like_features.h"
#include "library/live_features.h"
#include "library/network_package.h"
#include "library/roots.h"
#include "library/synthetic.h"
#include "library/turned_space.h"
#include "model/mapped_network.h"

namespace hashlens {
namespace {

constexpr uint64_t kLikeSegmentRows = 50'000;
constexpr uint64_t kMostRealRows = 50'000;
constexpr uint64_t kRealBytes = uint64_t{256} << 20;     // of real features in memory
constexpr uint64_t kLearnedBytes = uint64_t{128} << 20;  // of those that codes are fitted to
constexpr uint64_t kMostLearned = 20'000;
constexpr uint64_t kSampledCodes = 1000;
constexpr uint64_t kImageBytes = 260;  // of an image in the catalog, with its share of the indexes
constexpr int kLeastDim = 8;
constexpr int kMostDim = 16'384;

// Made-up features in the new number of dimensions.
struct Making {
  LikeFeatures like;
  TurnedSpace space;

  void Make(uint64_t number, std::span<float> feature) const {
    std::vector<float> plain(like.dim());
    like.Make(number, plain);
    space.Apply(plain, feature);
  }
};

// The first of them, for fitting codes. They are of unit length.
class MadeFeatures : public FeatureSource {
 public:
  MadeFeatures(const Making& making, uint64_t rows) : making_(making), rows_(rows) {}
  int dim() const override { return static_cast<int>(making_.space.to()); }
  uint64_t rows() const override { return rows_; }
  Status ForEachBlock(
      const std::function<Status(std::span<const float> rows)>& use) const override {
    constexpr uint64_t kBlock = 1024;
    const size_t dim = making_.space.to();
    std::vector<float> block;
    for (uint64_t first = 0; first < rows_; first += kBlock) {
      block.resize(std::min(kBlock, rows_ - first) * dim);
      for (uint64_t i = 0; i * dim < block.size(); ++i)
        making_.Make(first + i, std::span(block).subspan(i * dim, dim));
      HL_TRY(use(block));
    }
    return {};
  }

 private:
  const Making& making_;
  uint64_t rows_;
};

// What is read of the other library.
struct Original {
  ModelPackage package;
  CatalogSnapshot state;
  Layout layout;
};

Result<Original> OpenOriginal(const Path& path) {
  const Layout layout{AbsolutePath(LibraryPath(path))};
  HL_TRY(RequireLibrary(layout, path));
  HL_ASSIGN(const Catalog catalog, Catalog::Open(layout.Catalog(), Catalog::Mode::kRead));
  HL_ASSIGN(const CatalogSnapshot state, catalog.ReadSnapshot());
  HL_ASSIGN(LibraryModel model, OpenLibraryModel(layout, state.meta));
  if (model.reduction) {
    return InvalidArgument(Printable(path) +
                           ": stores reduced features; a library with whole ones is needed");
  }
  return Original{std::move(model.package), state, layout};
}

Status CheckLike(const LikeLibraryOptions& options, int dim, int bits) {
  if (dim < kLeastDim || dim > kMostDim) {
    return InvalidArgument("dim must be " + std::to_string(kLeastDim) + " to " +
                           std::to_string(kMostDim));
  }
  if (bits < kMinBits || bits > std::min(kMaxBits, dim))
    return InvalidArgument("bits must be " + std::to_string(kMinBits) + " to " +
                           std::to_string(std::min(kMaxBits, dim)));
  if (options.rows <= static_cast<uint64_t>(bits) + 1) {
    return InvalidArgument("at least " + std::to_string(bits + 2) +
                           " images are needed, to fit codes of " + std::to_string(bits) +
                           " bits to them");
  }
  return {};
}

Status RequireRoom(const Path& folder, uint64_t needed) {
  Path there = folder;
  std::error_code error;
  while (!std::filesystem::exists(there, error) && there.has_relative_path())
    there = there.parent_path();
  const auto space = std::filesystem::space(there, error);
  if (error || space.available >= needed) return {};
  const auto gigabytes = [](uint64_t bytes) {
    return std::to_string(bytes / 1'000'000'000) + "." + std::to_string(bytes / 100'000'000 % 10) +
           " GB";
  };
  return IoError(Printable(folder) + ": would take " + gigabytes(needed) + ", and " +
                 gigabytes(space.available) + " are free there");
}

// A package of the other library's network, with the map at its end, and the fitted head.
Status WriteLikePackage(const Original& original, const Making& making, const HashHead& head,
                        const Path& folder) {
  HL_ASSIGN(const WorkFolder work, WorkFolder::Make(folder));
  Path xml = original.package.folder / "network.xml";
  if (making.space.from() != making.space.to()) {
    xml = work.path() / "network.xml";
    HL_TRY(WriteMappedNetwork(original.package, making.space.Matrix(), xml));
  }
  return WriteModelPackage(folder, "made-up", static_cast<int>(making.space.to()),
                           original.package.input, xml,
                           {{head.bits, head.method, SerializeHead(head)}})
      .status();
}

// The nearest of some codes among all of the library, by its own searches.
Result<NeighbourDistances> NearestInLibrary(const Path& path, uint64_t images, int bits,
                                            const std::stop_token& stop) {
  HL_ASSIGN(const Library library, Library::Open(path));
  NeighbourDistances distances;
  distances.images = images;
  distances.counts.resize(static_cast<size_t>(bits) + 1);
  SearchOptions two;
  two.k = 2;
  two.candidates = 2;
  two.rerank = false;
  const uint64_t sample = std::min(images, kSampledCodes);
  for (uint64_t i = 0; i < sample; ++i) {
    if (stop.stop_requested()) return Cancelled("stopped; the library is whole");
    const Query query{{}, 1 + i * images / sample};
    HL_ASSIGN(const auto results, library.Search({&query, 1}, two));
    HL_TRY(results.front().status());
    for (const Hit& hit : results.front()->hits) {
      if (hit.id == query.id) continue;
      ++distances.counts[hit.hamming];
      ++distances.sampled;
      break;
    }
  }
  SummariseDistances(&distances);
  return distances;
}

std::vector<uint8_t> CodesOfMade(const Making& making, const HashHead& head, uint64_t rows) {
  const size_t code_bytes = CodeBytes(head.bits);
  std::vector<uint8_t> codes(rows * code_bytes);
  std::vector<float> feature(making.space.to());
  for (uint64_t i = 0; i < rows; ++i) {
    making.Make(i, feature);
    ApplyHead(head, feature, std::span(codes).subspan(i * code_bytes, code_bytes));
  }
  return codes;
}

std::vector<uint8_t> CodesOfReal(const Making& making, const HashHead& head) {
  const size_t code_bytes = CodeBytes(head.bits);
  std::vector<uint8_t> codes(making.like.real_rows() * code_bytes);
  std::vector<float> feature(making.space.to());
  for (uint64_t i = 0; i < making.like.real_rows(); ++i) {
    making.space.Apply(making.like.real(i), feature);
    ApplyHead(head, feature, std::span(codes).subspan(i * code_bytes, code_bytes));
  }
  return codes;
}

Status FillLibrary(const Layout& layout, const Making& making, const LikeLibraryOptions& options) {
  HL_ASSIGN(SyntheticWriter writer, SyntheticWriter::Open(layout));
  uint64_t number = 0;
  const auto make = [&](std::span<float> feature) { making.Make(number++, feature); };
  for (uint64_t done = 0; done < options.rows;) {
    if (options.stop.stop_requested())
      return Cancelled("stopped; the library holds " + std::to_string(done) + " images");
    if (options.progress) options.progress({"making images", done, options.rows, 0, 0});
    const uint64_t count = std::min(kLikeSegmentRows, options.rows - done);
    HL_ASSIGN(const uint64_t first, writer.Add(count, make));
    HL_TRY(AddShareTags(first, count, writer.catalog()));
    done += count;
  }
  return ArrangeCodes(layout, *writer.catalog(), ArrangeWhen::kPartial, 1, options.progress,
                      options.stop)
      .status();
}

Result<Making> LearnFrom(const Original& original, const LikeLibraryOptions& options, int dim) {
  const auto real_dim = static_cast<uint64_t>(original.state.meta.dim);
  const uint64_t most = std::min(kMostRealRows, kRealBytes / (real_dim * sizeof(float)));
  HL_ASSIGN(const auto real, LiveFeatures::Open(original.layout, original.state, most));
  auto like = LikeFeatures::Learn(*real, options.seed, options.progress, options.stop);
  if (like.status().code() == StatusCode::kInvalidArgument)
    return InvalidArgument(Printable(options.like) + ": " + like.status().message());
  if (!like.ok()) return like.status();
  return Making{std::move(*like), TurnedSpace(real_dim, static_cast<size_t>(dim), options.seed)};
}

Result<LikeLibraryReport> MakeLike(const Path& library, const LikeLibraryOptions& options) {
  const Layout layout{AbsolutePath(LibraryPath(library))};
  HL_TRY(RequireNothingAt(layout.folder));
  Path package = layout.folder;
  package += ".model";
  HL_TRY(RequireNothingAt(package));
  HL_ASSIGN(const Original original, OpenOriginal(options.like));
  LikeLibraryReport report;
  report.images = options.rows;
  report.dim = options.dim > 0 ? options.dim : original.state.meta.dim;
  report.bits = options.bits > 0 ? options.bits : original.state.meta.bits;
  HL_TRY(CheckLike(options, report.dim, report.bits));
  HL_TRY(RequireRoom(layout.folder, LikeLibraryBytes(options, report.dim, report.bits)));
  HL_ASSIGN(const Making making, LearnFrom(original, options, report.dim));
  if (options.progress) options.progress({"fitting codes", 0, 0, 0, 0});
  const uint64_t learned =
      std::min({options.rows, kMostLearned,
                kLearnedBytes / (static_cast<uint64_t>(report.dim) * sizeof(float))});
  HeadFitOptions fit;
  fit.bits = report.bits;
  fit.seed = options.seed;
  HL_ASSIGN(const HashHead head, FitHead(MadeFeatures(making, learned), fit, options.stop));
  {
    HL_TRY(WriteLikePackage(original, making, head, package));
    CreateOptions create;
    create.model = package;
    auto made = LibraryWriter::OpenOrCreate(library, create);
    std::error_code ignored;  // the library has a copy
    std::filesystem::remove_all(package, ignored);
    HL_ASSIGN(const LibraryWriter lock, std::move(made));
    HL_TRY(FillLibrary(layout, making, options));
  }
  const uint64_t as_many = std::min(options.rows, making.like.real_rows());
  report.like = NearestCodes(CodesOfReal(making, head), report.bits, kSampledCodes);
  report.as_many = NearestCodes(CodesOfMade(making, head, as_many), report.bits, kSampledCodes);
  HL_ASSIGN(report.made, NearestInLibrary(library, options.rows, report.bits, options.stop));
  return report;
}

}  // namespace

uint64_t LikeLibraryBytes(const LikeLibraryOptions& options, int dim, int bits) {
  constexpr uint64_t kRowBytes = 4 + 8;  // of a feature's checksum and a code's id
  const uint64_t feature = static_cast<uint64_t>(dim) * sizeof(uint16_t);
  // Codes are there twice: once more as they are arranged.
  const uint64_t code = 2 * CodeBytes(bits) + sizeof(uint32_t);
  return options.rows * (feature + code + kRowBytes + kImageBytes);
}

Result<LikeLibraryReport> MakeLibraryLike(const Path& library,
                                          const LikeLibraryOptions& options) try {
  return MakeLike(library, options);
} catch (...) {
  return CaughtStatus();
}

}  // namespace hashlens
