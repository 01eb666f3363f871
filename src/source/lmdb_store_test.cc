// The reader against files that liblmdb wrote.
#include <gtest/gtest.h>
#include <lmdb.h>

#include <map>
#include <random>
#include <thread>

#include "base/temp_folder.h"
#include "base/test_files.h"
#include "source/key_value_store.h"
#include "source/record_source.h"
#include "source/test_damage.h"

namespace hashlens {
namespace {

constexpr uint64_t kNoLimit = uint64_t{1} << 30;
using Rows = std::vector<std::pair<std::string, std::string>>;
using Table = std::map<std::string, std::string>;

// Changes a database as `change` says, in one transaction.
void Write(const Path& folder, const std::function<void(MDB_txn*, MDB_dbi)>& change,
           const char* name = nullptr, unsigned flags = 0) {
  std::filesystem::create_directories(folder);
  MDB_env* env = nullptr;
  ASSERT_EQ(mdb_env_create(&env), 0);
  mdb_env_set_mapsize(env, size_t{256} << 20);
  mdb_env_set_maxdbs(env, 4);
  ASSERT_EQ(mdb_env_open(env, folder.c_str(), 0, 0644), 0);
  MDB_txn* transaction = nullptr;
  MDB_dbi database = 0;
  ASSERT_EQ(mdb_txn_begin(env, nullptr, 0, &transaction), 0);
  ASSERT_EQ(mdb_dbi_open(transaction, name, flags, &database), 0);
  change(transaction, database);
  ASSERT_EQ(mdb_txn_commit(transaction), 0);
  mdb_env_close(env);
}

void Put(MDB_txn* transaction, MDB_dbi database, std::string key, std::string value) {
  MDB_val k{key.size(), key.data()};
  MDB_val v{value.size(), value.data()};
  ASSERT_EQ(mdb_put(transaction, database, &k, &v, 0), 0);
}

// Values of none to several pages.
Table SomeTable(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  Table table;
  for (size_t i = 0; i < count; ++i) {
    std::string key = std::to_string(random() % (count * 10)) + std::string(random() % 60, 'k');
    table[key] = std::string(random() % 8 == 0 ? random() % 30'000 : random() % 300,
                             static_cast<char>('a' + i % 26));
  }
  return table;
}

void WriteTable(const Path& folder, const Table& table) {
  Write(folder, [&](MDB_txn* transaction, MDB_dbi database) {
    for (const auto& [key, value] : table) Put(transaction, database, key, value);
  });
}

class LmdbStoreTest : public testing::Test {
 protected:
  Rows Read(Status* status = nullptr) {
    auto store = OpenLmdb(folder_, kNoLimit);
    if (!store.ok()) {
      EXPECT_NE(status, nullptr) << store.status().message();
      if (status != nullptr) *status = store.status();
      return {};
    }
    Rows rows;
    const Status ended = ReadAll(store->get(), &rows);
    EXPECT_TRUE(ended.ok() || status != nullptr) << ended.message();
    if (status != nullptr) *status = ended;
    return rows;
  }

