#include "source/lmdb_writer.h"

#include <gtest/gtest.h>
#include <lmdb.h>

#include "base/temp_folder.h"
#include "base/test_files.h"
#include "source/key_value_store.h"
#include "source/test_damage.h"

namespace hashlens {
namespace {

std::string Key(int i) {
  char key[16];
  std::snprintf(key, sizeof key, "%08d", i);
  return key;
}

// More than the first map has room for.
TEST(LmdbWriterTest, LiblmdbReadsWhatItWrote) {
  TempFolder temp;
  const Path folder = temp.path() / "out";
  auto writer = *LmdbWriter::Create(folder);
  constexpr int kCount = 900;
  const std::string value(100'000, 'v');
  for (int i = 0; i < kCount; ++i) ASSERT_TRUE(writer->Put(Key(i), value + Key(i)).ok());
  EXPECT_FALSE(std::filesystem::exists(folder));
  ASSERT_TRUE(writer->Finish().ok());
  EXPECT_EQ(*ListFolder(temp.path()), std::vector<std::string>{"out"});
  EXPECT_EQ(*ListFolder(folder), std::vector<std::string>{"data.mdb"});

  MDB_env* env = nullptr;
  MDB_txn* transaction = nullptr;
  MDB_dbi database = 0;
  MDB_stat stat;
  ASSERT_EQ(mdb_env_create(&env), 0);
  ASSERT_EQ(mdb_env_open(env, folder.c_str(), MDB_RDONLY, 0644), 0);
  ASSERT_EQ(mdb_txn_begin(env, nullptr, MDB_RDONLY, &transaction), 0);
  ASSERT_EQ(mdb_dbi_open(transaction, nullptr, 0, &database), 0);
  ASSERT_EQ(mdb_stat(transaction, database, &stat), 0);
  EXPECT_EQ(stat.ms_entries, static_cast<size_t>(kCount));
  std::string key = Key(123);
  MDB_val k{key.size(), key.data()};
  MDB_val v;
  ASSERT_EQ(mdb_get(transaction, database, &k, &v), 0);
  EXPECT_EQ(std::string(static_cast<char*>(v.mv_data), v.mv_size), value + key);
  mdb_txn_abort(transaction);
  mdb_env_close(env);

  auto store = *OpenLmdb(folder, uint64_t{1} << 30);
  std::vector<std::pair<std::string, std::string>> rows;
  EXPECT_TRUE(ReadAll(store.get(), &rows).ok());
  EXPECT_EQ(rows.size(), static_cast<size_t>(kCount));
}

TEST(LmdbWriterTest, TakesNobodysPlaceAndLeavesNothingUnfinished) {
  TempFolder temp;
  const Path folder = temp.path() / "out";
  {
    auto writer = *LmdbWriter::Create(folder);
    ASSERT_TRUE(writer->Put("a", "b").ok());
    EXPECT_EQ(writer->Put("", "b").code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(writer->Put(std::string(1000, 'k'), "b").code(), StatusCode::kInvalidArgument);
  }
  EXPECT_TRUE(ListFolder(temp.path())->empty());
  auto writer = *LmdbWriter::Create(folder);
  ASSERT_TRUE(writer->Put("a", "b").ok());
  std::filesystem::create_directory(folder);
  const Status taken = writer->Finish();
  EXPECT_EQ(taken.code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(ListFolder(folder)->empty());
  writer.reset();
  // The work is not lost.
  constexpr std::string_view kKept = "; what was made is ";
  const size_t kept = taken.message().find(kKept);
  ASSERT_NE(kept, std::string::npos) << taken.message();
  EXPECT_EQ(std::filesystem::remove_all(taken.message().substr(kept + kKept.size())), 2U);
  EXPECT_EQ(LmdbWriter::Create(folder).status().code(), StatusCode::kInvalidArgument);
  std::filesystem::remove(folder);
  std::filesystem::create_symlink("nowhere", folder);
  EXPECT_EQ(LmdbWriter::Create(folder).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(LmdbWriter::Create(temp.path() / "no/folder").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(ListFolder(temp.path())->size(), 1U);
}

}  // namespace
}  // namespace hashlens
