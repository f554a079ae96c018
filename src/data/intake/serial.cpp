#include "serial.hpp"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "core/core.hpp"

namespace minben::intake {

Shown shown_as(int id) {
  if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 54) ||
      id == 57 || id == 58)
    return Shown::date;
  if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47) || id == 55 ||
      id == 56)
    return Shown::time;
  return id == 22 ? Shown::date_time : Shown::number;
}

Shown shown_as(std::string_view code) {
  bool date = false, time = false;
  for (std::size_t i = 0; i < code.size() && code[i] != ';'; ++i) {
    const char c = code[i];
    const auto skip_to = [&](char end) { i = std::min(code.find(end, i + 1), code.size() - 1); };
    if (c == '"') {
      skip_to('"');
    } else if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else if (c == '[') {
      if (i + 1 < code.size() && (code[i + 1] == 'h' || code[i + 1] == 'H')) time = true;
      skip_to(']');
    } else if (c == 'y' || c == 'Y' || c == 'd' || c == 'D') {
      date = true;
    } else if (c == 'e' || c == 'E') {
      if (i == 0 || (code[i - 1] != '0' && code[i - 1] != '#')) date = true;
    } else if (c == 'h' || c == 'H' || c == 's' || c == 'S') {
      time = true;
    } else if (c == 'G' && code.substr(i).starts_with("General")) {
      i += 6;
    }
  }
  return date ? (time ? Shown::date_time : Shown::date) : time ? Shown::time : Shown::number;
}

std::string number_text(std::string_view stored) {
  double value = 0;
  const auto read = std::from_chars(stored.data(), stored.data() + stored.size(), value);
  if (read.ec != std::errc{} || read.ptr != stored.data() + stored.size())
    return std::string(stored);
  if (std::abs(value) < 1e15 && value == std::floor(value))
    return fmt::format("{}", static_cast<std::int64_t>(value));
  return fmt::format("{:.15g}", value);
}

std::string serial_text(double serial, Shown shown, bool from_1904) {
  constexpr std::int64_t day_s = 86400;
  constexpr double last = 2958466;  // the year 10000
  const double first = shown == Shown::time ? 0 : 1;
  if (!(serial >= first && serial < last)) return fmt::format("{:.15g}", serial);
  const auto all = static_cast<std::int64_t>(std::llround(serial * day_s));
  const std::int64_t second = all % day_s;
  const std::string time =
      fmt::format("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
  if (shown == Shown::time && all < day_s) return time;
  // The 1900 system counts a 29 February 1900 that never was: days before March are one off.
  using namespace std::chrono_literals;
  const Date origin = from_1904 ? Date{1904y, std::chrono::January, 1d}
                                : Date{1899y, std::chrono::December, serial < 60 ? 31d : 30d};
  const std::string date = to_string(add_days(origin, static_cast<int>(all / day_s)));
  return second == 0 && shown != Shown::date_time ? date : date + " " + time;
}

}  // namespace minben::intake
