#include "iso8601.hpp"

namespace minben::process {

namespace {

constexpr std::int64_t max_units = 200LL * 366 * 24 * 3600;  // 200 years in seconds

std::unexpected<Error> bad(std::string_view text) {
  return fail(Kind::invalid, "not_iso8601",
              fmt::format("'{}' is not an ISO 8601 timer text", text));
}

struct Part {
  std::int64_t whole = 0;
  std::int64_t micros = 0;  // of a fraction
  bool fraction = false;
  char unit = 0;
};

/// One "number letter" of a duration, taken off the front of `rest`.
std::optional<Part> take_part(std::string_view& rest) {
  Part part;
  std::size_t at = 0;
  while (at < rest.size() && rest[at] >= '0' && rest[at] <= '9' && at < 12) ++at;
  const auto whole = parse_integer(rest.substr(0, at), 0, max_units);
  if (!whole) return std::nullopt;
  part.whole = *whole;
  if (at < rest.size() && (rest[at] == '.' || rest[at] == ',')) {
    part.fraction = true;
    std::int64_t scale = 100'000;
    std::size_t digits = 0;
    for (++at; at < rest.size() && rest[at] >= '0' && rest[at] <= '9';
         ++at, ++digits, scale /= 10) {
      part.micros += (rest[at] - '0') * scale;
    }
    if (digits == 0) return std::nullopt;
  }
  if (at >= rest.size()) return std::nullopt;
  part.unit = rest[at];
  rest.remove_prefix(at + 1);
  return part;
}

/// Units must come in order, each once; only seconds may have a fraction.
bool add_part(IsoDuration& duration, const Part& part, std::string_view& allowed, bool in_time) {
  const auto place = allowed.find(part.unit);
  if (place == std::string_view::npos || (part.fraction && part.unit != 'S')) return false;
  allowed.remove_prefix(place + 1);
  if (!in_time && (part.unit == 'Y' || part.unit == 'M')) {
    if (part.whole > 2400) return false;
    duration.months += static_cast<int>(part.whole) * (part.unit == 'Y' ? 12 : 1);
    return duration.months <= 2400;
  }
  std::int64_t factor = 1;
  if (part.unit == 'W') factor = 7 * 86400;
  if (part.unit == 'D') factor = 86400;
  if (part.unit == 'H') factor = 3600;
  if (part.unit == 'M') factor = 60;
  if (part.whole > max_units / factor) return false;
  duration.time += seconds(part.whole * factor) + microseconds(part.micros);
  return duration.time <= seconds(max_units);
}

}  // namespace

Result<IsoDuration> parse_duration(std::string_view text) {
  std::string_view rest = text;
  if (!rest.starts_with('P') || rest.size() < 3) return bad(text);
  rest.remove_prefix(1);
  IsoDuration duration;
  std::string_view allowed = "YMWD";
  bool in_time = false;
  while (!rest.empty()) {
    if (rest.front() == 'T') {
      if (in_time || rest.size() == 1) return bad(text);
      in_time = true;
      allowed = "HMS";
      rest.remove_prefix(1);
      continue;
    }
    const auto part = take_part(rest);
    if (!part || !add_part(duration, *part, allowed, in_time)) return bad(text);
  }
  return duration;
}

Instant add(Instant from, const IsoDuration& duration) {
  Instant moved = from;
  if (duration.months != 0) {
    const auto day = std::chrono::floor<days>(from);
    moved = std::chrono::sys_days(add_months(Date(day), duration.months)) + (from - day);
  }
  return moved + duration.time;
}

Result<IsoCycle> parse_cycle(std::string_view text) {
  const auto parts = split(text, '/');
  if (parts.size() < 2 || parts.size() > 3 || !parts[0].starts_with('R')) return bad(text);
  IsoCycle cycle;
  if (parts[0].size() > 1) {
    const auto repeats = parse_integer(parts[0].substr(1), 0, 1'000'000);
    if (!repeats) return bad(text);
    cycle.repeats = *repeats;
  }
  if (parts.size() == 3) {
    MINBEN_TRY(start, parse_instant(parts[1]));
    cycle.start = start;
  }
  MINBEN_TRY(interval, parse_duration(parts.back()));
  if (interval.months == 0 && interval.time == microseconds(0)) return bad(text);
  cycle.interval = interval;
  return cycle;
}

}  // namespace minben::process
