#include "roles.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>

#include "names.hpp"

namespace minben::intake {

namespace {

// 內政部 縣市代碼, today's and those of before 2010 and 2014 that older tables have.
constexpr std::array<std::string_view, 30> county_codes{
    "63000", "64000", "65000", "66000", "67000", "68000", "09007", "09020", "10001", "10002",
    "10003", "10004", "10005", "10006", "10007", "10008", "10009", "10010", "10011", "10012",
    "10013", "10014", "10015", "10016", "10017", "10018", "10019", "10020", "10021", "9007"};
constexpr std::array<std::string_view, 27> county_names{
    "臺北市", "新北市", "桃園市", "臺中市", "臺南市", "高雄市", "基隆市", "新竹市", "嘉義市",
    "新竹縣", "苗栗縣", "彰化縣", "南投縣", "雲林縣", "嘉義縣", "屏東縣", "宜蘭縣", "花蓮縣",
    "臺東縣", "澎湖縣", "金門縣", "連江縣", "臺北縣", "桃園縣", "臺中縣", "臺南縣", "高雄縣"};

bool all_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool begins_with_county(std::string_view code) {
  return std::ranges::any_of(county_codes, [&](std::string_view county) {
    return county.size() == 5 && code.starts_with(county.substr(0, code[0] == '6' ? 2 : 5));
  });
}

bool is_county_code(std::string_view value) {
  return std::ranges::find(county_codes, value) != county_codes.end();
}
bool is_town_code(std::string_view value) {
  return value.size() == 8 && all_digits(value) && begins_with_county(value);
}
bool is_village_code(std::string_view value) {
  if (value.size() == 12 && value[8] == '-')
    return is_town_code(value.substr(0, 8)) && all_digits(value.substr(9));
  return value.size() == 11 && all_digits(value) && begins_with_county(value);
}
bool is_county_name(std::string_view value) {
  return std::ranges::find(county_names, std::string_view(folded(value))) != county_names.end();
}
/// 板橋區, 新北市板橋區
bool is_town_name(std::string_view value) {
  const std::string name = folded(value);
  std::string_view rest = name;
  for (const std::string_view county : county_names)
    if (rest.starts_with(county)) {
      rest.remove_prefix(county.size());
      break;
    }
  if (rest.size() < 6 || rest.size() > 15) return false;  // two to five characters
  return std::ranges::any_of(std::array{"鄉", "鎮", "市", "區"},
                             [&](std::string_view end) { return rest.ends_with(end); });
}

/// At least nine in ten rows of the sample.
bool mostly(const ColumnProfile& profile, const std::function<bool(std::string_view)>& is) {
  int all = 0, found = 0;
  for (const auto& [value, count] : profile.sampled()) {
    all += count;
    if (is(trim(value))) found += count;
  }
  return all > 0 && found * 10 >= all * 9;
}

bool is_named(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

Role coordinate(std::string_view name, const ColumnProfile& profile) {
  const bool longitude = has_word(name, {"經度", "longitude", "wgs84x", "xwgs84"}) ||
                         is_named(name, {"lng", "lon", "long", "px", "x", "x坐標", "x座標", "坐標x",
                                         "座標x", "坐標經度", "gpsx", "stalng", "poslon"});
  const bool latitude = has_word(name, {"緯度", "latitude", "wgs84y", "ywgs84"}) ||
                        is_named(name, {"lat", "py", "y", "y坐標", "y座標", "坐標y", "座標y",
                                        "gpsy", "stalat", "poslat"});
  // Taiwan's ranges do not overlap: of columns whose names are exchanged the values decide.
  if (longitude && within(profile, 20, 27)) return Role::latitude;
  if (latitude && within(profile, 117, 125)) return Role::longitude;
  if (longitude && within(profile, -180, 180) && !within(profile, -15, 15)) return Role::longitude;
  if (latitude && within(profile, -90, 90) && !within(profile, -15, 15)) return Role::latitude;
  return Role::none;
}

/// Codes and names of places, by what the values are; of few villages a name has to say so too.
Role place(std::string_view name, Type type, const ColumnProfile& profile) {
  if (type != Type::text && type != Type::integer) return Role::none;
  const bool named = has_word(name, {"代碼", "code", "id", "代號", "縣市", "鄉鎮", "村里", "區域"});
  if (named && mostly(profile, is_county_code)) return Role::county_code;
  if (named && mostly(profile, is_town_code)) return Role::town_code;
  if (named && mostly(profile, is_village_code)) return Role::village_code;
  if (type != Type::text) return Role::none;
  if (mostly(profile, is_county_name)) return Role::county_name;
  const bool town = has_word(name, {"鄉鎮", "市區", "行政區", "區域", "區別", "town", "district",
                                    "sarea", "area", "鄉", "區", "地區"});
  if (town && mostly(profile, is_town_name)) return Role::town_name;
  return Role::none;
}

bool is_year(std::string_view name, const ColumnProfile& profile) {
  const bool named = (has_word(name, {"年度", "年份", "學年", "統計年", "西元年", "民國年"}) &&
                      !has_word(name, {"年月", "年齡"})) ||
                     is_named(name, {"年", "year", "yyy", "yyyy", "statisticyyy", "年別"});
  return named && (within(profile, 1800, 2200) || within(profile, 1, 300));
}

bool is_category(Type type, const ColumnProfile& profile) {
  if (type != Type::text && type != Type::boolean) return false;
  if (profile.sample_overflowed()) return false;
  const auto different = static_cast<std::int64_t>(profile.sampled().size());
  return different >= 1 && different <= 100 && different * 3 <= profile.values();
}

}  // namespace

bool within(const ColumnProfile& profile, double low, double high) {
  return mostly(profile, [&](std::string_view value) {
    double number = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
    return read.ec == std::errc{} && number >= low && number <= high;
  });
}

Role role_of(std::string_view name, Type type, const ColumnProfile& profile) {
  if (type == Type::geometry || profile.values() == 0) return Role::none;
  const std::string plain = folded(name);
  const bool number = type == Type::integer || type == Type::number;
  if (number)
    if (const Role found = coordinate(plain, profile); found != Role::none) return found;
  if (const Role found = place(plain, type, profile); found != Role::none) return found;
  if ((type == Type::integer || type == Type::text) && is_year(plain, profile)) return Role::year;
  if (is_category(type, profile)) return Role::category;
  const bool identifies = says_identifier(name) || says_code(name);
  if (profile.all_different() && (type == Type::text || (type == Type::integer && identifies)))
    return Role::identifier;
  return number && !identifies ? Role::measure : Role::none;
}

}  // namespace minben::intake
