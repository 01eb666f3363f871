#include "apps/server/router.h"

#include <gtest/gtest.h>

namespace hashlens {
namespace {

TEST(Router, FindsByPathAndMethod) {
  Router router;
  router.Add({"GET", "/", Guard::kOpen, false, false, nullptr});
  router.Add({"GET", "/v1/{a}/images/{b}", Guard::kRead, false, false, nullptr});
  router.Add({"DELETE", "/v1/{a}/images/{b}", Guard::kWrite, false, false, nullptr});
  router.Add({"POST", "/v1/{a}/images", Guard::kWrite, false, true, nullptr});
  EXPECT_EQ(router.Find("GET", "/").route, &router.routes()[0]);
  const Match match = router.Find("DELETE", "/v1/x y/images/7");
  EXPECT_EQ(match.route, &router.routes()[2]);
  EXPECT_EQ(match.parameters, (std::vector<std::string>{"x y", "7"}));
  EXPECT_EQ(router.Find("HEAD", "/v1/x/images/7").route, &router.routes()[1]);
  const Match wrong = router.Find("PUT", "/v1/x/images/7");
  EXPECT_EQ(wrong.route, nullptr);
  EXPECT_EQ(wrong.allowed, "GET, HEAD, DELETE");
  for (const char* none : {"", "v1", "/v1", "/v1/", "/v1//images/7", "/v1/x/images/", "//",
                           "/v1/x/images/7/", "/v1/x/images/7/8", "/v1/x/../y"})
    EXPECT_TRUE(router.Find("GET", none).allowed.empty()) << none;
}

}  // namespace
}  // namespace hashlens
