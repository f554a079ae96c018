#pragma once
// Generated people: names and numbers valid in form and belonging to nobody.
#include <string>
#include <vector>

#include "core/core.hpp"

namespace minben::app::demo {

/// Somebody in the demonstration country.
struct Resident {
  std::string number;   ///< 國民身分證統一編號 or 外來人口統一證號 (UI No.)
  std::string name;     ///< in Latin letters
  std::string name_zh;  ///< 中文姓名; foreign residents may have none
  std::string sex;      ///< "M", "F"
  Date born{};
  std::string nationality;  ///< ISO 3166-1 alpha-2
  std::string email;        ///< below the reserved domain people.example (RFC 2606)
  std::string address_zh;
  std::string address_en;
  std::string household_number;  ///< 戶號, of citizens
  std::string health_card;       ///< 健保卡卡號, of those who live in Taiwan
  std::string passport;
  Date passport_expires{};
  bool in_taiwan = true;

  [[nodiscard]] bool is_citizen() const { return nationality == "TW"; }
};

/// Half of them citizens. The same random source gives the same people.
std::vector<Resident> make_residents(int count, Date today, Random& random);

/// National id of a man or woman: letter, sex digit, serial and check digit. The letter Y (陽明山)
/// has not been given out since 1975 and its serials never came near 9,000,000, so none of these is
/// anybody's.
std::string make_national_id(bool woman, int serial);
/// UI No. in the form used since 2021: letter, 8 or 9, serial, check digit; same letter and range.
std::string make_ui_number(bool woman, int serial);
/// The weights of 戶籍法's numbering: true when the check digit fits.
bool has_valid_check_digit(std::string_view number);

}  // namespace minben::app::demo
