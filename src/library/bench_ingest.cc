#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <thread>

#include "base/picture_name.h"
#include "base/try.h"
#include "hashlens/bench.h"
#include "hashlens/library.h"
#include "library/feature_maker.h"
#include "library/jobs.h"
#include "library/layout.h"
#include "library/picture_feature.h"
#include "library/process_memory.h"
#include "library/stopwatch.h"

namespace hashlens {
namespace {

namespace fs = std::filesystem;

// A folder for the length of one measurement.
class Scratch {
 public:
  static Result<Scratch> Make(const Path& parent) {
    std::error_code error;
    std::string name =
        ((parent.empty() ? fs::temp_directory_path(error) : parent) / "hashlens-bench-XXXXXX")
            .native();
    if (error || ::mkdtemp(name.data()) == nullptr) return ErrnoStatus(errno, "creating", name);
    return Scratch(name);
  }
  Scratch(Scratch&& other) noexcept : folder_(std::exchange(other.folder_, {})) {}
  ~Scratch() {
    std::error_code ignored;  // a measurement's left-overs hurt nobody
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }
  const Path& folder() const { return folder_; }

 private:
  explicit Scratch(Path folder) : folder_(std::move(folder)) {}
  Path folder_;
};

Result<std::vector<Path>> FindPictures(const std::vector<Path>& paths) {
  std::vector<Path> pictures;
  std::error_code error;
  for (const Path& path : paths) {
    if (!fs::is_directory(path, error)) {
      pictures.push_back(path);
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(path, error)) {
      if (entry.is_regular_file(error) && HasImageExtension(entry.path()))
        pictures.push_back(entry.path());
    }
    if (error) return ErrnoStatus(error.value(), "reading folder", path);
  }
  if (pictures.empty()) return NotFound("no pictures to measure with");
  std::sort(pictures.begin(), pictures.end());
  return pictures;
}

// count links in 100 to a folder, pointing at the pictures in turn.
Status LinkPictures(const std::vector<Path>& pictures, uint64_t count, const Path& folder) {
  std::error_code error;
  for (uint64_t i = 0; i < count; ++i) {
    const Path subfolder = folder / std::to_string(i / 100);
    if (i % 100 == 0) fs::create_directories(subfolder, error);
    const Path& picture = pictures[i % pictures.size()];
    if (!error)
      fs::create_symlink(fs::absolute(picture),
                         subfolder / (std::to_string(i) + picture.extension().native()), error);
    if (error) return ErrnoStatus(error.value(), "linking into", subfolder);
  }
  return {};
}

// Calls work(i) for 0..count-1 on `jobs` threads; returns calls a second, or the first failure.
Result<double> Rate(uint64_t count, int jobs, std::stop_token stop,
                    const std::function<Status(uint64_t)>& work) {
  std::atomic<uint64_t> next{0};
  std::vector<Status> ends(static_cast<size_t>(jobs));
  const Stopwatch watch;
  {
    std::vector<std::jthread> threads;
    for (Status& end : ends) {
      threads.emplace_back([&] {
        for (uint64_t i = next++; i < count && end.ok() && !stop.stop_requested(); i = next++)
          end = work(i);
      });
    }
  }
  const double seconds = watch.Seconds();
  if (stop.stop_requested()) return Cancelled("stopped");
  for (Status& end : ends) HL_TRY(end);
  return static_cast<double>(count) / seconds;
}

Status MeasureStages(const FeatureMaker& maker, const std::vector<Path>& pictures,
                     const IngestBenchOptions& options, IngestBench* bench) {
  std::vector<Image> inputs;
  for (const Path& picture : pictures) {  // also brings the files into the page cache
    MadeFeature about;
    auto input = maker.MakeInput(picture, &about);
    if (!input.ok())
      return Status(input.status().code(), Printable(picture) + ": " + input.status().message());
    inputs.push_back(std::move(*input));
  }
  HL_ASSIGN(bench->decode_rate,
            Rate(options.count, IngestWorkers(bench->jobs), options.stop, [&](uint64_t i) {
              MadeFeature about;
              return maker.MakeInput(pictures[i % pictures.size()], &about).status();
            }));
  HL_ASSIGN(bench->network_rate,
            Rate(options.count, IngestWorkers(bench->jobs), options.stop, [&](uint64_t i) {
              MadeFeature made;
              return maker.RunNetwork(inputs[i % inputs.size()], &made);
            }));
  return {};
}

}  // namespace

Result<IngestBench> BenchIngest(const IngestBenchOptions& options) {
  IngestBench bench;
  bench.images = options.count;
  bench.jobs = JobCount(options.open.jobs);
  HL_ASSIGN(const std::vector<Path> pictures, FindPictures(options.pictures));
  HL_ASSIGN(const Scratch scratch, Scratch::Make(options.scratch));
  const Path library = scratch.folder() / "bench.hashlens";
  HL_TRY(LinkPictures(pictures, options.count, scratch.folder() / "pictures"));
  HL_ASSIGN(LibraryWriter writer,
            LibraryWriter::OpenOrCreate(library, {options.model, 0}, options.open));
  {
    const Layout layout{library};
    HL_ASSIGN(const Catalog catalog, Catalog::Open(layout.Catalog(), Catalog::Mode::kRead));
    HL_ASSIGN(const LibraryMeta meta, catalog.ReadMeta());
    HL_ASSIGN(const FeatureMaker maker, LoadMaker(layout, meta, options.open, bench.jobs));
    HL_TRY(MeasureStages(maker, pictures, options, &bench));
  }
  IndexOptions index;
  index.paths = {scratch.folder() / "pictures"};
  index.progress = options.progress;
  index.stop = options.stop;
  HL_ASSIGN(const IndexReport report, writer.Index(index));
  if (report.interrupted) return Cancelled("stopped");
  if (report.added != options.count) {
    return InvalidArgument(std::to_string(report.failed) +
                           " of the pictures could not be read; measure with healthy ones");
  }
  bench.fit_seconds = report.fit_seconds;
  bench.whole_rate = static_cast<double>(report.added) / (report.seconds - report.fit_seconds);
  bench.rate_with_fit = static_cast<double>(report.added) / report.seconds;
  bench.bound_rate = 1 / (1 / bench.decode_rate + 1 / bench.network_rate);
  bench.efficiency = bench.whole_rate / bench.bound_rate;
  bench.peak_rss_bytes = ReadProcessMemory().peak_rss_bytes;
  return bench;
}

}  // namespace hashlens
