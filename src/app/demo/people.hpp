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

/// A minor and who brings them up.
struct Minor {
  Resident self;
  std::size_t guardian = 0;  ///< its place among the residents
};
/// One of each fourth citizen of an age to have children; no mail, no phone.
std::vector<Minor> make_minors(const std::vector<Resident>& residents, Date today,
                                 Random& random);

/// Some citizens represent a company. No number of theirs was ever given out: they begin with 0000.
struct Company {
  std::string number;  ///< 統一編號
  std::string name;
  std::string name_latin;
  std::size_t representative = 0;
};
std::vector<Company> make_companies(const std::vector<Resident>& residents);

/// National id of a man or woman: letter, sex digit, serial and check digit. The letter Y (陽明山)
/// has not been given out since 1975 and its serials never came near 9,000,000, so none of these is
/// anybody's.
std::string make_national_id(bool woman, int serial);
/// UI No. in the form used since 2021: letter, 8 or 9, serial, check digit; same letter and range.
std::string make_ui_number(bool woman, int serial);
/// The weights of 戶籍法's numbering: true when the check digit fits.
bool has_valid_check_digit(std::string_view number);

}  // namespace minben::app::demo
