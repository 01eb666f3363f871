#include "apps/server/config_file.h"

#include <gtest/gtest.h>

namespace hashlens {
namespace {

TEST(ParseSettings, TakesTextsNumbersFlagsAndLists) {
  const auto settings = ParseSettings(
      "listen = \"127.0.0.1:80\"\nmax-k = 50\nread-only = true\nlibraries = [\"a\", \"b\"]\n", "x");
  ASSERT_TRUE(settings.ok());
  const Settings expected = {{"listen", {"127.0.0.1:80"}},
                             {"max-k", {"50"}},
                             {"read-only", {"true"}},
                             {"libraries", {"a", "b"}}};
  EXPECT_EQ(*settings, expected);
  EXPECT_TRUE(ParseSettings("", "x")->empty());
}

TEST(ParseSettings, SaysWhereItIsWrong) {
  for (const char* bad :
       {"\na = ", "\n[table]\na = 1", "\na = 1.5", "\na = [[1]]", "\na = 1\na = 2"}) {
    const auto settings = ParseSettings(bad, "serve.toml");
    ASSERT_FALSE(settings.ok()) << bad;
    EXPECT_EQ(settings.status().code(), StatusCode::kInvalidArgument);
    EXPECT_TRUE(settings.status().message().starts_with("serve.toml:")) << bad;
  }
}

}  // namespace
}  // namespace hashlens
