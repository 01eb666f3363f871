#include "store/sqlite.h"

#include <sqlite3.h>

#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

#include "base/try.h"

namespace hashlens {
namespace {

constexpr int kBusyTimeoutMs = 10'000;

// A file: URI, so that a name is never taken for anything but a name.
std::string UriFor(const Path& file, bool immutable) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const std::string& name = file.native();
  std::string uri = name.starts_with('/') ? "file://" : "file:";
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '/' || c == '.' || c == '-' || c == '_';
    if (plain) {
      uri += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      uri += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  if (immutable) uri += "?immutable=1";
  return uri;
}

bool DiskIsFull(int code, int system_error) {
  const int kind = code & 0xff;
  return kind == SQLITE_FULL || ((kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN) &&
                                 (system_error == ENOSPC || system_error == EDQUOT));
}

// SQLite's own limit on the path of a file.
constexpr size_t kMostPathBytes = 509;

// What stands behind an error of the file system, which SQLite's own words do not say: begins with
// "; " or ": ". Empty when nothing is known.
std::string Cause(int extended_code, int system_error, size_t path_bytes) {
  constexpr std::string_view kElsewhere = ", which a library needs; keep it on a local disk";
  switch (extended_code) {
    case SQLITE_IOERR_SHMOPEN:
    case SQLITE_IOERR_SHMSIZE:
    case SQLITE_IOERR_SHMMAP:
    case SQLITE_IOERR_SHMLOCK:
      return std::string("; the file system there does not support shared memory maps (mmap)")
          .append(kElsewhere);
    case SQLITE_IOERR_LOCK:
    case SQLITE_IOERR_UNLOCK:
    case SQLITE_IOERR_RDLOCK:
    case SQLITE_IOERR_CHECKRESERVEDLOCK:
      return std::string("; the file system there does not support locks of files")
          .append(kElsewhere);
    default:
      break;
  }
  if ((extended_code & 0xff) == SQLITE_CANTOPEN && path_bytes > kMostPathBytes) {
    return "; its path of " + std::to_string(path_bytes) + " bytes is longer than SQLite takes (" +
           std::to_string(kMostPathBytes) + "); use a shorter one";
  }
  const int kind = extended_code & 0xff;
  if (system_error == 0 || (kind != SQLITE_IOERR && kind != SQLITE_CANTOPEN)) return {};
  return ": " + std::generic_category().message(system_error);
}

}  // namespace

// ---- statements ----

SqliteStatement::SqliteStatement(SqliteConnection* connection, const char* sql,
                                 sqlite3_stmt* statement)
    : connection_(connection), sql_(sql), statement_(statement) {}

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : connection_(other.connection_),
      sql_(other.sql_),
      statement_(std::exchange(other.statement_, nullptr)),
      bind_error_(other.bind_error_) {}

SqliteStatement::~SqliteStatement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);  // repeats the error of the last step, which was reported
  sqlite3_clear_bindings(statement_);
  try {
    connection_->idle_[sql_].push_back(statement_);
  } catch (const std::bad_alloc&) {
    sqlite3_finalize(statement_);
  }
}

void SqliteStatement::Bind(int parameter, int64_t value) {
  const int code = sqlite3_bind_int64(statement_, parameter, value);
  if (bind_error_ == SQLITE_OK) bind_error_ = code;
}

void SqliteStatement::Bind(int parameter, std::string_view bytes) {
  // A null pointer would bind NULL instead of no bytes.
  const char* data = bytes.empty() ? "" : bytes.data();
  const int code = sqlite3_bind_blob64(statement_, parameter, data, bytes.size(), SQLITE_TRANSIENT);
  if (bind_error_ == SQLITE_OK) bind_error_ = code;
}

Result<bool> SqliteStatement::Step() {
  if (bind_error_ != SQLITE_OK) return connection_->Failure(std::exchange(bind_error_, SQLITE_OK));
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) {
    Status failure = connection_->Failure(code);
    sqlite3_reset(statement_);
    return failure;
  }
  sqlite3_reset(statement_);
  return false;
}

Status SqliteStatement::Run() {
  for (;;) {
    HL_ASSIGN(const bool row, Step());
    if (!row) return {};
  }
}

int SqliteStatement::columns() const { return sqlite3_column_count(statement_); }
bool SqliteStatement::IsInt(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_INTEGER;
}
bool SqliteStatement::IsBytes(int column) const {
  const int type = sqlite3_column_type(statement_, column);
  return type == SQLITE_BLOB || type == SQLITE_TEXT;
}
int64_t SqliteStatement::Int(int column) const { return sqlite3_column_int64(statement_, column); }
std::string_view SqliteStatement::Bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return data == nullptr ? std::string_view() : std::string_view(data, static_cast<size_t>(size));
}

// ---- connections ----

SqliteConnection::SqliteConnection(Path file) : file_(std::move(file)) {}

