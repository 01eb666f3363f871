#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include "base/cores.h"
#include "base/try.h"
#include "hashlens/bench.h"
#include "hashlens/library.h"
#include "library/arrange.h"
#include "library/layout.h"
#include "library/process_memory.h"
#include "library/roots.h"
#include "library/stopwatch.h"
#include "library/synthetic.h"

namespace hashlens {
namespace {

constexpr uint64_t kSegmentRows = 50'000;
constexpr float kNoDistance = 1e-3F;
constexpr uint64_t kAddedRows = 256;  // a commit
constexpr std::chrono::milliseconds kBetweenCommits{50};

double AtShare(const std::vector<double>& sorted, double share) {
  const auto place = static_cast<size_t>(static_cast<double>(sorted.size()) * share);
  return sorted[std::min(place, sorted.size() - 1)];
}

// The queries' wall-clock times, and those of their stages.
class Times {
 public:
  void Add(double milliseconds, const StageTimes& stages) {
    whole_.push_back(milliseconds);
    stages_.push_back(stages);
  }
  QueryTimes Summary() const {
    const std::vector<double> sorted = Sorted(whole_);
    return {AtShare(sorted, 0.5),
            AtShare(sorted, 0.95),
            AtShare(sorted, 0.99),
            {Median(&StageTimes::decode), Median(&StageTimes::network), Median(&StageTimes::codes),
             Median(&StageTimes::rerank)}};
  }

 private:
  static std::vector<double> Sorted(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values;
  }
  double Median(double StageTimes::*stage) const {
    std::vector<double> values;
    for (const StageTimes& stages : stages_) values.push_back(stages.*stage);
    return AtShare(Sorted(std::move(values)), 0.5);
  }

  std::vector<double> whole_;
  std::vector<StageTimes> stages_;
};

class Bench {
 public:
  Bench(const Library& library, const LibraryBenchOptions& options, uint64_t last_id)
      : library_(library), options_(options), last_id_(last_id) {}

  // The i-th of so many ids, spread over the library. Removed ones are passed over.
  Result<Query> IdQuery(int i) const {
    const uint64_t first =
        static_cast<uint64_t>(i) * last_id_ / static_cast<uint64_t>(options_.queries);
    for (uint64_t step = 0; step < last_id_; ++step) {
      const uint64_t id = 1 + (first + step) % last_id_;
      if (library_.PathOf(id).ok()) return Query{{}, id};
    }
    return NotFound("no image of the library has an id to be asked for");
  }
  Query PictureQuery(int i) const {
    return {options_.pictures[static_cast<size_t>(i) % options_.pictures.size()], 0};
  }
  Result<Query> MakeQuery(int i, bool picture) const {
    return picture ? Result<Query>(PictureQuery(i)) : IdQuery(i);
  }

  Status Ask(const Query& query, const SearchOptions& search, Times* times) const {
    Stopwatch watch;
    HL_ASSIGN(const auto results, library_.Search(std::span(&query, 1), search));
    const double milliseconds = watch.Milliseconds();
    const Result<SearchResult>& result = results.front();
    if (!result.ok()) return result.status();
    // A copy of the picture may come before it.
    if (query.id != 0 && search.filter.empty() &&
        (result->hits.empty() || result->hits.front().distance.value_or(0) > kNoDistance))
      return Corruption("id " + std::to_string(query.id) + ": an image is not its own nearest");
    times->Add(milliseconds, result->stages_ms);
    return {};
  }

  // All queries; before(i) comes before each, and is not measured.
  template <class Before>
  Result<QueryTimes> AskAll(bool pictures, const SearchOptions& search,
                            const Before& before) const {
    Times times;
    for (int i = 0; i < options_.queries; ++i) {
      if (options_.stop.stop_requested()) return Cancelled("stopped; nothing was measured");
      HL_ASSIGN(const Query query, MakeQuery(i, pictures));
      HL_TRY(before());
      HL_TRY(Ask(query, search, &times));
    }
    return times.Summary();
  }
  Result<QueryTimes> AskAll(bool pictures) const {
    return AskAll(pictures, options_.search, [] { return Status(); });
  }

