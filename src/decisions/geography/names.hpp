#pragma once
// Private: how names and codes of areas are compared, and what they were called before.
#include <string>
#include <string_view>

#include "geography.hpp"

namespace minben::geography {

/// 臺 as the law writes it, where 台 stands.
std::string with_formal_tai(std::string_view name);
/// For comparing: formal 臺, no spaces, without 臺灣省 and 福建省; English in small letters and
/// digits alone ("Da'an Dist." is "daandist").
std::string name_key(std::string_view name);
/// A key without its ending when that says the kind of area: 縣市鄉鎮區村里, "dist", "county" …
std::string_view stem(std::string_view key);
bool is_latin(std::string_view text);  ///< by its first character

/// A code of today for one as it may be written: no hyphens or spaces, lost zeros put back,
/// renamed counties followed. Empty when it is no code.
struct TodaysCode {
  std::string code;
  Note note = Note::none;
};
TodaysCode todays_code(std::string_view text);

/// A county that is called otherwise today, or was merged; `key` begins with it.
struct FormerCounty {
  std::string_view name;
  std::string_view code;  ///< today's
};
const FormerCounty* former_county(std::string_view key);
/// A town with a name that would be taken for another's; empty: none.
std::string_view former_town(std::string_view key);

}  // namespace minben::geography
