#include "stations/stations.hpp"

#include <cmath>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

namespace outside::stations {

namespace {

constexpr double day = 24;
constexpr hours taiwan_ahead{8};

/// Well mixed numbers from a number, the same in each run.
std::uint64_t mixed(std::uint64_t number) {
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9ull;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebull;
  return number ^ (number >> 31);
}

std::int64_t seconds_of(Instant at) {
  return std::chrono::duration_cast<seconds>(at.time_since_epoch()).count();
}

/// Between 0 and 1; goes from one value to the next in the course of `step` seconds.
double wave(std::uint64_t seed, std::int64_t time, std::int64_t step) {
  const auto at = [&](std::int64_t place) {
    return static_cast<double>(mixed(seed * 1'000'003 + static_cast<std::uint64_t>(place)) % 1000) /
           999;
  };
  const double part = static_cast<double>(time % step) / static_cast<double>(step);
  return at(time / step) * (1 - part) + at(time / step + 1) * part;
}

}  // namespace

std::vector<Station> stations() {
  return {{"民本車站", 60, 8.0},    {"港口公園", 36, 16.5}, {"大學正門", 48, 17.5},
          {"市立圖書館", 30, 13.0}, {"東門市場", 24, 9.5},  {"河濱步道", 28, 17.0},
          {"科學園區", 52, 18.0},   {"文化中心", 32, 19.5}, {"南區運動公園", 26, 18.5},
          {"縣政廣場", 40, 12.0}};
}

int bicycles(const Station& station, std::size_t number, Instant at) {
  const std::int64_t time = seconds_of(at + taiwan_ahead);
  const double hour = static_cast<double>(time % 86'400) / 3600;
  const double apart = std::abs(hour - station.busy_hour);
  const double from_busy = std::min(apart, day - apart);  // 0 … 12
  const double base = 0.15 + 0.6 * std::min(1.0, from_busy / 5);
  const double noise = 0.22 * wave(number, time, 900) + 0.08 * wave(number + 100, time, 40);
  const double share = std::clamp(base + noise - 0.12, 0.0, 1.0);
  return static_cast<int>(std::lround(share * station.places));
}

Report report(Instant before, Instant at) {
  Report made;
  made.key = fmt::format("stations-{}", seconds_of(at));
  const std::int64_t time = seconds_of(at);
  JsonArray records;
  const auto all = stations();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const int now = bicycles(all[i], i, at);
    if (before != Instant{} && bicycles(all[i], i, before) == now) continue;
    records.push_back(JsonObject{{"_id", fmt::format("{}@{}", i, time)},
                                 {"station", all[i].name},
                                 {"at", to_string(std::chrono::floor<seconds>(at))},
                                 {"bicycles", now},
                                 {"free", all[i].places - now}});
  }
  if (!records.empty()) made.body = write_json(Json(std::move(records)));
  return made;
}

}  // namespace outside::stations
