#include "apps/server/address.h"

#include <gtest/gtest.h>

namespace hashlens {
namespace {

TEST(ParseAddress, TakesHostAndPort) {
  EXPECT_EQ(ParseAddress("127.0.0.1:8080")->port, 8080);
  EXPECT_TRUE(ParseAddress("127.1.2.3:0")->loopback);
  EXPECT_TRUE(ParseAddress("localhost:1")->loopback);
  EXPECT_TRUE(ParseAddress("[::1]:80")->loopback);
  EXPECT_EQ(UrlOf(*ParseAddress("[::1]:80")), "http://[::1]:80");
  EXPECT_FALSE(ParseAddress("0.0.0.0:80")->loopback);
  EXPECT_FALSE(ParseAddress("[::]:80")->loopback);
  EXPECT_FALSE(ParseAddress("127.0.0.1.example.org:80")->loopback);
  for (const char* bad :
       {"", ":80", "a", "a:", "a:x", "a:70000", "a:-1", "::1:80", "[::1:80", "a:80 "})
    EXPECT_FALSE(ParseAddress(bad).ok()) << bad;
}

TEST(IsOwnHost, KnowsThisMachine) {
  for (const char* own : {"localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:8080", "[::1]"})
    EXPECT_TRUE(IsOwnHost(own, {})) << own;
  for (const char* other :
       {"", "evil.example", "localhost.evil.example:8080", "127.0.0.1.evil:80", "[::2]:80",
        "192.168.1.2", "[::1", "localhost:evil.example", "[::1]evil.example"})
    EXPECT_FALSE(IsOwnHost(other, {""})) << other;
  EXPECT_TRUE(IsOwnHost("Pictures.example:443", {"pictures.example"}));
  EXPECT_TRUE(IsOwnHost("pictures.example", {"Pictures.example:8080"}));
}

TEST(IsForeign, ComparesSites) {
  EXPECT_FALSE(IsForeign("", "localhost:8080"));
  EXPECT_FALSE(IsForeign("http://localhost:8080", "localhost:8080"));
  EXPECT_TRUE(IsForeign("http://localhost:3000", "localhost:8080"));
  EXPECT_TRUE(IsForeign("null", "localhost:8080"));
  EXPECT_TRUE(IsForeign("https://evil.example", "localhost:8080"));
}

}  // namespace
}  // namespace hashlens