  TempFolder temp_;
  Path folder_ = temp_.path() / "db";
};

TEST_F(LmdbStoreTest, ReadsWhatWasWritten) {
  for (const size_t count : {size_t{0}, size_t{1}, size_t{7}, size_t{300}, size_t{5000}}) {
    std::filesystem::remove_all(folder_);
    const Table table = SomeTable(count, static_cast<unsigned>(count));
    WriteTable(folder_, table);
    EXPECT_TRUE(Read() == Rows(table.begin(), table.end()));
    const auto store = OpenLmdb(folder_, kNoLimit);
    ASSERT_TRUE(store.ok());
    EXPECT_EQ((*store)->size(), table.size());
    for (const auto& [key, value] : table) {
      const auto found = (*store)->Get(key);
      ASSERT_TRUE(found.ok() && *found);
      EXPECT_EQ((*found)->value, value);
      EXPECT_FALSE(*(*store)->Get(key + "!"));
    }
    EXPECT_FALSE(*(*store)->Get(""));
  }
}

TEST_F(LmdbStoreTest, TheNewestStateCounts) {
  Table table = SomeTable(500, 1);
  WriteTable(folder_, table);
  Write(folder_, [&](MDB_txn* transaction, MDB_dbi database) {
    for (auto at = table.begin(); at != table.end();) {
      std::string key = at->first;
      MDB_val k{key.size(), key.data()};
      if (key.size() % 3 != 0) {
        ++at;
        continue;
      }
      ASSERT_EQ(mdb_del(transaction, database, &k, nullptr), 0);
      at = table.erase(at);
    }
    Put(transaction, database, "new", "value");
  });
  table["new"] = "value";
  EXPECT_TRUE(Read() == Rows(table.begin(), table.end()));
}

TEST_F(LmdbStoreTest, ReadsTheFileAloneAndLeavesItAlone) {
  const Table table = SomeTable(50, 2);
  WriteTable(folder_, table);
  std::filesystem::remove(folder_ / "lock.mdb");
  const std::string before = ReadWhole(folder_ / "data.mdb");
  const auto stamp = std::filesystem::last_write_time(folder_ / "data.mdb");
  EXPECT_EQ(Read().size(), table.size());
  EXPECT_EQ(ReadWhole(folder_ / "data.mdb"), before);
  EXPECT_EQ(std::filesystem::last_write_time(folder_ / "data.mdb"), stamp);
  EXPECT_EQ(ListFolder(folder_)->size(), 1U);
  std::filesystem::rename(folder_ / "data.mdb", temp_.path() / "one.mdb");
  EXPECT_EQ(KindOfSource(temp_.path() / "one.mdb"), SourceKind::kLmdb);
  folder_ = temp_.path() / "one.mdb";
  EXPECT_EQ(Read().size(), table.size());
}

TEST_F(LmdbStoreTest, ALargeValueIsAProblemOfItsRecord) {
  WriteTable(folder_, {{"a", "small"}, {"b", std::string(100'000, 'x')}, {"c", "small"}});
  auto store = *OpenLmdb(folder_, 1000);
  EXPECT_TRUE((*store->Next())->problem.ok());
  EXPECT_EQ((*store->Next())->problem.message(), "100000 bytes, over the limit of 1000");
  EXPECT_EQ((*store->Next())->value, "small");
  EXPECT_FALSE(*store->Next());
}

TEST_F(LmdbStoreTest, OtherKindsOfDatabasesAreTold) {
  const auto put = [](MDB_txn* transaction, MDB_dbi database) {
    Put(transaction, database, "abcd", "value");
  };
  Write(folder_, put, "named", MDB_CREATE);
  auto store = *OpenLmdb(folder_, kNoLimit);
  EXPECT_EQ((*store->Next())->problem.code(), StatusCode::kUnsupported);
  folder_ = temp_.path() / "duplicates";
  Write(folder_, put, nullptr, MDB_DUPSORT);
  EXPECT_EQ(OpenLmdb(folder_, kNoLimit).status().code(), StatusCode::kUnsupported);
  EXPECT_EQ(OpenLmdb(temp_.path() / "nothing", kNoLimit).status().code(), StatusCode::kNotFound);
  WriteWhole(temp_.path() / "other/data.mdb", std::string(10'000, 'x'));
  EXPECT_EQ(OpenLmdb(temp_.path() / "other", kNoLimit).status().code(),
            StatusCode::kInvalidArgument);
}

TEST_F(LmdbStoreTest, ReadersInSeveralThreads) {
  const Table table = SomeTable(2000, 3);
  WriteTable(folder_, table);
  const auto store = *OpenLmdb(folder_, kNoLimit);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (const auto& [key, value] : table) {
        const auto found = store->Get(key);
        EXPECT_TRUE(found.ok() && *found && (*found)->value == value);
      }
    });
  }
}

TEST_F(LmdbStoreTest, CutAnywhereItIsAnErrorOrWhole) {
  const Table table = SomeTable(100, 4);
  WriteTable(folder_, table);
  const std::string whole = ReadWhole(folder_ / "data.mdb");
  for (size_t size = 0; size < whole.size(); size += 509) {
    WriteWhole(folder_ / "data.mdb", whole.substr(0, size));
    Status status;
    const Rows rows = Read(&status);
    if (status.ok()) {
      EXPECT_TRUE(rows == Rows(table.begin(), table.end()));
    } else {
      EXPECT_NE(status.message().find("data.mdb"), std::string::npos);
    }
  }
}

TEST_F(LmdbStoreTest, DamageNeverCrashes) {
  WriteTable(folder_, SomeTable(60, 5));
  const std::string whole = ReadWhole(folder_ / "data.mdb");
  size_t failed = 0;
  for (unsigned seed = 0; seed < 1500; ++seed) {
    WriteWhole(folder_ / "data.mdb", Damaged(whole, seed));
    Status status;
    Read(&status);
    failed += status.ok() ? 0 : 1;
  }
  EXPECT_GT(failed, 100U);
}

TEST_F(LmdbStoreTest, PagesInCirclesEnd) {
  WriteTable(folder_, SomeTable(3000, 6));
  std::string bytes = ReadWhole(folder_ / "data.mdb");
  // Every branch points at itself.
  for (size_t page = 2; page < bytes.size() / 4096; ++page) {
    char* const at = bytes.data() + page * 4096;
    if (at[10] != 1) continue;
    for (size_t i = 16; i < LoadLittleEndian<uint16_t>(reinterpret_cast<std::byte*>(at + 12));
         i += 2) {
      const auto node = LoadLittleEndian<uint16_t>(reinterpret_cast<std::byte*>(at + i));
      std::memcpy(at + node, at, 6);
    }
  }
  WriteWhole(folder_ / "data.mdb", bytes);
  Status status;
  Read(&status);
  EXPECT_EQ(status.code(), StatusCode::kCorruption);
  EXPECT_EQ((*OpenLmdb(folder_, kNoLimit))->Get("5").status().code(), StatusCode::kCorruption);
}

}  // namespace
}  // namespace hashlens
