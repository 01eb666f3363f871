#include "apps/server/head_check.h"

#include <gtest/gtest.h>

#include <string>

namespace hashlens {
namespace {

// Whole, and byte by byte.
bool Fits(std::string_view head) {
  HeadCheck whole;
  HeadCheck bytes;
  bool each = true;
  for (const char c : head) each = each && bytes.Take({&c, 1});
  EXPECT_EQ(whole.Take(head), each) << head;
  return each;
}

TEST(HeadCheck, TakesWhatOneReadsAsAnother) {
  EXPECT_TRUE(Fits("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_TRUE(Fits("GET / HTTP/1.1\r\nHost:a\r\nEmpty:\r\nX: a : b\t c \r\n\r\n"));
  EXPECT_TRUE(Fits("GET / HTTP/1.1\r\n\r\n"));
  constexpr char kWithBody[] = "POST / HTTP/1.1\r\nA: b\r\n\r\n\0 \n body";
  EXPECT_TRUE(Fits({kWithBody, sizeof kWithBody - 1}));
}

TEST(HeadCheck, RefusesWhatCanBeReadInTwoWays) {
  const std::string line = "GET / HTTP/1.1\r\n";
  for (const std::string fields :
       {"Content-Length : 5\r\n", "Content-Length\t: 5\r\n", "A: b\r\n Content-Length: 5\r\n",
        "A: b\r\n\tc\r\n", "A: b\nContent-Length: 5\r\n", "A: b\rC: d\r\n", "no colon\r\n",
        "nothing\r\n", ": empty\r\n"})
    EXPECT_FALSE(Fits(line + fields + "\r\n")) << fields;
  EXPECT_FALSE(Fits("GET / HTTP/1.1\nHost: a\r\n\r\n"));
  EXPECT_FALSE(Fits(line + std::string("A: \0b\r\n\r\n", 9)));
}

}  // namespace
}  // namespace hashlens
