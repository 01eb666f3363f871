// The catalog (store/catalog.h): a small one with rows added, whose checksums and totals fit, and
// bytes changed. The input is a list of changes, each a letter and its fields:
//   M  the row of meta      r s i d t l f k  a row: root, segment, image, removed, tag, image_tag,
//                                            failure, skipped file
//   P  an offset of four bytes, a length of one, and the bytes that are put there
#include "store/catalog.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/try.h"
#include "fuzz/input.h"
#include "fuzz/scratch_file.h"
#include "store/catalog_tables.h"

namespace hashlens {
namespace {

struct Patch {
  uint32_t at = 0;
  std::string_view bytes;
};

// Small numbers are likely, and any is possible.
int64_t NumberField(InputTaker* taker) {
  constexpr uint8_t kAny = 200;
  const uint8_t small = taker->Byte();
  return small < kAny ? small : taker->Number<int64_t>();
}

LibraryMeta MetaOf(InputTaker* taker) {
  LibraryMeta meta;
  meta.model_name = taker->ShortText();
  meta.feature_digest = taker->ShortText();
  meta.dim = static_cast<int>(NumberField(taker));
  meta.bits = static_cast<int>(NumberField(taker));
  meta.head_file = taker->ShortText();
  meta.head_sha256 = taker->ShortText();
  meta.head_fitted = taker->Byte() % 2 != 0;
  meta.next_id = static_cast<uint64_t>(NumberField(taker));
  return meta;
}

// Evaluated in order, as the elements of braces are.
Status AddRow(char letter, InputTaker* taker, TableWriter* writer) {
  const auto number = [&]() -> Field { return NumberField(taker); };
  const auto text = [&]() -> Field { return taker->ShortText(); };
  switch (letter) {
    case 'M':
      return StoreMeta(writer->connection(), MetaOf(taker));
    case 'r':
      return writer->Insert(Kind::kRoot, {number(), text(), text()});
    case 's':
      return writer->Insert(Kind::kSegment,
                            {number(), number(), number(), number(), text(), text()});
    case 'i':
      return writer->Insert(Kind::kImage, {number(), number(), text(), number(), number(), number(),
                                           number(), text(), number()});
    case 'd':
      return writer->Insert(Kind::kRemoved, {number()});
    case 't':
      return writer->Insert(Kind::kTag, {number(), text(), text()});
    case 'l':
      return writer->Insert(Kind::kImageTag, {number(), number()});
    case 'f':
      return writer->Insert(Kind::kFailure,
                            {number(), text(), number(), number(), int64_t{0}, text(), number()});
    case 'k':
      return writer->Insert(Kind::kSkipped,
                            {number(), text(), number(), number(), int64_t{1}, text(), number()});
    default:
      return InvalidArgument("no change");
  }
}

// A catalog with a root, a tag, and two images and a removed one in a segment.
std::string MakeCatalog() {
  const Path path = ScratchFolder() / "made.db";
  {
    auto catalog = Catalog::Create(path, {"m", "d", 8, 64, "h", "s", false, 1});
    Require(catalog.ok() && catalog->AddRoot("/p", "p").ok(), "a catalog is made");
    CatalogBatch batch;
    batch.segment = SegmentRow{1, 3, 1, 3, "1.features", "1.codes"};
    for (uint64_t id = 1; id <= 3; ++id)
      batch.images.push_back({id, 1, std::to_string(id) + ".jpg", {1, 2}, 3, 4, "jpeg", 5});
    batch.tags = {{"key", "value"}};
    Require(catalog->Commit(batch).ok() && catalog->RemoveImages({3}).ok(), "it takes images");
  }
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// One file, without what SQLite may have left beside an earlier one.
void WriteCatalog(const Path& path, const std::string& bytes) {
  for (const char* ending : {"-wal", "-shm", "-journal"}) {
    std::error_code error;  // ignored: most often there is no such file
    std::filesystem::remove(path.native() + ending, error);
  }
  WriteScratch(path, AsBytes(bytes));
}

// Makes the file at `path`; gives the bytes that are to be put over it.
std::vector<Patch> AddRows(const Path& path, ByteSpan input) {
  std::vector<Patch> patches;
  auto connection = SqliteConnection::Open(path, SqliteConnection::Mode::kWrite);
  Require(connection.ok(), "the catalog can be opened");
  auto writer = TableWriter::Begin(connection->get());
  Require(writer.ok(), "the catalog can be written to");
  bool any = false;
  for (InputTaker taker(input); !taker.empty();) {
    const char letter = static_cast<char>(taker.Byte());
    if (letter == 'P') {
      const auto at = taker.Number<uint32_t>();
      patches.push_back({at, taker.ShortText()});
    } else {
      any |= AddRow(letter, &taker, &*writer).ok();  // else a key that is there already
    }
  }
  if (any) (void)writer->Commit();
  return patches;
}

// All that readers ask; the first failure.
Status ReadAllOf(const Catalog& catalog) {
  HL_ASSIGN(const CatalogSnapshot snapshot, catalog.ReadSnapshot());
  HL_TRY(catalog.ReadSegments().status());
  HL_TRY(catalog.Roots().status());
  HL_TRY(catalog.Counts().status());
  HL_TRY(catalog.TagCounts().status());
  HL_TRY(catalog.IdsFrom(1, 1000).status());
  HL_TRY(catalog.ImagesWithTags({{"key", "value"}}).status());
  HL_TRY(catalog.ForEachFailure(true, [](const FailureRow&) { return Status(); }));
  ImageFilter filter;
  filter.tags = {{"key", "value"}};
  filter.under = {{1, "a"}, {1, ""}};
  filter.added_since = 1;
  HL_TRY(catalog.ForEachMatch(filter, [](const ImageRow&) { return Status(); }));
  HL_TRY(catalog.ForEachImageUnder(1, "", [](const ImageRow&) { return Status(); }));
  return catalog.ForEachImage([&](const ImageRow& image) -> Status {
    HL_TRY(catalog.FindImageOf(snapshot, image.id).status());
    return catalog.ImageTags(image.id).status();
  });
}

// Any Status will do.
void ChangeAll(Catalog* catalog) {
  (void)catalog->ChangeTags({1, 2}, {{{"new", "tag"}}, {{"key", "value"}}, {}});
  (void)catalog->RemoveImages({1, 2});
  CatalogBatch batch;
  batch.failures.push_back({1, "2.jpg", {1, 2}, false, "broken", 3});
  (void)catalog->Commit(batch);
}

void FuzzCatalog(ByteSpan input) {
  static const std::string kGood = MakeCatalog();
  const Path path = ScratchFolder() / "catalog.db";
  WriteCatalog(path, kGood);
  std::vector<Patch> patches = AddRows(path, input);
  if (!patches.empty()) {
    std::ifstream in(path, std::ios::binary);
    std::string bytes(std::istreambuf_iterator<char>(in), {});
    for (const auto& [at, piece] : patches) {
      if (at < bytes.size()) bytes.replace(at, std::min(piece.size(), bytes.size() - at), piece);
    }
    WriteCatalog(path, bytes);
  }
  if (const auto catalog = Catalog::Open(path, Catalog::Mode::kRead); catalog.ok()) {
    const Status verified = catalog->Verify();
    const Status read = ReadAllOf(*catalog);
    Require(!verified.ok() || read.ok(), "what Verify passes can be read");
  }
  if (auto catalog = Catalog::Open(path, Catalog::Mode::kWrite); catalog.ok()) ChangeAll(&*catalog);
}

const FuzzTarget kCatalog("catalog", FuzzCatalog);

}  // namespace
}  // namespace hashlens
