#include "base/name_form.h"

#include <gtest/gtest.h>

#include "base/temp_folder.h"
#include "base/test_files.h"

namespace hashlens {
namespace {

constexpr char kComposed[] = "Caf\xc3\xa9";
constexpr char kDecomposed[] = "Cafe\xcc\x81";

TEST(OtherFormHint, OfAFileAndOfAFolderOnTheWay) {
  const TempFolder temporary;
  WriteWhole(temporary.path() / kDecomposed / "a.jpg", "");
  for (const Path& missing :
       {temporary.path() / kComposed, temporary.path() / kComposed / "a.jpg"}) {
    const std::string hint = OtherFormHint(missing);
    EXPECT_NE(hint.find((temporary.path() / kDecomposed).native() + " is there"), std::string::npos)
        << hint;
    const Status status = OpenRegularFile(missing).status();
    EXPECT_EQ(status.code(), StatusCode::kNotFound);
    EXPECT_NE(status.message().find("another form of Unicode"), std::string::npos);
  }
}

TEST(OtherFormHint, OnlyForNamesThatLookTheSame) {
  const TempFolder temporary;
  WriteWhole(temporary.path() / kDecomposed, "");
  for (const char* name : {"Cafe", "Caf\xc3\xa8", "Caf\xe9", "x/Caf\xc3\xa9", kDecomposed})
    EXPECT_EQ(OtherFormHint(temporary.path() / name), "") << name;
  EXPECT_EQ(OtherFormHint(""), "");
}

}  // namespace
}  // namespace hashlens
