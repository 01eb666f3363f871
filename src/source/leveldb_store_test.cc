// The reader against databases that libleveldb wrote.
#include <gtest/gtest.h>
#include <leveldb/db.h>
#include <leveldb/env.h>
#include <leveldb/write_batch.h>

#include <algorithm>
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

std::string RandomValue(std::mt19937* random) {
  const size_t size = (*random)() % 10 == 0 ? (*random)() % 20'000 : (*random)() % 200;
  std::string value(size, 'v');  // compresses, but for its start
  for (size_t i = 0; i < size / 2; ++i) value[i] = static_cast<char>((*random)());
  return value;
}

class LevelDbStoreTest : public testing::Test {
 protected:
  // Puts and deletes at random; table_ is what remains. A small buffer makes tables of several
  // levels, a large one leaves all in the log.
  void Write(int changes, size_t buffer, unsigned seed, bool compact = false) {
    leveldb::Options options;
    options.create_if_missing = true;
    options.write_buffer_size = buffer;
    options.max_file_size = 1 << 20;
    leveldb::DB* opened = nullptr;
    ASSERT_TRUE(leveldb::DB::Open(options, folder_.string(), &opened).ok());
    const std::unique_ptr<leveldb::DB> db(opened);
    std::mt19937 random(seed);
    for (int i = 0; i < changes; ++i) {
      leveldb::WriteBatch batch;
      for (size_t j = 0, count = 1 + random() % 4; j < count; ++j) {
        const std::string key = "key" + std::to_string(random() % 2000);
        if (random() % 5 == 0) {
          batch.Delete(key);
          table_.erase(key);
        } else {
          table_[key] = RandomValue(&random);
          batch.Put(key, table_[key]);
        }
      }
      ASSERT_TRUE(db->Write({}, &batch).ok());
    }
    if (compact) db->CompactRange(nullptr, nullptr);
  }