SqliteConnection::~SqliteConnection() {
  for (auto& [sql, statements] : idle_) {
    for (sqlite3_stmt* statement : statements) sqlite3_finalize(statement);
  }
  sqlite3_close_v2(database_);
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::OpenName(const Path& file,
                                                                     const std::string& name,
                                                                     int flags) {
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(file));
  sqlite3*& database = connection->database_;
  const int code = sqlite3_open_v2(name.c_str(), &database,
                                   flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
  if (database == nullptr) return IoError(Printable(file) + ": out of memory");
  if (code != SQLITE_OK) return connection->Failure(code);
  sqlite3_extended_result_codes(database, 1);
  sqlite3_busy_timeout(database, kBusyTimeoutMs);
  return connection;
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const Path& file, Mode mode) {
  // A reader opens for writing too when it may, so that it leaves no -wal and -shm files behind.
  const int flags = mode == Mode::kCreate      ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                    : mode == Mode::kImmutable ? SQLITE_OPEN_READONLY
                                               : SQLITE_OPEN_READWRITE;
  HL_ASSIGN(auto connection, OpenName(file, UriFor(file, mode == Mode::kImmutable), flags));
  sqlite3_db_config(connection->database_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(connection->database_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  // The size limit is for the log that a very large transaction leaves.
  HL_TRY(connection->Execute(
      "PRAGMA synchronous=FULL; PRAGMA cell_size_check=ON; PRAGMA cache_size=-16384;"
      "PRAGMA journal_size_limit=67108864; PRAGMA temp_store=FILE"));
  if (mode == Mode::kRead || mode == Mode::kImmutable)
    HL_TRY(connection->Execute("PRAGMA query_only=ON"));
  return connection;
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::OpenTemporary() {
  HL_ASSIGN(auto connection,
            OpenName("temporary file list", "", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
  HL_TRY(connection->Execute(
      "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-16384"));
  return connection;
}

bool SqliteConnection::in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }

Status SqliteConnection::Execute(const char* sql) {
  const int code = sqlite3_exec(database_, sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? Status() : Failure(code);
}

Result<SqliteStatement> SqliteConnection::Prepare(const char* sql) {
  auto& idle = idle_[sql];
  if (!idle.empty()) {
    sqlite3_stmt* statement = idle.back();
    idle.pop_back();
    return SqliteStatement(this, sql, statement);
  }
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return Failure(code);
  return SqliteStatement(this, sql, statement);
}

Result<int64_t> SqliteConnection::QueryInt(const char* sql) {
  HL_ASSIGN(SqliteStatement statement, Prepare(sql));
  HL_ASSIGN(const bool row, statement.Step());
  if (!row) return Corrupt("an answer is missing");
  return statement.Int(0);
}

Result<uint64_t> SqliteConnection::FileSize() {
  sqlite3_file* file = nullptr;
  sqlite3_int64 size = 0;
  int code = sqlite3_file_control(database_, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (code == SQLITE_OK) code = file->pMethods->xFileSize(file, &size);
  if (code != SQLITE_OK) return Failure(code);
  return static_cast<uint64_t>(size);
}

Status SqliteConnection::ReadHead(std::string* head) {
  sqlite3_file* file = nullptr;
  int code = sqlite3_file_control(database_, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (code == SQLITE_OK)
    code = file->pMethods->xRead(file, head->data(), static_cast<int>(head->size()), 0);
  if (code == SQLITE_IOERR_SHORT_READ) return Corrupt("the file is cut short");
  return code == SQLITE_OK ? Status() : Failure(code);
}

Status SqliteConnection::Corrupt(std::string_view what) const {
  return Corruption(Printable(file_) + ": " + Printable(what) +
                    "; restore a copy of it or rebuild the library");
}

Status SqliteConnection::Failure(int code) const {
  // The connection's message belongs to its last call; when that was another one, the code's own
  // text is right.
  const bool current = (sqlite3_errcode(database_) & 0xff) == (code & 0xff);
  const std::string reason =
      Printable(std::string_view(current ? sqlite3_errmsg(database_) : sqlite3_errstr(code)));
  const int system_error = sqlite3_system_errno(database_);
  if (DiskIsFull(code, system_error)) {
    return IoError(Printable(file_) + ": the disk is full, or has no inodes left (" + reason +
                   "); free some space and run it again");
  }
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Busy(Printable(file_) + ": in use by another process (" + reason +
                  "); run it again later");
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_NOLFS:
    case SQLITE_NOMEM:
      return IoError(Printable(file_) + ": " + reason +
                     Cause(current ? sqlite3_extended_errcode(database_) : code, system_error,
                           file_.native().size()));
    case SQLITE_TOOBIG:
      return InvalidArgument(Printable(file_) + ": a text is too long (" + reason + ")");
    default:
      // Our statements are fixed: one that does not compile or breaks a constraint met another
      // database than ours.
      return Corrupt(reason);
  }
}

// ---- transactions ----

Result<SqliteTransaction> SqliteTransaction::Begin(SqliteConnection* connection, Kind kind) {
  if (kind == Kind::kRead && connection->in_transaction()) return SqliteTransaction(nullptr);
  HL_ASSIGN(SqliteStatement begin,
            connection->Prepare(kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN"));
  HL_TRY(begin.Run());
  return SqliteTransaction(connection);
}

SqliteTransaction::SqliteTransaction(SqliteTransaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

SqliteTransaction::~SqliteTransaction() {
  // Some errors have rolled back already. A failing ROLLBACK leaves a transaction that the closing
  // of the connection, or of the process, ends the same way.
  if (connection_ != nullptr && connection_->in_transaction())
    sqlite3_exec(connection_->database_, "ROLLBACK", nullptr, nullptr, nullptr);
}

Status SqliteTransaction::Commit() {
  if (connection_ == nullptr) return {};
  HL_ASSIGN(SqliteStatement commit, connection_->Prepare("COMMIT"));
  HL_TRY(commit.Run());
  connection_ = nullptr;
  return {};
}

}  // namespace hashlens