  // Queries a second of all ids, `batch` at once, by a thread a core, as a server does.
  Result<double> AskBatches() const {
    std::vector<Query> queries;
    for (int i = 0; i < options_.queries; ++i) {
      HL_ASSIGN(Query query, IdQuery(i));
      queries.push_back(std::move(query));
    }
    std::atomic<size_t> next{0};
    std::vector<Status> ends(static_cast<size_t>(UsableCores()));
    Stopwatch watch;
    {
      std::vector<std::jthread> threads;
      for (Status& end : ends) threads.emplace_back([&] { end = AskSomeBatches(queries, &next); });
    }
    for (const Status& end : ends) HL_TRY(end);
    return static_cast<double>(queries.size()) / watch.Seconds();
  }

  Status AskSomeBatches(std::span<const Query> queries, std::atomic<size_t>* next) const {
    const auto batch = static_cast<size_t>(options_.batch);
    for (;;) {
      if (options_.stop.stop_requested()) return Cancelled("stopped; nothing was measured");
      const size_t first = next->fetch_add(batch);
      if (first >= queries.size()) return {};
      const auto some = queries.subspan(first, std::min(batch, queries.size() - first));
      HL_ASSIGN(const auto results, library_.Search(some, options_.search));
      for (const Result<SearchResult>& result : results) HL_TRY(result.status());
    }
  }

  Result<FilterTimes> AskFiltered(const Tag& tag, bool pictures) const {
    FilterTimes filtered;
    filtered.tag = tag;
    SearchOptions search = options_.search;
    search.filter.tags = {tag};
    Times first;
    HL_ASSIGN(const Query query, MakeQuery(0, pictures));
    HL_TRY(Ask(query, search, &first));
    filtered.first_ms = first.Summary().p50;
    HL_ASSIGN(filtered.again, AskAll(pictures, search, [] { return Status(); }));
    HL_ASSIGN(const auto results, library_.Search(std::span(&query, 1), search));
    if (!results.front().ok()) return results.front().status();
    filtered.matches = results.front()->rows;
    return filtered;
  }

 private:
  const Library& library_;
  const LibraryBenchOptions& options_;
  uint64_t last_id_;
};

// Library::Info would tell as much, and leave its own traces in the memory that is measured.
Result<CatalogSnapshot> ReadState(const Path& path) {
  const Layout layout{AbsolutePath(LibraryPath(path))};
  HL_ASSIGN(const Catalog catalog, Catalog::Open(layout.Catalog(), Catalog::Mode::kRead));
  return catalog.ReadSnapshot();
}

// Of the system's memory, what it keeps of the features on disk.
Status DropFeatures(const Layout& layout) {
  HL_ASSIGN(const std::vector<std::string> names, ListFolder(layout.Segments()));
  for (const std::string& name : names) {
    HL_ASSIGN(const OpenedFile file, OpenRegularFile(layout.Segment(name)));
    file.DropFromMemory();
  }
  return {};
}

// Commits images until it is stopped.
class Adder {
 public:
  explicit Adder(SyntheticWriter writer)
      : writer_(std::move(writer)), thread_([this](const std::stop_token& stop) { Run(stop); }) {}

  // Gives how many were added.
  Result<uint64_t> Stop() {
    thread_.request_stop();
    thread_.join();
    HL_TRY(status_);
    return added_;
  }

 private:
  void Run(const std::stop_token& stop) {
    std::mt19937_64 random(2);
    while (!stop.stop_requested() && status_.ok()) {
      status_ =
          writer_.Add(kAddedRows, [&](std::span<float> feature) { FillRandomly(feature, &random); })
              .status();
      added_ += kAddedRows;
      std::this_thread::sleep_for(kBetweenCommits);
    }
  }

