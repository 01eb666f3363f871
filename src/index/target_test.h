// For tests: running a piece of code under every instruction set that this machine supports.
#ifndef HASHLENS_INDEX_TARGET_TEST_H_
#define HASHLENS_INDEX_TARGET_TEST_H_

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include "hashlens/code_index.h"

namespace hashlens {

// Calls test() once for each; under its name in the trace of a failure. Returns how many there
// were.
template <class Test>
int ForEachTarget(const Test& test) {
  int count = 0;
  for (int64_t rest = hwy::SupportedTargets(); rest != 0; rest &= rest - 1) {
    const int64_t target = rest & -rest;
    hwy::SetSupportedTargetsForTest(target);
    // A target that the kernels were not compiled for falls back to another one.
    if (ScanTarget() == hwy::TargetName(target)) {
      SCOPED_TRACE(hwy::TargetName(target));
      test();
      ++count;
    }
  }
  hwy::SetSupportedTargetsForTest(0);
  return count;
}

}  // namespace hashlens

#endif  // HASHLENS_INDEX_TARGET_TEST_H_
