// Tables made at random, written as agencies write them, come back as they were: any encoding,
// separator, line end and spelling, and as JSON and XML.
#include <map>

#include <fmt/format.h>

#include "big5.hpp"
#include "support.hpp"

namespace minben::intake::test {
namespace {

struct Made {
  std::vector<std::string> names;
  std::vector<Type> types;
  Table rows;     ///< canonical
  Table written;  ///< as a publisher spells them
};

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  int pick(int count) { return static_cast<int>(random_.below(static_cast<std::uint64_t>(count))); }
  bool one_in(int count) { return pick(count) == 0; }

  Made table() {
    Made made;
    const int columns = 2 + pick(7), rows = 12 + pick(40);
    for (int i = 0; i < columns; ++i) {
      const auto type = static_cast<Type>(i == 0 ? 0 : pick(6));
      const bool moment = type == Type::date || type == Type::timestamp;
      made.types.push_back(type);
      made.names.push_back(fmt::format("{}{}", moment ? "日期" : "欄位", i + 1));
    }
    made.rows.resize(static_cast<std::size_t>(rows));
    made.written.resize(made.rows.size());
    for (const Type type : made.types) {
      const int style = pick(4);
      for (std::size_t i = 0; i < made.rows.size(); ++i) {
        const bool null = i > 2 && one_in(6);
        const auto [plain, spelled] = value(type, style);
        made.rows[i].push_back(null ? Value{} : Value(plain));
        made.written[i].push_back(null ? Value{} : Value(spelled));
      }
    }
    return made;
  }

 private:
  std::pair<std::string, std::string> value(Type type, int style) {
    switch (type) {
      case Type::integer:
        return integer(style);
      case Type::number: {
        const std::string text = fmt::format("{}.{:02}5", pick(3000) - 1500, pick(100));
        return {text, style == 1 ? full_width(text) : text};
      }
      case Type::boolean: {
        const bool is = one_in(2);
        return {is ? "true" : "false", style == 1 ? (is ? "TRUE" : "False")
                                       : is       ? "true"
                                                  : "false"};
      }
      case Type::date:
        return date(style);
      case Type::timestamp:
        return timestamp(style);
      default:
        return text();
    }
  }
  std::pair<std::string, std::string> text() {
    static const std::vector<std::string> parts{
        "臺北市", "許功蓋", "A,b", "x;y|z", "他說\"好\"", "二\n行", "℃5", "tab\tin", "007", "１號"};
    std::string made = "文" + parts[static_cast<std::size_t>(pick(static_cast<int>(parts.size())))];
    if (one_in(3)) made += parts[static_cast<std::size_t>(pick(static_cast<int>(parts.size())))];
    return {made, made};
  }
  static std::string full_width(std::string_view text) {
    std::string wide;
    for (const char c : text)
      if (c >= '0' && c <= '9') wide += {'\xef', '\xbc', static_cast<char>(0x90 + (c - '0'))};
      else wide += c;
    return wide;
  }
  std::pair<std::string, std::string> integer(int style) {
    const int number = pick(5'000'000) - 100'000;
    const std::string plain = std::to_string(number);
    if (style == 1) return {plain, full_width(plain)};
    if (style != 2) return {plain, plain};
    std::string digits = std::to_string(std::abs(number));
    for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
      digits.insert(static_cast<std::size_t>(at), ",");
    return {plain, (number < 0 ? "-" : "") + digits};
  }
  std::pair<std::string, std::string> date(int style) {
    const int year = 1990 + pick(40), month = 1 + pick(12), day = 1 + pick(28);
    const std::string plain = fmt::format("{}-{:02}-{:02}", year, month, day);
    switch (style) {
      case 1:
        return {plain, fmt::format("{}/{}/{}", year, month, day)};
      case 2:
        return {plain, fmt::format("{:03}{:02}{:02}", year - 1911, month, day)};
      case 3:
        return {plain, fmt::format("民國{}年{}月{}日", year - 1911, month, day)};
      default:
        return {plain, plain};
    }
  }
  std::pair<std::string, std::string> timestamp(int style) {
    const auto [day, ignored] = date(0);
    const int hour = pick(24), minute = pick(60), second = 1 + pick(59);
    const std::string plain = fmt::format("{} {:02}:{:02}:{:02}", day, hour, minute, second);
    const std::string clock =
        fmt::format("{}:{:02}:{:02}", hour % 12 == 0 ? 12 : hour % 12, minute, second);
    if (style == 1) return {plain, day + " " + (hour < 12 ? "上午 " : "下午 ") + clock};
    if (style == 2)
      return {plain, fmt::format("{}/{} {:02}:{:02}:{:02}", std::stoi(day.substr(0, 4)) - 1911,
                                 day.substr(5, 2) + "/" + day.substr(8), hour, minute, second)};
    return {plain, plain};
  }

