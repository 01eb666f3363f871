// SQLite as values and Status: connections, statements that are prepared once, transactions.
// Internal to the store.
#ifndef HASHLENS_STORE_SQLITE_H_
#define HASHLENS_STORE_SQLITE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/file.h"
#include "hashlens/status.h"

struct sqlite3;
struct sqlite3_stmt;

namespace hashlens {

class SqliteConnection;

// A statement in use. Going out of scope resets it and gives it back to its connection, which must
// outlive it.
class SqliteStatement {
 public:
  SqliteStatement(SqliteStatement&& other) noexcept;
  SqliteStatement& operator=(SqliteStatement&&) = delete;
  ~SqliteStatement();

  // Parameters count from 1. The bytes are copied. A failure is reported by the next Step.
  void Bind(int parameter, int64_t value);
  void Bind(int parameter, uint64_t value) { Bind(parameter, static_cast<int64_t>(value)); }
  void Bind(int parameter, std::string_view bytes);

  // True: on a row. False: done; the next Step starts anew, with the same parameters.
  Result<bool> Step();
  // Steps to the end, passing over rows.
  Status Run();

  // Of the row that Step reached; columns count from 0. Views die with the next Step.
  int columns() const;
  bool IsInt(int column) const;
  bool IsBytes(int column) const;  // a blob or text
  int64_t Int(int column) const;
  uint64_t Uint(int column) const { return static_cast<uint64_t>(Int(column)); }
  std::string_view Bytes(int column) const;

  SqliteConnection& connection() const { return *connection_; }

 private:
  friend class SqliteConnection;
  SqliteStatement(SqliteConnection* connection, const char* sql, sqlite3_stmt* statement);
  SqliteConnection* connection_;
  const char* sql_;
  sqlite3_stmt* statement_;
  int bind_error_ = 0;
};

// One database connection. One thread at a time. Its address stays, as statements point to it.
class SqliteConnection {
 public:
  enum class Mode {
    kCreate,     // a new file
    kWrite,      // a file that is there
    kRead,       // the same, but this connection changes no row
    kImmutable,  // a file that nobody changes meanwhile; needs no right to write anything
  };
  static Result<std::unique_ptr<SqliteConnection>> Open(const Path& file, Mode mode);
  // A private database in a temporary file that is gone with the connection; small ones stay in
  // memory.
  static Result<std::unique_ptr<SqliteConnection>> OpenTemporary();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;
  ~SqliteConnection();

  const Path& file() const { return file_; }
  bool in_transaction() const;
  // Runs any number of statements without parameters; rows are passed over.
  Status Execute(const char* sql);
  // `sql` is one statement; the text must outlive the connection, as a literal does.
  Result<SqliteStatement> Prepare(const char* sql);
  // The first column of the first row of `sql`.
  Result<int64_t> QueryInt(const char* sql);
  // The size of the main database's file, and its first bytes (all of `head` or kCorruption). Read
  // through SQLite's own handle: closing another one would drop the process's locks.
  Result<uint64_t> FileSize();
  Status ReadHead(std::string* head);

  // What an SQLite result code means to our callers, with SQLite's own message.
  Status Failure(int code) const;
  // kCorruption: names the file, and says what to do.
  Status Corrupt(std::string_view what) const;

 private:
  friend class SqliteStatement;
  friend class SqliteTransaction;
  explicit SqliteConnection(Path file);
  static Result<std::unique_ptr<SqliteConnection>> OpenName(const Path& file,
                                                            const std::string& name, int flags);
  Path file_;
  sqlite3* database_ = nullptr;
  std::unordered_map<std::string_view, std::vector<sqlite3_stmt*>> idle_;  // by SQL text
};

// Rolls back unless committed.
class SqliteTransaction {
 public:
  // kWrite takes the write lock at once, so that nothing fails half way for being out of date.
  // kRead inside another transaction is a part of that one.
  enum class Kind { kRead, kWrite };
  static Result<SqliteTransaction> Begin(SqliteConnection* connection, Kind kind);
  SqliteTransaction(SqliteTransaction&& other) noexcept;
  SqliteTransaction& operator=(SqliteTransaction&&) = delete;
  ~SqliteTransaction();
  Status Commit();

 private:
  explicit SqliteTransaction(SqliteConnection* connection) : connection_(connection) {}
  SqliteConnection* connection_;  // null when done, or when it is a part of another one
};

}  // namespace hashlens

#endif  // HASHLENS_STORE_SQLITE_H_
