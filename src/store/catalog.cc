#include "store/catalog.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/try.h"
#include "store/catalog_database.h"

namespace hashlens {
namespace {

constexpr size_t kSqliteHeaderBytes = 100;

Path Beside(const Path& file, const char* suffix) { return Path(file) += suffix; }

// Whether the file is there and holds something.
bool HasBytes(const Path& file) {
  struct stat info {};
  return ::stat(file.c_str(), &info) == 0 && info.st_size > 0;
}

// Whether anything has that name.
bool IsThere(const Path& file) {
  struct stat info {};
  return ::lstat(file.c_str(), &info) == 0;
}

Path FolderOf(const Path& file) { return file.has_parent_path() ? file.parent_path() : Path("."); }

// Before SQLite looks at the file: what it would take for a database of another kind.
Status CheckHead(SqliteConnection* connection) {
  std::string head(kSqliteHeaderBytes, '\0');
  HL_TRY(connection->ReadHead(&head));
  if (head.compare(0, 16, std::string_view("SQLite format 3\0", 16)) != 0) {
    return connection->Corrupt("not an SQLite database");
  }
  // Without the log's mark SQLite would not look at the log, and with it at commits that are only
  // there.
  if (head[18] != 2 || head[19] != 2)
    return connection->Corrupt("header: not in write-ahead-log mode");
  return {};
}

// In a read transaction that has begun to read. Without a log the file must be exactly as long as
// the pages say; a log that grows or is emptied meanwhile changes nothing, as a reader that saw no
// log keeps the file as it is.
Status CheckFileSize(SqliteConnection* connection, const Path& log) {
  HL_ASSIGN(const int64_t pages, connection->QueryInt("PRAGMA page_count"));
  HL_ASSIGN(const int64_t page_bytes, connection->QueryInt("PRAGMA page_size"));
  if (HasBytes(log)) return {};
  HL_ASSIGN(const uint64_t size, connection->FileSize());
  if (size != static_cast<uint64_t>(pages) * static_cast<uint64_t>(page_bytes)) {
    return connection->Corrupt(std::to_string(size) + " bytes are not " + std::to_string(pages) +
                               " pages of " + std::to_string(page_bytes) + " bytes");
  }
  return {};
}

Status CheckOnOpen(SqliteConnection* connection, const Path& log) {
  HL_TRY(CheckHead(connection));
  HL_ASSIGN(SqliteTransaction transaction,
            SqliteTransaction::Begin(connection, SqliteTransaction::Kind::kRead));
  HL_TRY(CheckSchema(connection));
  HL_TRY(CheckFileSize(connection, log));
  HL_TRY(LoadMeta(connection).status());
  HL_TRY(LoadTotals(connection).status());
  return transaction.Commit();
}

// The images of a root whose path is `prefix` or below it, in order of path: ready to step.
Result<SqliteStatement> ImagesUnder(SqliteConnection* connection, uint64_t root,
                                    const std::string& prefix) {
  // Below the prefix is from "prefix/" up to "prefix0", as '0' comes after '/'.
  HL_ASSIGN(SqliteStatement select,
            connection->Prepare(
                prefix.empty() ? "SELECT * FROM images WHERE root=?1 ORDER BY path"
                               : "SELECT * FROM images WHERE root=?1 AND path>=?2 AND path<?4 AND "
                                 "(path=?2 OR path>=?3) ORDER BY path"));
  select.Bind(1, root);
  if (!prefix.empty()) {
    select.Bind(2, prefix);
    select.Bind(3, prefix + '/');
    select.Bind(4, prefix + '0');
  }
  return select;
}

Status MakeCatalog(const Path& file, const LibraryMeta& meta) {
  HL_ASSIGN(auto connection, SqliteConnection::Open(file, SqliteConnection::Mode::kCreate));
  HL_ASSIGN(SqliteTransaction transaction,
            SqliteTransaction::Begin(connection.get(), SqliteTransaction::Kind::kWrite));
  HL_TRY(CreateTables(connection.get(), meta));
  HL_TRY(transaction.Commit());
  // Last, so that all of it is in the file itself.
  return connection->Execute("PRAGMA journal_mode=WAL");
}

}  // namespace

Result<TableWriter> Catalog::Database::BeginWrite() const {
  if (mode == Mode::kRead)
    return InvalidArgument(Printable(connection->file()) + ": opened to read only");
  return TableWriter::Begin(connection.get());
}

Catalog::Catalog(std::unique_ptr<Database> database) : database_(std::move(database)) {}
Catalog::Catalog(Catalog&&) noexcept = default;
Catalog& Catalog::operator=(Catalog&&) noexcept = default;
Catalog::~Catalog() = default;

Result<Catalog> Catalog::Create(const Path& file, const LibraryMeta& meta) {
  // A log without its database would be taken for the new one's.
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    if (IsThere(Beside(file, suffix)))
      return InvalidArgument(Printable(Beside(file, suffix)) + ": already there");
  }
  // Under a temporary name first: a catalog is there whole or not at all.
  const Path temporary = Beside(file, ".tmp");
  const auto remove_temporary = [&] {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"})
      ::unlink(Beside(temporary, suffix).c_str());
  };
  remove_temporary();
  Status made = MakeCatalog(temporary, meta);
  if (made.ok()) made = RenameDurably(temporary, file);
  if (!made.ok()) {
    remove_temporary();
    return made;
  }
  return Open(file, Mode::kWrite);
}

