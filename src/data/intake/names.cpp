#include "names.hpp"

#include <algorithm>

#include "core/core.hpp"

namespace minben::intake {

namespace {

/// The English words of a name: "district_code", "townCode" and "TOWN CODE" have "code".
bool has_part(std::string_view name, std::initializer_list<std::string_view> words) {
  std::string part;
  const auto is_one = [&] { return std::ranges::find(words, part) != words.end(); };
  char before = 0;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z';
    const bool camel = upper && before >= 'a' && before <= 'z';
    if ((!upper && !lower) || camel) {
      if (is_one()) return true;
      part.clear();
    }
    if (upper || lower) part.push_back(static_cast<char>(c | 0x20));
    before = c;
  }
  return is_one();
}

}  // namespace

std::string folded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view three = text.substr(i, 3);
    if (three == "台") {
      out += "臺";
      i += 3;
    } else if (three.starts_with("\xef\xbc") || three == "\u3000") {  // full-width brackets, ：
      i += 3;
    } else {
      const char c = text[i++];
      const bool upper = c >= 'A' && c <= 'Z';
      if (upper) out.push_back(static_cast<char>(c | 0x20));
      else if (!std::string_view(" \t\r\n_-()[].:/").contains(c)) out.push_back(c);
    }
  }
  return out;
}

bool has_word(std::string_view name, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return name.contains(word); });
}

bool says_code(std::string_view name) {
  return has_word(name, {"代碼", "代號", "統編", "統一編號", "郵遞區號", "電話", "傳真", "手機",
                         "身分證", "帳號", "證號", "字號", "條碼", "區碼"}) ||
         has_part(name, {"code", "codes", "zip", "zipcode", "postcode", "postal", "phone", "tel",
                         "telephone", "fax", "mobile", "barcode", "isbn"}) ||
         has_word(folded(name), {"countycode", "towncode", "villcode", "villagecode"});
}

bool says_identifier(std::string_view name) {
  return has_word(name, {"編號", "序號", "項次", "識別", "流水號", "單號", "案號", "站號"}) ||
         has_part(name, {"id", "no", "sno", "uid", "uuid", "key", "pk", "fid", "oid", "seq",
                         "serial", "index", "number"});
}

bool says_date(std::string_view name) {
  return has_word(name, {"日期", "時間", "年月日", "日", "期限"}) ||
         has_part(name, {"date", "day", "time", "datetime", "timestamp", "updated", "created",
                         "infodate", "ymd", "dt", "issued", "modified"});
}

bool says_month(std::string_view name) {
  return !name.contains("日") &&
         (name.contains("年月") || has_part(name, {"yyymm", "yyyymm", "yearmonth", "month"}));
}

}  // namespace minben::intake