  Rows Read(Status* status = nullptr) {
    auto store = OpenLevelDb(folder_, kNoLimit);
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

  void ExpectTable() {
    EXPECT_TRUE(Read() == Rows(table_.begin(), table_.end()));
    const auto store = OpenLevelDb(folder_, kNoLimit);
    ASSERT_TRUE(store.ok());
    for (int i = 0; i < 2000; ++i) {
      const std::string key = "key" + std::to_string(i);
      const auto found = (*store)->Get(key);
      ASSERT_TRUE(found.ok()) << found.status().message();
      const auto wanted = table_.find(key);
      ASSERT_EQ(found->has_value(), wanted != table_.end()) << key;
      if (*found) {
        EXPECT_EQ((*found)->value, wanted->second);
      }
    }
  }

  std::vector<std::string> Names() const {
    auto names = ListFolder(folder_);
    EXPECT_TRUE(names.ok());
    return *std::move(names);
  }

  size_t Tables() const {
    size_t tables = 0;
    for (const std::string& name : Names()) tables += name.ends_with(".ldb") ? 1 : 0;
    return tables;
  }

  TempFolder temp_;
  Path folder_ = temp_.path() / "db";
  Table table_;
};

TEST_F(LevelDbStoreTest, ReadsTheLogAlone) {
  Write(300, 64 << 20, 1);
  EXPECT_EQ(Tables(), 0U);
  ExpectTable();
}

TEST_F(LevelDbStoreTest, ReadsTablesOfSeveralLevelsAndTheLog) {
  Write(6000, 100'000, 2);
  EXPECT_GT(Tables(), 1U);  // how many, LevelDB's own thread decides
  ExpectTable();
  Write(50, 64 << 20, 3);  // opened anew: what was in the log is a table now
  ExpectTable();
  Write(10, 64 << 20, 4, /*compact=*/true);
  ExpectTable();
}

TEST_F(LevelDbStoreTest, AnEmptyDatabase) {
  Write(0, 64 << 20, 1);
  ExpectTable();
}

TEST_F(LevelDbStoreTest, LeavesTheFolderAloneAlsoWhileAnotherHasIt) {
  Write(2000, 100'000, 5);
  leveldb::Env* const env = leveldb::Env::Default();
  leveldb::FileLock* lock = nullptr;
  ASSERT_TRUE(env->LockFile(folder_ / "LOCK", &lock).ok());
  const auto state = [&] {
    std::map<std::string, std::string> files;
    for (const std::string& name : Names()) files[name] = ReadWhole(folder_ / name);
    return files;
  };
  const auto before = state();
  ExpectTable();
  EXPECT_TRUE(state() == before);
  EXPECT_TRUE(env->UnlockFile(lock).ok());
}

TEST_F(LevelDbStoreTest, TablesOfOlderVersionsHaveAnotherName) {
  Write(3000, 100'000, 6);
  for (const std::string& name : Names()) {
    const Path file = folder_ / name;
    if (name.ends_with(".ldb")) std::filesystem::rename(file, Path(file).replace_extension(".sst"));
  }
  ExpectTable();
}

TEST_F(LevelDbStoreTest, ReadersInSeveralThreads) {
  Write(5000, 50'000, 7);
  const auto store = *OpenLevelDb(folder_, kNoLimit);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (const auto& [key, value] : table_) {
        const auto found = store->Get(key);
        EXPECT_TRUE(found.ok() && *found && (*found)->value == value);
      }
    });
  }
}

TEST_F(LevelDbStoreTest, ALogCutOffByACrashGivesWhatIsBefore) {
  Write(200, 64 << 20, 8);
  Path log;
  for (const std::string& name : Names()) {
    if (name.ends_with(".log")) log = folder_ / name;
  }
  std::string bytes = ReadWhole(log);
  bytes.resize(bytes.size() / 2);
  WriteWhole(log, bytes);
  Status status;
  const size_t rows = Read(&status).size();
  EXPECT_TRUE(status.ok()) << status.message();
  EXPECT_GT(rows, 10U);
  EXPECT_LT(rows, table_.size());
}

TEST_F(LevelDbStoreTest, DamageIsFoundAndNeverCrashes) {
  Write(1200, 40'000, 9);
  std::map<std::string, std::string> files;
  for (const std::string& name : Names()) {
    if (name != "LOG" && name != "LOCK" && name != "LOG.old")
      files[name] = ReadWhole(folder_ / name);
  }
  const Rows whole = Read();
  size_t failed = 0;
  unsigned seed = 0;
  for (int round = 0; round < 40; ++round) {
    for (const auto& [name, bytes] : files) {
      WriteWhole(folder_ / name, Damaged(bytes, ++seed));
      Status status;
      const Rows rows = Read(&status);
      failed += status.ok() ? 0 : 1;
      if (!status.ok()) {
        EXPECT_NE(status.message().find(folder_.string()), std::string::npos);
      }
      // Checksums cover all but the end of a log, what ends a table, and names.
      if (status.ok() && name.ends_with(".ldb")) {
        EXPECT_TRUE(rows == whole) << name << " " << seed;
      }
      WriteWhole(folder_ / name, bytes);
    }
  }
  EXPECT_GT(failed, 100U);
}

TEST_F(LevelDbStoreTest, MissingFilesAreNamed) {
  Write(3000, 100'000, 10);
  const std::vector<std::string> names = Names();
  const auto table = std::find_if(names.begin(), names.end(),
                                  [](const std::string& name) { return name.ends_with(".ldb"); });
  ASSERT_NE(table, names.end());
  std::filesystem::remove(folder_ / *table);
  Status status;
  Read(&status);
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_NE(status.message().find(*table), std::string::npos) << status.message();
  WriteWhole(folder_ / "CURRENT", "MANIFEST-999999\n");
  Read(&status);
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  WriteWhole(folder_ / "CURRENT", "../../etc/passwd\n");
  Read(&status);
  EXPECT_EQ(status.code(), StatusCode::kCorruption);
}

}  // namespace
}  // namespace hashlens
