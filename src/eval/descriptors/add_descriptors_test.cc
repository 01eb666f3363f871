// Classical descriptors in the table of an evaluation, from pictures, with a tiny network.
#include <gtest/gtest.h>

#include <algorithm>

#include "hashlens/eval.h"
#include "library/test_library.h"

namespace hashlens {
namespace {

using AddDescriptorsTest = LibraryTest;

TEST_F(AddDescriptorsTest, AreInTheTableOfBaselines) {
  uint64_t seed = 0;
  for (const char* name : {"database/ant", "database/bee", "queries/ant", "queries/bee"}) {
    for (int i = 0; i < 20; ++i)
      WritePicture(folder() / name / (std::to_string(i) + ".ppm"), ++seed);
  }
  EvalOptions options;
  options.model = model();
  options.database = folder() / "database";
  options.queries = folder() / "queries";
  options.k = 10;
  options.baselines = true;
  options.open = open();
  const auto report = Evaluate(options);
  ASSERT_TRUE(report.ok()) << report.status().message();
  for (const char* name : {"HSV histogram", "GIST", "SIFT words"}) {
    const auto method = std::find_if(report->methods.begin(), report->methods.end(),
                                     [&](const EvalMethod& m) { return m.name == name; });
    ASSERT_NE(method, report->methods.end()) << name;
    EXPECT_TRUE(method->baseline);
    EXPECT_GT(method->map_at_k, 0.2);
    EXPECT_LE(method->map_at_k, 1);
    EXPECT_EQ(method->bits, 0);
    EXPECT_GE(method->bytes_per_image, 4 * 166);
    EXPECT_NE(method->about.find(" ms beside decoding"), std::string::npos);
  }
}

}  // namespace
}  // namespace hashlens
