#include "apps/server/tokens.h"

#include <gtest/gtest.h>

#include "apps/server/test_folder.h"

namespace hashlens {
namespace {

TEST(SameToken, OnlyTheSameIsTheSame) {
  const std::string token = "0123456789abcdef";
  EXPECT_TRUE(SameToken(token, token));
  for (size_t i = 0; i < token.size(); ++i) {
    std::string other = token;
    other[i] ^= 1;
    EXPECT_FALSE(SameToken(other, token)) << i;
    EXPECT_FALSE(SameToken(token.substr(0, i), token)) << i;
  }
  EXPECT_FALSE(SameToken(token + token, token));
  EXPECT_FALSE(SameToken("", ""));
  EXPECT_FALSE(SameToken(token, ""));
}

TEST(Tokens, WhoMayWhat) {
  const std::string r = "read-read-read-read";
  const std::string w = "write-write-write-w";
  const Tokens both(r, w);
  EXPECT_EQ(both.Of(""), Access::kNone);
  EXPECT_EQ(both.Of("Bearer " + r), Access::kRead);
  EXPECT_EQ(both.Of("bearer " + w), Access::kWrite);
  EXPECT_EQ(both.Of("Basic " + w), Access::kNone);
  EXPECT_EQ(both.Of(w), Access::kNone);
  const Tokens none("", "");
  EXPECT_EQ(none.Of(""), Access::kWrite);
  const Tokens write("", w);
  EXPECT_EQ(write.Of(""), Access::kRead);
  EXPECT_EQ(write.Of("Bearer " + w), Access::kWrite);
  const Tokens read(r, "");
  EXPECT_EQ(read.Of("Bearer "), Access::kNone);
  EXPECT_EQ(read.Of("Bearer " + r), Access::kRead);
}

TEST(ReadTokenFile, TakesTheFirstLine) {
  const TestFolder folder;
  const auto file = folder.path() / "token";
  EXPECT_EQ(ReadTokenFile(file).status().code(), StatusCode::kNotFound);
  WriteWhole(file, "0123456789abcdef\r\nmore\n");
  EXPECT_EQ(*ReadTokenFile(file), "0123456789abcdef");
  for (const char* bad : {"", "short\n", "0123456789 abcdef\n", "0123456789abcde\x01\n"}) {
    WriteWhole(file, bad);
    EXPECT_EQ(ReadTokenFile(file).status().code(), StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace hashlens
