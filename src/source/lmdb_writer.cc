#include "source/lmdb_writer.h"

#include <fcntl.h>
#include <lmdb.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>
#include <vector>

#include "base/try.h"

namespace hashlens {
namespace {

constexpr uintmax_t kFullBytes = 1 << 20;  // less than this is no room for a page and its kin

bool DiskIsFull(const Path& folder) {
  std::error_code error;
  const auto space = std::filesystem::space(folder, error);
  return !error && space.available < kFullBytes;
}

constexpr size_t kFirstMapBytes = size_t{64} << 20;  // doubled as often as it is full
constexpr size_t kBatchBytes = size_t{16} << 20;     // of records a transaction

Status AlreadyThere(const Path& folder) {
  return InvalidArgument(Printable(folder) +
                         ": already there; move it away, or choose another name");
}

}  // namespace

struct LmdbWriter::State {
  Path target;
  Path beside;  // its name until it is whole
  MDB_env* env = nullptr;
  size_t map_bytes = kFirstMapBytes;
  std::vector<std::pair<std::string, std::string>> batch;
  size_t batch_bytes = 0;

  ~State() {
    if (env != nullptr) mdb_env_close(env);
    std::error_code ignored;  // nothing can be done about it
    if (!beside.empty()) std::filesystem::remove_all(beside, ignored);
  }

  Status Failed(int error) const {
    // LMDB calls a write that was cut short an I/O error.
    if (error == EIO && DiskIsFull(beside)) error = ENOSPC;
    if (error > 0) return ErrnoStatus(error, "writing", target);  // the system's own
    return IoError("writing " + Printable(target) + ": " + mdb_strerror(error));
  }

  // What LMDB says of one try to write the batch.
  int TryBatch() {
    MDB_txn* transaction = nullptr;
    MDB_dbi database = 0;
    int error = mdb_txn_begin(env, nullptr, 0, &transaction);
    if (error != 0) return error;
    error = mdb_dbi_open(transaction, nullptr, 0, &database);
    for (size_t i = 0; error == 0 && i < batch.size(); ++i) {
      auto& [key, value] = batch[i];
      MDB_val k{key.size(), key.data()};
      MDB_val v{value.size(), value.data()};
      error = mdb_put(transaction, database, &k, &v, MDB_APPEND);
    }
    if (error == 0) return mdb_txn_commit(transaction);
    mdb_txn_abort(transaction);
    return error;
  }

  Status WriteBatch() {
    if (batch.empty()) return {};
    int error = TryBatch();
    while (error == MDB_MAP_FULL) {
      map_bytes *= 2;
      error = mdb_env_set_mapsize(env, map_bytes);
      if (error == 0) error = TryBatch();
    }
    if (error != 0) return Failed(error);
    batch.clear();
    batch_bytes = 0;
    return {};
  }
};

LmdbWriter::LmdbWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
LmdbWriter::~LmdbWriter() = default;

Result<std::unique_ptr<LmdbWriter>> LmdbWriter::Create(const Path& folder) {
  const Path target = folder.has_filename() ? folder : folder.parent_path();
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(target, error)))
    return AlreadyThere(target);
  auto state = std::make_unique<State>();
  state->target = target;
  Path beside = target;
  beside += ".tmp-" + std::to_string(::getpid());
  if (!std::filesystem::create_directory(beside, error))
    return error ? ErrnoStatus(error.value(), "creating", beside) : AlreadyThere(beside);
  state->beside = std::move(beside);
  int failed = mdb_env_create(&state->env);
  if (failed == 0) failed = mdb_env_set_mapsize(state->env, state->map_bytes);
  // Nobody else knows the folder, and it is synced once, at the end.
  if (failed == 0)
    failed = mdb_env_open(state->env, state->beside.c_str(), MDB_NOLOCK | MDB_NOSYNC, 0644);
  if (failed != 0) return state->Failed(failed);
  return std::unique_ptr<LmdbWriter>(new LmdbWriter(std::move(state)));
}

Status LmdbWriter::Put(std::string_view key, std::string_view value) {
  if (key.empty() || key.size() > static_cast<size_t>(mdb_env_get_maxkeysize(state_->env)))
    return InvalidArgument("a key of " + std::to_string(key.size()) + " bytes; LMDB wants 1 to " +
                           std::to_string(mdb_env_get_maxkeysize(state_->env)));
  state_->batch.emplace_back(key, value);
  state_->batch_bytes += key.size() + value.size();
  return state_->batch_bytes < kBatchBytes ? Status() : state_->WriteBatch();
}

Status LmdbWriter::Finish() {
  State& state = *state_;
  HL_TRY(state.WriteBatch());
  if (const int error = mdb_env_sync(state.env, 1); error != 0) return state.Failed(error);
  mdb_env_close(std::exchange(state.env, nullptr));
  HL_TRY(SyncFolder(state.beside));
  // Only in the place of nothing: a folder that is there, even an empty one, is somebody's.
  if (::renameat2(AT_FDCWD, state.beside.c_str(), AT_FDCWD, state.target.c_str(),
                  RENAME_NOREPLACE) != 0) {
    if (errno == EEXIST) return AlreadyThere(state.target);
    if (errno != EINVAL && errno != ENOSYS) return ErrnoStatus(errno, "renaming to", state.target);
    // A file system without such a renaming: one in the place of an empty folder at worst.
    if (::rename(state.beside.c_str(), state.target.c_str()) != 0)
      return errno == ENOTEMPTY || errno == EEXIST
                 ? AlreadyThere(state.target)
                 : ErrnoStatus(errno, "renaming to", state.target);
  }
  state.beside.clear();
  const Path parent = state.target.parent_path();
  return SyncFolder(parent.empty() ? Path(".") : parent);
}

}  // namespace hashlens
