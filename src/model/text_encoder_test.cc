// What can be said without a text network; tests/e2e/test_text.py runs some.
#include "model/text_encoder.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>

#include "base/temp_folder.h"
#include "model/package_files.h"
#include "model/test_package.h"
#include "model/tokenizers.h"

namespace hashlens {
namespace {

// The variable for one test.
class TokenizersAt {
 public:
  explicit TokenizersAt(const Path& path) {
    if (const char* before = std::getenv(kName)) before_ = before;
    ::setenv(kName, path.c_str(), 1);
  }
  TokenizersAt(const TokenizersAt&) = delete;
  TokenizersAt& operator=(const TokenizersAt&) = delete;
  ~TokenizersAt() {
    if (before_) {
      ::setenv(kName, before_->c_str(), 1);
    } else {
      ::unsetenv(kName);
    }
  }

 private:
  static constexpr char kName[] = "HASHLENS_TOKENIZERS";
  std::optional<std::string> before_;
};

TEST(CheckText, TakesUtf8OfAFewBytes) {
  EXPECT_TRUE(CheckText("a").ok());
  EXPECT_TRUE(CheckText("ein rotes Auto über dem Fluß 車").ok());
  EXPECT_TRUE(CheckText(std::string(kMaxTextBytes, 'x')).ok());
  for (const std::string& text :
       {std::string(), std::string(kMaxTextBytes + 1, 'x'), std::string("\xff"),
        std::string("\xc3"), std::string("\xed\xa0\x80")}) {
    EXPECT_EQ(CheckText(text).code(), StatusCode::kInvalidArgument) << text.size();
  }
}

TEST(FindTokenizers, TheVariableNamesTheFileOrItsFolder) {
  const TempFolder temp;
  const Path library = temp.path() / "libopenvino_tokenizers.so";
  {
    const TokenizersAt here(temp.path());
    const auto none = FindTokenizers();
    EXPECT_EQ(none.status().code(), StatusCode::kNotFound);
    EXPECT_NE(none.status().message().find(library.native()), std::string::npos);
  }
  std::ofstream(library) << "no library";
  for (const Path& named : {temp.path(), library}) {
    const TokenizersAt here(named);
    const auto found = FindTokenizers();
    ASSERT_TRUE(found.ok()) << found.status().message();
    EXPECT_EQ(*found, library);
  }
}

TEST(TextEncoder, DigestsComeBeforeAnythingElse) {
  const TempFolder temp;
  const TokenizersAt nowhere(temp.path());
  const auto package =
      WriteModelPackage(temp.path() / "package", "both", kTestDim, TestInput(), TestNetwork(), {},
                        TextFiles{TestNetwork(), TestNetwork()});
  ASSERT_TRUE(package.ok()) << package.status().message();
  EXPECT_EQ(LoadTextEncoder(*package, {}).status().code(), StatusCode::kNotFound);
  std::ofstream(temp.path() / "package" / kTokenizerBin, std::ios::app) << "x";
  EXPECT_EQ(LoadTextEncoder(*package, {}).status().code(), StatusCode::kCorruption);
}

}  // namespace
}  // namespace hashlens
