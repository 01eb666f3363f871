#include "base/ordered_workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <random>

namespace hashlens {
namespace {

using Item = std::unique_ptr<int>;
using Outcome = std::unique_ptr<int>;

TEST(OrderedWorkers, OutcomesComeInTheOrderOfTheItems) {
  for (const int threads : {1, 3, 8}) {
    std::atomic<int> finished = 0;
    constexpr size_t kCapacity = 6;
    OrderedWorkers<Item, Outcome> workers(threads, kCapacity, [&](size_t place, Item item) {
      EXPECT_LT(place, static_cast<size_t>(threads));
      ++finished;
      return std::make_unique<int>(*item * 10);
    });
    std::mt19937 random(7);
    int given = 0;
    for (int taken = 0; taken < 500; ++taken) {
      while (workers.has_room() && given < 500 && (workers.empty() || random() % 4 != 0))
        workers.Give(std::make_unique<int>(given++));
      ASSERT_LE(workers.given() - workers.taken(), kCapacity);
      EXPECT_EQ(*workers.Take(), taken * 10);
    }
    EXPECT_TRUE(workers.empty());
    EXPECT_EQ(finished, 500);
    EXPECT_EQ(workers.taken(), 500U);
  }
}

TEST(OrderedWorkers, OneThatIsLateHoldsTheOthersBack) {
  std::atomic<bool> others_done = false;
  std::atomic<int> others = 0;
  OrderedWorkers<int, int> workers(2, 4, [&](size_t, int item) {
    if (item == 0) others_done.wait(false);
    if (item != 0 && ++others == 3) {
      others_done = true;
      others_done.notify_all();
    }
    return item;
  });
  for (int item = 0; item < 4; ++item) workers.Give(item);
  EXPECT_FALSE(workers.has_room());
  for (int item = 0; item < 4; ++item) EXPECT_EQ(workers.Take(), item);
}

TEST(OrderedWorkers, NoMoreBytesAreInsideThanMayBe) {
  OrderedWorkers<int, int> workers(
      2, 8, [](size_t, int item) { return item; }, 100);
  workers.Give(0, 60);
  EXPECT_TRUE(workers.has_room());
  workers.Give(1, 60);
  EXPECT_FALSE(workers.has_room());
  EXPECT_EQ(workers.Take(), 0);
  EXPECT_TRUE(workers.has_room());
  EXPECT_EQ(workers.Take(), 1);
  workers.Give(2, 1000);  // one that is alone is taken, however large it is
  EXPECT_FALSE(workers.has_room());
  EXPECT_EQ(workers.Take(), 2);
  EXPECT_TRUE(workers.has_room());
}

TEST(OrderedWorkers, WhatIsInsideAtTheEndIsDropped) {
  std::atomic<int> begun = 0;
  std::atomic<bool> leaving = false;
  {
    OrderedWorkers<int, int> workers(1, 8, [&](size_t, int item) {
      ++begun;
      begun.notify_all();
      if (item == 1) leaving.wait(false);
      return item;
    });
    for (int item = 0; item < 8; ++item) workers.Give(item);
    EXPECT_EQ(workers.Take(), 0);
    begun.wait(0);
    begun.wait(1);
    workers.Drop();
    leaving = true;
    leaving.notify_all();
  }
  EXPECT_EQ(begun, 2);
}

}  // namespace
}  // namespace hashlens
