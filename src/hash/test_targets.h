// Tests of code that exists once for each instruction set.
#ifndef HASHLENS_HASH_TEST_TARGETS_H_
#define HASHLENS_HASH_TEST_TARGETS_H_

#include <gtest/gtest.h>

#include <cstdint>

#include "hwy/targets.h"

namespace hashlens {

// Runs `test` once for each instruction set that was compiled in and that this CPU has.
template <typename Test>
void OnEveryTarget(const Test& test) {
  int64_t targets = hwy::SupportedTargets();
  for (; targets != 0; targets &= targets - 1) {
    const int64_t target = targets & -targets;
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(target);
    SCOPED_TRACE(hwy::TargetName(target));
    test();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().DeInit();
}

}  // namespace hashlens

#endif  // HASHLENS_HASH_TEST_TARGETS_H_