  SyntheticWriter writer_;
  uint64_t added_ = 0;
  Status status_;
  std::jthread thread_;  // last: it uses the others
};

Status RequireSynthetic(const Path& path) {
  const Layout layout{AbsolutePath(LibraryPath(path))};
  HL_ASSIGN(const Catalog catalog, Catalog::Open(layout.Catalog(), Catalog::Mode::kRead));
  HL_ASSIGN(const bool synthetic, IsSynthetic(catalog));
  if (synthetic) return {};
  return InvalidArgument(Printable(path) +
                         ": made-up images would stay in it; make a library for this with "
                         "`hashlens bench make-library`");
}

Status BenchWhileAdding(const Path& path, const LibraryBenchOptions& options, bool pictures,
                        LibraryBench* bench) {
  const Layout layout{AbsolutePath(LibraryPath(path))};
  HL_ASSIGN(const LibraryWriter lock, LibraryWriter::Open(path, options.open));
  HL_ASSIGN(SyntheticWriter writer, SyntheticWriter::Open(layout));
  OpenOptions open = options.open;
  open.follow = true;
  HL_ASSIGN(const Library library, Library::Open(path, open));
  const Bench asking(library, options, bench->images);
  HL_TRY(asking.AskAll(pictures).status());  // warms, and has the codes' arrangement read
  Adder adder(std::move(writer));
  Stopwatch watch;
  auto times = asking.AskAll(pictures);
  const double seconds = watch.Seconds();
  HL_ASSIGN(bench->added, adder.Stop());
  HL_ASSIGN(bench->adding, std::move(times));
  bench->added_per_second = static_cast<double>(bench->added) / seconds;
  return {};
}

}  // namespace

Status MakeSyntheticLibrary(const Path& library, uint64_t rows, uint64_t seed,
                            const ProgressFunction& progress, std::stop_token stop) {
  const Layout layout{AbsolutePath(LibraryPath(library))};
  std::error_code error;
  if (std::filesystem::exists(layout.folder, error))
    return InvalidArgument(Printable(layout.folder) + ": is there already");
  HL_ASSIGN(const LibraryWriter lock, LibraryWriter::OpenOrCreate(library, {}));
  HL_ASSIGN(SyntheticWriter writer, SyntheticWriter::Open(layout));
  std::mt19937_64 random(seed);
  const auto make_feature = [&](std::span<float> feature) { FillRandomly(feature, &random); };
  for (uint64_t done = 0; done < rows;) {
    if (stop.stop_requested())
      return Cancelled("stopped; the library holds " + std::to_string(done) + " images");
    if (progress) progress({"making images", done, rows, 0, 0});
    const uint64_t count = std::min(kSegmentRows, rows - done);
    HL_ASSIGN(const uint64_t first, writer.Add(count, make_feature));
    HL_TRY(AddShareTags(first, count, writer.catalog()));
    done += count;
  }
  return ArrangeCodes(layout, *writer.catalog(), ArrangeWhen::kPartial, 1, progress, stop).status();
}

Result<LibraryBench> BenchLibrary(const Path& path, const LibraryBenchOptions& options) {
  if (options.queries < 1) return InvalidArgument("queries must be at least 1");
  if (options.batch < 1) return InvalidArgument("a batch must be at least 1");
  if (options.adding) HL_TRY(RequireSynthetic(path));
  const bool pictures = !options.pictures.empty();
  LibraryBench bench;
  Stopwatch watch;
  {
    HL_ASSIGN(const Library library, Library::Open(path, options.open));
    bench.open_ms = watch.Lap() * 1e3;
    HL_ASSIGN(const CatalogSnapshot state, ReadState(path));
    bench.images = state.live_rows();
    if (bench.images == 0) return NotFound(Printable(path) + ": has no images to look for");
    bench.code_bytes = state.rows() * ((static_cast<uint64_t>(state.meta.bits) + 63) / 64 * 8);
    const Bench asking(library, options, state.segments.back().last_image);
    Times first;
    HL_ASSIGN(const Query query, asking.IdQuery(0));
    HL_TRY(asking.Ask(query, options.search, &first));
    bench.first_query_ms = first.Summary().p50;
    for (int round = 0; round < 2; ++round) {
      HL_ASSIGN(bench.by_id, asking.AskAll(false));
      HL_ASSIGN(bench.by_id_batch_per_s, asking.AskBatches());
      if (!pictures) continue;
      HL_ASSIGN(bench.by_picture, asking.AskAll(true));
    }
    for (const Tag& tag : options.tags) {
      HL_ASSIGN(FilterTimes filtered, asking.AskFiltered(tag, pictures));
      bench.filtered.push_back(std::move(filtered));
    }
    if (options.cold) {
      const Layout layout{AbsolutePath(LibraryPath(path))};
      HL_ASSIGN(bench.cold,
                asking.AskAll(pictures, options.search, [&] { return DropFeatures(layout); }));
    }
    const ProcessMemory memory = ReadProcessMemory();
    bench.rss_bytes = memory.rss_bytes;
    bench.peak_rss_bytes = memory.peak_rss_bytes;
  }
  if (options.adding) HL_TRY(BenchWhileAdding(path, options, pictures, &bench));
  return bench;
}

}  // namespace hashlens
