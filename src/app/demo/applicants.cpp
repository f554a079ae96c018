#include "applicants.hpp"

#include <array>

namespace minben::app::demo {

namespace {

struct Profession {
  std::string_view field, regulation, note;
  int weight;
};
constexpr std::array professions{
    Profession{"digital", "digital-1",
               "Lead engineer of a payment platform for eight years; contracts attached.", 22},
    Profession{"digital", "digital-2",
               "Designed open-source security tools used by several banks; references attached.",
               12},
    Profession{"science", "science-1",
               "Senior researcher in materials science; list of publications attached.", 18},
    Profession{"science", "science-2",
               "Principal investigator of two funded projects; award letters attached.", 12},
    Profession{"economy", "economy-1",
               "Head of product at an electronics maker; pay slips of the last year attached.", 16},
    Profession{"education", "education-1",
               "Associate professor of linguistics; letter of appointment attached.", 6},
    Profession{"culture", "culture-1",
               "Documentary film maker; festival programmes and reviews attached.", 5},
    Profession{"finance", "finance-1", "Risk officer of an insurance group; certificates attached.",
               5},
    Profession{"biotech", "biotech-1",
               "Leads clinical trials of a vaccine; registry entries attached.", 4},
};

const Profession& pick_profession(Random& random) {
  int total = 0;
  for (const Profession& profession : professions) total += profession.weight;
  auto draw = static_cast<int>(random.below(static_cast<std::uint64_t>(total)));
  for (const Profession& profession : professions)
    if ((draw -= profession.weight) < 0) return profession;
  return professions.front();
}

std::string_view pick_situation(const Resident& resident, Random& random) {
  if (!resident.in_taiwan) return "overseas";
  return random.below(3) == 0 ? "conversion" : "visitor";
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

/// As in the machine-readable zone: surname, given names.
std::string passport_name(const std::string& name) {
  const std::size_t space = name.rfind(' ');
  if (space == std::string::npos) return upper(name);
  return upper(name.substr(space + 1)) + ", " + upper(name.substr(0, space));
}

}  // namespace

bool may_apply(const Resident& resident, Date today) {
  return !resident.is_citizen() && days_between(today, resident.passport_expires) > 400;
}

JsonObject gold_card_answers(const Resident& resident, bool prc, Random& random) {
  const Profession& profession = pick_profession(random);
  JsonObject answers;
  answers["field"] = profession.field;
  answers["regulation"] = profession.regulation;
  if (profession.regulation == "economy-1")
    answers["monthly_salary_twd"] = static_cast<std::int64_t>(165'000 + 1000 * random.below(200));
  answers["situation"] = pick_situation(resident, random);
  answers["years"] = static_cast<std::int64_t>(1 + random.below(3));
  answers["nationality_class"] = resident.nationality == "HK"   ? "hk_macau"
                                 : resident.nationality == "US" ? "special"
                                                                : "general";
  answers["name_latin"] = passport_name(resident.name);
  answers["birth_date"] = to_string(resident.born);
  answers["sex"] = resident.sex;
  answers["nationality"] = resident.nationality;
  answers["passport_no"] = resident.passport;
  answers["passport_valid_until"] = to_string(resident.passport_expires);
  answers["evidence_note"] = profession.note;
  answers["prc_employment"] = prc;
  if (prc) answers["prc_employment_detail"] = "Two years at a subsidiary in Shanghai until 2021.";
  answers["email"] = resident.email;
  answers["phone"] = fmt::format("+886 2 0000 {:04}", random.below(10'000));
  return answers;
}

}  // namespace minben::app::demo
