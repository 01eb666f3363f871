// How many threads are inside of a gate.
#include "apps/server/gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <utility>

#include "apps/server/test_threads.h"

namespace hashlens {
namespace {

constexpr int kRoomInside = 3;
constexpr size_t kEntering = 8;

TEST(GateThreads, NeverMoreInsideThanMayBe) {
  Gate gate(kRoomInside);
  std::atomic<int> inside{0};
  std::atomic<int> entered{0};
  std::atomic<int> turned_away{0};
  RunTogether(kEntering, [&](size_t) {
    for (int i = 0; i < 3000; ++i) {
      Gate::Pass pass = gate.Enter();
      if (!pass) {
        ++turned_away;
        continue;
      }
      ++entered;
      EXPECT_LE(++inside, kRoomInside);
      EXPECT_LE(gate.inside(), kRoomInside);
      EXPECT_GE(gate.inside(), 1);
      const Gate::Pass moved = std::move(pass);
      --inside;
    }
  });
  EXPECT_EQ(gate.inside(), 0);
  EXPECT_EQ(entered + turned_away, static_cast<int>(kEntering) * 3000);
  EXPECT_GE(entered, kRoomInside);
}

// With room for one it is a lock: what that one changes is its own.
TEST(GateThreads, RoomForOneIsALock) {
  constexpr int kEach = 10'000;
  Gate gate(1);
  int changed = 0;
  RunTogether(4, [&](size_t) {
    for (int entered = 0; entered < kEach;) {
      const Gate::Pass pass = gate.Enter();
      if (!pass) continue;
      ++changed;
      ++entered;
    }
  });
  EXPECT_EQ(changed, 4 * kEach);
  EXPECT_EQ(gate.inside(), 0);
}

// Those who are turned away take no room meanwhile: with each who leaves trying again, the gate is
// full at the end.
TEST(GateThreads, ThoseTurnedAwayTakeNoRoom) {
  constexpr int kRounds = 100;
  constexpr int kTries = 30;
  Gate gate(kRoomInside);
  std::barrier together(kEntering);
  std::array<int, kEntering> entered{};  // each has its own; read between the barriers
  RunTogether(kEntering, [&](size_t thread) {
    const bool is_first = thread < kRoomInside;
    for (int round = 0; round < kRounds; ++round) {
      Gate::Pass pass;
      if (is_first) pass = gate.Enter();
      EXPECT_EQ(static_cast<bool>(pass), is_first);
      together.arrive_and_wait();
      for (int i = 0; i < kTries && static_cast<bool>(pass) == is_first; ++i) {
        pass = Gate::Pass();  // leaves
        pass = gate.Enter();
      }
      entered[thread] = pass ? 1 : 0;
      together.arrive_and_wait();
      EXPECT_EQ(std::ranges::count(entered, 1), kRoomInside);
      EXPECT_EQ(gate.inside(), kRoomInside);
      together.arrive_and_wait();
      pass = Gate::Pass();
      together.arrive_and_wait();
    }
  });
  EXPECT_EQ(gate.inside(), 0);
}

}  // namespace
}  // namespace hashlens
