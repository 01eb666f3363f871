// Keeps a library of the pictures below a folder, and prints those most similar to a picture.
// docs/cpp_api.md explains it in pieces.
#include <hashlens/library.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace {

// Makes the library when it is not there; reads what is new or changed below the folder.
hashlens::Status Update(const std::filesystem::path& library, const std::filesystem::path& folder) {
  // Index would only count it as missing, and leave an empty library behind.
  std::error_code error;
  if (!std::filesystem::exists(folder, error))
    return hashlens::NotFound(folder.string() + ": no such folder");
  auto writer = hashlens::LibraryWriter::OpenOrCreate(library, {});
  if (!writer.ok()) return writer.status();
  hashlens::IndexOptions options;
  options.paths = {folder};
  options.progress = [](const hashlens::Progress& progress) {
    std::fprintf(stderr, "\r%llu of %llu ", static_cast<unsigned long long>(progress.done),
                 static_cast<unsigned long long>(progress.total));
  };
  const auto report = writer->Index(options);
  if (!report.ok()) return report.status();
  std::fprintf(stderr, "\r%llu added, %llu failed\n",
               static_cast<unsigned long long>(report->added),
               static_cast<unsigned long long>(report->failed));
  for (const std::string& failure : report->failures) {  // "path: reason"
    std::fprintf(stderr, "failed: %s\n", failure.c_str());
  }
  return {};
}

hashlens::Status PrintSimilar(const std::filesystem::path& library,
                              const std::filesystem::path& picture) {
  const auto opened = hashlens::Library::Open(library);
  if (!opened.ok()) return opened.status();
  const std::vector<hashlens::Query> queries = {{.file = picture}};
  hashlens::SearchOptions options;
  options.k = 5;
  const auto results = opened->Search(queries, options);
  if (!results.ok()) return results.status();
  const auto& result = results->front();  // one for each query, which may have failed alone
  if (!result.ok()) return result.status();
  for (const hashlens::Hit& hit : result->hits) {
    std::printf("%u\t%.4f\t%u bits\t%s\n", hit.rank, static_cast<double>(hit.distance.value_or(0)),
                hit.hamming, hit.path.c_str());
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: find_similar LIBRARY FOLDER PICTURE\n", stderr);
    return 2;
  }
  hashlens::Status status = Update(argv[1], argv[2]);
  if (status.ok()) status = PrintSimilar(argv[1], argv[3]);
  if (status.ok()) return 0;
  std::fprintf(stderr, "find_similar: %s\n", status.message().c_str());
  return 1;
}