Result<Catalog> Catalog::Open(const Path& file, Mode mode) {
  // SQLite keeps the log beside the file itself, not beside a link to it.
  std::error_code error;
  const Path real = std::filesystem::canonical(file, error);
  if (error) return ErrnoStatus(error.value(), "opening", file);
  const Path log = Beside(real, "-wal");
  const auto open = [&](SqliteConnection::Mode how) -> Result<Catalog> {
    auto database = std::make_unique<Database>();
    database->mode = mode;
    HL_ASSIGN(database->connection, SqliteConnection::Open(real, how));
    HL_TRY(CheckOnOpen(database->connection.get(), log));
    return Catalog(std::move(database));
  };
  if (mode == Mode::kWrite) return open(SqliteConnection::Mode::kWrite);
  const bool writable = ::access(FolderOf(real).c_str(), W_OK) == 0;
  if (!writable && !HasBytes(log)) return open(SqliteConnection::Mode::kImmutable);
  auto opened = open(SqliteConnection::Mode::kRead);
  if (opened.status().code() != StatusCode::kIoError || HasBytes(log)) return opened;
  // A full disk has no room for the index of an empty log, and nobody else can write there either.
  auto without_log = open(SqliteConnection::Mode::kImmutable);
  return without_log.ok() ? std::move(without_log) : std::move(opened);
}

Result<int64_t> Catalog::DataVersion() const {
  return database_->connection->QueryInt("PRAGMA data_version");
}

Result<CatalogSnapshot> Catalog::ReadSnapshot() const {
  SqliteConnection* connection = database_->connection.get();
  HL_ASSIGN(SqliteTransaction transaction,
            SqliteTransaction::Begin(connection, SqliteTransaction::Kind::kRead));
  HL_ASSIGN(CatalogSnapshot snapshot, LoadSnapshot(connection));
  HL_TRY(transaction.Commit());
  return snapshot;
}

Result<CatalogSegments> Catalog::ReadSegments() const {
  SqliteConnection* connection = database_->connection.get();
  HL_ASSIGN(SqliteTransaction transaction,
            SqliteTransaction::Begin(connection, SqliteTransaction::Kind::kRead));
  HL_ASSIGN(CatalogSegments state, LoadState(connection));
  HL_TRY(transaction.Commit());
  return state;
}

Result<LibraryMeta> Catalog::ReadMeta() const { return LoadMeta(database_->connection.get()); }

Result<std::vector<RootRow>> Catalog::Roots() const {
  SqliteConnection* connection = database_->connection.get();
  HL_ASSIGN(SqliteTransaction transaction,
            SqliteTransaction::Begin(connection, SqliteTransaction::Kind::kRead));
  HL_ASSIGN(std::vector<RootRow> roots, LoadRoots(connection));
  HL_TRY(transaction.Commit());
  return roots;
}