  SeededRandom random_;
};

std::string csv(const Made& made, Maker& maker) {
  const std::string separator(1, ",;\t|"[maker.pick(4)]);
  const std::string end = maker.one_in(2) ? "\r\n" : "\n";
  const bool quote_all = maker.one_in(3);
  std::string text;
  const auto line = [&](const std::vector<Value>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) text += separator;
      if (!cells[i]) continue;
      const bool needs =
          quote_all || cells[i]->find_first_of(separator + "\"\r\n") != std::string::npos;
      std::string cell = *cells[i];
      for (std::size_t at = 0; needs && (at = cell.find('"', at)) != std::string::npos; at += 2)
        cell.insert(at, "\"");
      text += needs ? "\"" + cell + "\"" : cell;
    }
    text += end;
  };
  line({made.names.begin(), made.names.end()});
  for (const auto& row : made.written) line(row);
  return text;
}

std::string encoded(const std::string& text, int encoding) {
  if (encoding == 0) return text;
  if (encoding == 1) return "\xef\xbb\xbf" + text;
  static const auto big5 = [] {
    std::map<std::string, std::string> codes;
    for (unsigned lead = 0xfe; lead >= 0xa1; --lead)
      for (unsigned trail = 0x40; trail <= 0xfe; ++trail) {
        if (!is_big5_trail(static_cast<unsigned char>(trail))) continue;
        const auto& one =
            big5_character(static_cast<unsigned char>(lead), static_cast<unsigned char>(trail));
        if (one.kind == Big5Character::standard)
          codes[std::string(one.text())] = {static_cast<char>(lead), static_cast<char>(trail)};
      }
    return codes;
  }();
  std::string out = encoding == 3 ? "\xff\xfe" : "";
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t size = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : 3;
    const std::string one = text.substr(i, size);
    i += size;
    if (encoding == 2) {
      out += size == 1 ? one : big5.contains(one) ? big5.at(one) : "?";
      continue;
    }
    const unsigned code = size == 1 ? byte
                          : size == 2
                              ? (byte & 0x1fu) << 6 | (one[1] & 0x3fu)
                              : (byte & 0x0fu) << 12 | (one[1] & 0x3fu) << 6 | (one[2] & 0x3fu);
    out += {static_cast<char>(code & 0xff), static_cast<char>(code >> 8)};
  }
  return out;
}

std::string json(const Made& made, Maker& maker) {
  JsonArray rows;
  for (const auto& row : made.written) {
    JsonObject one;
    for (std::size_t i = 0; i < row.size(); ++i)
      if (row[i]) one[made.names[i]] = *row[i];
      else if (maker.one_in(2)) one[made.names[i]] = nullptr;
    rows.emplace_back(std::move(one));
  }
  return write_json(JsonObject{{"success", true}, {"result", JsonObject{{"records", rows}}}});
}

std::string xml(const Made& made) {
  std::string text = "<資料>";
  for (const auto& row : made.written) {
    text += "<列>";
    for (std::size_t i = 0; i < row.size(); ++i)
      if (row[i]) text += fmt::format("<{0}><![CDATA[{1}]]></{0}>", made.names[i], *row[i]);
    text += "</列>";
  }
  return text + "</資料>";
}

/// Columns of records may come in another order: as records name them.
void expect_same(const Made& made, const Prepared& prepared) {
  ASSERT_EQ(prepared.inspection.columns.size(), made.names.size());
  EXPECT_EQ(prepared.rows, static_cast<std::int64_t>(made.rows.size()));
  const Table table = read_back(prepared);
  ASSERT_EQ(table.size(), made.rows.size());
  for (std::size_t i = 0; i < made.names.size(); ++i) {
    std::size_t at = 0;
    while (at < made.names.size() && prepared.inspection.columns[at].name != made.names[i]) ++at;
    ASSERT_LT(at, made.names.size()) << made.names[i];
    EXPECT_EQ(to_string(prepared.inspection.columns[at].type), to_string(made.types[i]))
        << made.names[i];
    for (std::size_t row = 0; row < table.size(); ++row) {
      Value expected = made.rows[row][i];
      if (expected && made.types[i] == Type::boolean) {
        Value found = table[row][at];
        if (found) found = to_lower_ascii(*found);
        EXPECT_EQ(found, expected);
      } else {
        EXPECT_EQ(table[row][at], expected) << made.names[i] << " row " << row;
      }
    }
  }
}

TEST(RoundTrip, TablesComeBackFromCsvJsonAndXml) {
  for (std::uint64_t seed = 1; seed <= 150 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Maker maker(seed);
    const Made made = maker.table();
    const int encoding = maker.pick(4);
    for (const std::string& bytes :
         {encoded(csv(made, maker), encoding), json(made, maker), xml(made)}) {
      Prepare prepare;
      const auto prepared = prepare.bytes(bytes);
      ASSERT_TRUE(prepared) << describe(prepared.error());
      expect_same(made, *prepared);
      if (testing::Test::HasFailure()) std::printf("%.600s\n", bytes.c_str());
    }
  }
}

}  // namespace
}  // namespace minben::intake::test
