#include <gtest/gtest.h>

#include "identity/device.hpp"

namespace minben::identity {
namespace {

struct Known {
  std::string_view header;
  Device device;
};

class Devices : public testing::TestWithParam<Known> {};

TEST_P(Devices, AreNamedShortly) {
  EXPECT_EQ(device_of(GetParam().header), GetParam().device) << GetParam().header;
}

INSTANTIATE_TEST_SUITE_P(
    Headers, Devices,
    testing::Values(
        Known{"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
              {"Firefox", "Windows"}},
        Known{"Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0",
              {"Firefox", "Android"}},
        Known{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
              "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
              {"Edge", "Windows"}},
        Known{"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
              "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
              {"Samsung Internet", "Android"}},
        Known{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
              "like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
              {"Safari", "iPhone"}},
        Known{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
              "like Gecko) CriOS/140.0.7339.101 Mobile/15E148 Safari/604.1",
              {"Chrome", "iPhone"}},
        Known{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like "
              "Gecko) Version/18.6 Safari/605.1.15",
              {"Safari", "macOS"}},
        Known{"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) "
              "Chrome/140.0.0.0 Safari/537.36",
              {"Chrome", "ChromeOS"}},
        Known{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
              "HeadlessChrome/140.0.0.0 Safari/537.36",
              {"Chrome", "Linux"}},
        Known{"curl/7.88.1", {}}, Known{"", {}}, Known{"<script>", {}}));

TEST(Device, LooksNoFurtherThanTheBound) {
  EXPECT_EQ(device_of(std::string(512, 'x') + "Firefox/1.0 Android"), Device{});
  EXPECT_EQ(device_of(std::string(100'000, '\xff')), Device{});
}

}  // namespace
}  // namespace minben::identity