Result<CatalogCounts> Catalog::Counts() const {
  SqliteConnection* connection = database_->connection.get();
  HL_ASSIGN(SqliteTransaction transaction,
            SqliteTransaction::Begin(connection, SqliteTransaction::Kind::kRead));
  HL_ASSIGN(const Totals totals, LoadTotals(connection));
  HL_TRY(transaction.Commit());
  const auto rows = [&](Kind kind) { return totals[static_cast<size_t>(kind)].rows; };
  return CatalogCounts{rows(Kind::kImage), rows(Kind::kRemoved), rows(Kind::kFailure),
                       rows(Kind::kSkipped)};
}

Result<std::optional<ImageRow>> Catalog::FindImage(uint64_t id) const {
  HL_ASSIGN(SqliteStatement select,
            database_->connection->Prepare("SELECT * FROM images WHERE id=?1"));
  select.Bind(1, id);
  HL_ASSIGN(const bool found, select.Step());
  if (!found) return std::optional<ImageRow>();
  HL_TRY(CheckRow(select, "images").status());
  return std::optional(ImageFrom(select));
}

Result<std::optional<ImageRow>> FindImageAt(SqliteConnection* connection, uint64_t root,
                                            std::string_view path) {
  HL_ASSIGN(SqliteStatement select,
            connection->Prepare("SELECT * FROM images WHERE root=?1 AND path=?2"));
  select.Bind(1, root);
  select.Bind(2, path);
  HL_ASSIGN(const bool found, select.Step());
  if (!found) return std::optional<ImageRow>();
  HL_TRY(CheckRow(select, "images").status());
  return std::optional(ImageFrom(select));
}

Result<std::optional<ImageRow>> Catalog::FindImageByPath(uint64_t root,
                                                         const std::string& path) const {
  return FindImageAt(database_->connection.get(), root, path);
}

Result<std::vector<uint64_t>> Catalog::IdsFrom(uint64_t first, uint64_t last) const {
  SqliteConnection* connection = database_->connection.get();
  HL_ASSIGN(SqliteTransaction transaction,
            SqliteTransaction::Begin(connection, SqliteTransaction::Kind::kRead));
  std::vector<uint64_t> ids;
  const auto add = [&](std::string_view table, const char* sql) -> Status {
    HL_ASSIGN(SqliteStatement select, connection->Prepare(sql));
    select.Bind(1, first);
    select.Bind(2, last);
    return ForEachRow(&select, table, [&](const SqliteStatement& row) -> Status {
      ids.push_back(row.Uint(0));
      return {};
    });
  };
  HL_TRY(add("images", "SELECT * FROM images WHERE id BETWEEN ?1 AND ?2"));
  HL_TRY(add("removed", "SELECT * FROM removed WHERE id BETWEEN ?1 AND ?2"));
  HL_TRY(transaction.Commit());
  std::ranges::sort(ids);
  return ids;
}

Status Catalog::ForEachImage(const std::function<Status(const ImageRow&)>& use) const {
  SqliteConnection* connection = database_->connection.get();
  HL_ASSIGN(SqliteTransaction transaction,
            SqliteTransaction::Begin(connection, SqliteTransaction::Kind::kRead));
  HL_TRY(ForEachCounted(connection, Kind::kImage, "SELECT * FROM images ORDER BY id",
                        [&](const SqliteStatement& row) { return use(ImageFrom(row)); }));
  return transaction.Commit();
}

Status Catalog::ForEachImageUnder(uint64_t root, const std::string& prefix,
                                  const std::function<Status(const ImageRow&)>& use) const {
  HL_ASSIGN(SqliteStatement select, ImagesUnder(database_->connection.get(), root, prefix));
  return ForEachRow(&select, "images",
                    [&](const SqliteStatement& row) { return use(ImageFrom(row)); });
}

Status Catalog::ForEachFailure(bool with_skipped,
                               const std::function<Status(const FailureRow&)>& use) const {
  SqliteConnection* connection = database_->connection.get();
  HL_ASSIGN(SqliteTransaction transaction,
            SqliteTransaction::Begin(connection, SqliteTransaction::Kind::kRead));
  HL_TRY(ForEachCounted(connection, Kind::kFailure, "SELECT * FROM failures ORDER BY root, path",
                        [&](const SqliteStatement& row) {
                          const FailureRow failure = FailureFrom(row);
                          return failure.skipped && !with_skipped ? Status() : use(failure);
                        }));
  return transaction.Commit();
}

}  // namespace hashlens
