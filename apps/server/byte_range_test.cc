#include "apps/server/byte_range.h"

#include <gtest/gtest.h>

#include <tuple>

namespace hashlens {
namespace {

using Kind = ByteRange::Kind;

TEST(ParseRange, TakesOneRange) {
  for (const auto& [header, kind, first, length] :
       {std::tuple{"", Kind::kWhole, 0, 10}, std::tuple{"bytes=0-0", Kind::kPart, 0, 1},
        std::tuple{"bytes=3-", Kind::kPart, 3, 7}, std::tuple{"bytes=3-99", Kind::kPart, 3, 7},
        std::tuple{"bytes=-4", Kind::kPart, 6, 4}, std::tuple{"bytes=-40", Kind::kPart, 0, 10},
        std::tuple{"bytes=9-99999999999999999999999", Kind::kPart, 9, 1},
        std::tuple{"bytes=10-", Kind::kOutside, 0, 0},
        std::tuple{"bytes=99999999999999999999999-", Kind::kOutside, 0, 0},
        std::tuple{"bytes=-0", Kind::kOutside, 0, 0}, std::tuple{"bytes=5-4", Kind::kWhole, 0, 10},
        std::tuple{"bytes=-", Kind::kWhole, 0, 10},
        std::tuple{"bytes=1-2,4-5", Kind::kWhole, 0, 10},
        std::tuple{"bytes=a-b", Kind::kWhole, 0, 10}, std::tuple{"lines=1-2", Kind::kWhole, 0, 10},
        std::tuple{"bytes=+1-2", Kind::kWhole, 0, 10},
        std::tuple{"bytes= 1-2", Kind::kWhole, 0, 10}}) {
    const ByteRange range = ParseRange(header, 10);
    EXPECT_EQ(range.kind, kind) << header;
    EXPECT_EQ(range.first, static_cast<uint64_t>(first)) << header;
    EXPECT_EQ(range.length, static_cast<uint64_t>(length)) << header;
  }
}

}  // namespace
}  // namespace hashlens
