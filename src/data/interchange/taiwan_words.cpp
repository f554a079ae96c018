#include "taiwan_words.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "catalogue/vocabulary.hpp"
#include "dcat.hpp"
#include "dcat_words.hpp"

namespace minben::interchange {

namespace vocabulary = catalogue::vocabulary;

namespace {

constexpr hours taiwan_offset{8};

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> starts) {
  return std::ranges::any_of(starts,
                             [&](std::string_view start) { return text.starts_with(start); });
}

}  // namespace

std::optional<Date> read_taiwan_date(std::string_view given) {
  const std::string_view text = trim(given);
  std::array<std::int64_t, 3> parts{};
  std::size_t at = 0, found = 0;
  while (found < 3 && at < text.size()) {
    std::size_t end = at;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    const auto number = parse_integer(text.substr(at, end - at), 0, 9999);
    if (!number) return std::nullopt;
    parts[found++] = *number;
    if (end < text.size() && found < 3 && text[end] != '-' && text[end] != '/' && text[end] != '.')
      return std::nullopt;
    at = end + 1;
  }
  if (found < 3) return std::nullopt;
  if (parts[0] < 1000) parts[0] += 1911;
  const Date date{std::chrono::year(static_cast<int>(parts[0])),
                  std::chrono::month(static_cast<unsigned>(parts[1])),
                  std::chrono::day(static_cast<unsigned>(parts[2]))};
  return date.ok() ? std::optional(date) : std::nullopt;
}

std::optional<Instant> read_taiwan_time(std::string_view given) {
  std::string_view text = trim(given);
  const auto date = read_taiwan_date(text);
  if (!date) return std::nullopt;
  const auto gap = text.find_first_of(" T");
  if (gap == std::string_view::npos) return taiwan_midnight(*date);
  std::string time(trim(text.substr(gap + 1)));
  if (time.size() == 5) time += ":00";
  const bool zone = time.ends_with('Z') || time.find_first_of("+-") != std::string::npos;
  const auto instant = parse_instant(to_string(*date) + "T" + time + (zone ? "" : "+08:00"));
  return instant ? std::optional(*instant) : std::nullopt;
}

std::string taiwan_time(Instant instant) {
  std::string text = to_string(std::chrono::floor<seconds>(instant) + taiwan_offset);
  text.resize(19);
  text[10] = ' ';
  return text;
}

std::optional<std::int64_t> read_amount(std::string_view given) {
  std::string text = tidy(given);
  std::erase(text, ',');
  std::string_view number = text;
  if (number.starts_with("約")) number.remove_prefix(std::string_view("約").size());
  if (number.ends_with("筆")) number.remove_suffix(std::string_view("筆").size());
  return parse_integer(trim(number), 0);
}

std::string tidy(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 4) == "\\r\\n") {  // written out by somebody's escaping
      out += '\n';
      i += 3;
    } else if (static_cast<unsigned char>(text[i]) >= 0x20 || text[i] == '\n') {
      out += text[i];
    } else {
      out += text[i] == '\r' ? "" : " ";
    }
  }
  std::string_view inner = trim(out);
  while (inner.size() >= 2 && inner.starts_with('"') && inner.ends_with('"'))
    inner = trim(inner.substr(1, inner.size() - 2));
  return std::string(inner);
}

bool is_free(std::string_view text) {
  const std::string bare = to_lower_ascii(tidy(text));
  static constexpr std::array free{"", "無", "免費", "free", "0", "免費索取"};
  return std::ranges::find(free, bare) != free.end();
}

std::string read_encoding(std::string_view text) {
  std::string found;
  for (const std::string_view part : split(text, ',')) {
    std::string name = tidy(part);
    const std::string bare = to_lower_ascii(name);
    if (bare == "utf-8" || bare == "utf8") name = "UTF-8";
    if (bare == "big5" || bare == "big-5") name = "Big5";
    if (name.empty() || bare == "無" || name == found) continue;
    if (!found.empty()) return {};
    found = name;
  }
  return found.size() <= 40 ? found : "";
}

std::string read_service_category(std::string_view text) {
  std::string name = tidy(text.substr(0, text.find('(')));
  if (name == "購屋及遷徒") name = "購屋及遷徙";  // as one city wrote it
  for (const vocabulary::Term& term : vocabulary::service_categories())
    if (name == term.code || name == term.zh_hant) return std::string(term.code);
  return {};
}

std::string read_dataset_kind(std::string_view text) {
  const std::string name = tidy(text);
  for (const vocabulary::Term& term : vocabulary::dataset_kinds())
    if (name == term.code || name == term.zh_hant) return std::string(term.code);
  const std::string bare = to_lower_ascii(name);
  if (bare == "rawdata") return "A";
  if (bare == "webservice" || bare == "webservices") return "B";
  return bare == "tool" || bare == "toolkit" ? "C" : "";
}

catalogue::Publisher read_publisher_name(std::string_view given) {
  const std::string text = tidy(given);
  catalogue::Publisher out;
  std::string name = text;
  if (const auto bar = text.find('|'); bar != std::string::npos) {
    out.oid = trim(std::string_view(text).substr(0, bar));
    name = trim(std::string_view(text).substr(bar + 1));
  } else if (starts_with_any(text, {"1.", "2."}) &&
             text.find_first_not_of("0123456789.") == std::string::npos) {
    out.oid = text;
    name = "";
  }
  const std::string_view open = "【", close = "】";
  if (const auto begin = name.find(open); begin != std::string::npos && name.ends_with(close)) {
    out.org_code = trim(std::string_view(name).substr(0, begin));
    name = name.substr(begin + open.size(), name.size() - begin - open.size() - close.size());
  }
  out.title.zh_hant = name;
  out.code = publisher_code(name.empty() ? out.oid : name);
  return out;
}

}  // namespace minben::interchange
