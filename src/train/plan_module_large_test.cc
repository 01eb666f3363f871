// The modules of networks in their real sizes; minutes, and a gigabyte of memory.
#include "train/test_plan.h"

namespace hashlens {
namespace {

TEST(PlanModuleInRealSize, AgreesWithTheImportedNetwork) {
  for (const KnownNet& net :
       {KnownCaffeNet(), KnownAlexNet(), KnownGoogLeNet(), KnownSqueezeNet(), KnownResNet18()}) {
    const PlanPair pair(net);
    ASSERT_NE(pair.module(), nullptr) << net.name;
    EXPECT_LT(pair.Difference(), 1e-4) << net.name;
  }
}

}  // namespace
}  // namespace hashlens
