#include "names.hpp"

#include <array>
#include <cctype>
#include <initializer_list>

namespace minben::geography {

namespace {

constexpr std::string_view formal_tai = "臺";
constexpr std::string_view common_tai = "台";
constexpr std::string_view wide_space = "\xe3\x80\x80";

/// The counties before 25 December 2010 and 2014.
constexpr std::array<FormerCounty, 5> former{{{"臺北縣", "65000"},
                                              {"桃園縣", "68000"},
                                              {"臺中縣", "66000"},
                                              {"臺南縣", "67000"},
                                              {"高雄縣", "64000"}}};

struct CodeChange {
  std::string_view old_county;
  std::string_view county;
  bool towns_alike;  ///< towns kept their numbers within the county
};
constexpr std::array<CodeChange, 7> code_changes{{{"10001", "65000", true},
                                                  {"10003", "68000", true},
                                                  {"10006", "66000", false},
                                                  {"10019", "66000", true},
                                                  {"10011", "67000", false},
                                                  {"10012", "64000", false},
                                                  {"10021", "67000", false}}};

std::string latin_key(std::string_view text) {
  std::string key;
  for (const char c : to_lower_ascii(text))
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) key += c;
  return key;
}

std::string_view without_ending(std::string_view key,
                                std::initializer_list<std::string_view> endings) {
  for (const std::string_view ending : endings)
    if (key.size() > ending.size() && key.ends_with(ending))
      return key.substr(0, key.size() - ending.size());
  return key;
}

}  // namespace

bool is_latin(std::string_view text) {
  return !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) != 0;
}

std::string with_formal_tai(std::string_view name) {
  std::string formal(name);
  for (std::size_t at = 0; (at = formal.find(common_tai, at)) != std::string::npos;)
    formal.replace(at, common_tai.size(), formal_tai);
  return formal;
}

std::string name_key(std::string_view name) {
  const std::string_view trimmed = trim(name);
  if (is_latin(trimmed)) return latin_key(trimmed);
  std::string key;  // rare characters stand in brackets: "[那]拔里"
  const std::string formal = with_formal_tai(trimmed);
  for (std::size_t i = 0; i < formal.size(); ++i) {
    if (formal.compare(i, wide_space.size(), wide_space) == 0) {
      i += wide_space.size() - 1;
    } else if (std::string_view(" \t[]").find(formal[i]) == std::string_view::npos) {
      key += formal[i];
    }
  }
  for (const std::string_view province : {"臺灣省", "福建省"})
    if (key.starts_with(province)) key.erase(0, province.size());
  return key;
}

std::string_view stem(std::string_view key) {
  if (is_latin(key))
    return without_ending(key,
                          {"county", "city", "township", "district", "dist", "village", "vil"});
  return without_ending(key, {"縣", "市", "鄉", "鎮", "區", "村", "里"});
}

TodaysCode todays_code(std::string_view text) {
  TodaysCode found;
  for (const char c : trim(text)) {
    if (c >= '0' && c <= '9') found.code += c;
    else if (c != '-' && c != ' ') return {};
  }
  std::string& code = found.code;
  if ((code.size() == 4 || code.size() == 7 || code.size() == 10) && code.starts_with('9')) {
    code.insert(0, "0");
    found.note = Note::lost_zero;
  } else if (code.size() == 7 || code.size() == 10) {
    code.insert(7, "0");
    found.note = Note::old_code;
  }
  if (code.size() != 5 && code.size() != 8 && code.size() != 11) return {};
  for (const CodeChange& change : code_changes) {
    if (!code.starts_with(change.old_county)) continue;
    if (code.size() > 5 && !change.towns_alike) return {};
    code.replace(0, 5, change.county);
    found.note = Note::old_code;
    break;
  }
  return found;
}

const FormerCounty* former_county(std::string_view key) {
  for (const FormerCounty& county : former)
    if (key.starts_with(county.name)) return &county;
  return nullptr;
}

std::string_view former_town(std::string_view key) {
  // 三民鄉 took the name 那瑪夏 in 2008; 三民區 is in the middle of the city.
  return key == "高雄縣三民鄉" ? "64000380" : "";
}

}  // namespace minben::geography
