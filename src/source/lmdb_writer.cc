#include "source/lmdb_writer.h"

#include <lmdb.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "base/new_file.h"
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

}  // namespace

struct LmdbWriter::State {
  explicit State(const Path& folder) : target(folder), beside(folder) {}

  Path target;
  NameBeside beside;  // its name until it is whole
  MDB_env* env = nullptr;
  size_t map_bytes = kFirstMapBytes;
  std::vector<std::pair<std::string, std::string>> batch;
  size_t batch_bytes = 0;

  ~State() {
    if (env != nullptr) mdb_env_close(env);
  }

  Status Failed(int error) const {
    // LMDB calls a write that was cut short an I/O error.
    if (error == EIO && DiskIsFull(beside.path())) error = ENOSPC;
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
  HL_TRY(RequireNothingAt(target));
  auto state = std::make_unique<State>(target);
  const Path& beside = state->beside.path();
  if (std::error_code error; !std::filesystem::create_directory(beside, error))
    return state->beside.Named(ErrnoStatus(error ? error.value() : EEXIST, "creating", beside));
  state->beside.Hold();
  int failed = mdb_env_create(&state->env);
  if (failed == 0) failed = mdb_env_set_mapsize(state->env, state->map_bytes);
  // Nobody else knows the folder, and it is synced once, at the end.
  if (failed == 0) failed = mdb_env_open(state->env, beside.c_str(), MDB_NOLOCK | MDB_NOSYNC, 0644);
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
  HL_TRY(SyncFolder(state.beside.path()));
  return state.beside.Keep();
}

}  // namespace hashlens
