#include "registers.hpp"

#include <array>
#include <fstream>

#include <fmt/format.h>

#include "../files.hpp"
#include "plan.hpp"

namespace minben::app::demo {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t seed = 1912;

JsonObject person_record(const Resident& resident) {
  return {{"name_latin", resident.name},
          {"name_zh", resident.name_zh},
          {"birth_date", to_string(resident.born)},
          {"sex", resident.sex},
          {"nationality", resident.nationality},
          {"household_registered", resident.is_citizen()},
          {"address_zh", resident.address_zh},
          {"address_en", resident.address_en}};
}

JsonObject residence_record(const Resident& resident, Date today, Random& random) {
  if (resident.is_citizen())
    return {{"status", "citizen"}, {"valid_until", nullptr}, {"overstayed", false}};
  if (!resident.in_taiwan)
    return {{"status", "none"}, {"valid_until", nullptr}, {"overstayed", random.below(60) == 0}};
  const Date until = add_days(today, 20 + static_cast<int>(random.below(900)));
  return {{"status", random.below(3) == 0 ? "resident" : "visitor"},
          {"valid_until", to_string(until)},
          {"overstayed", random.below(60) == 0}};
}

JsonObject employment_record(const Resident& resident, Date today, Random& random) {
  constexpr std::array<std::string_view, 5> employers = {"示範科技股份有限公司",
                                                         "樣本生技股份有限公司", "範例大學",
                                                         "虛構顧問有限公司", "展示影像工作室"};
  if (resident.is_citizen() || !resident.in_taiwan || random.below(3) != 0)
    return {{"employer", ""}, {"permit_until", nullptr}, {"monthly_salary_twd", nullptr}};
  return {{"employer", employers[random.below(employers.size())]},
          {"permit_until", to_string(add_days(today, 30 + static_cast<int>(random.below(700))))},
          {"monthly_salary_twd", static_cast<std::int64_t>(60'000 + 1'000 * random.below(200))}};
}

JsonObject visa_record(const Resident& resident, Date today, Random& random) {
  if (resident.is_citizen() || random.below(3) == 0)
    return {{"last_visa", "none"}, {"last_visa_expires", nullptr}, {"refused_before", false}};
  return {{"last_visa", random.below(2) == 0 ? "visitor" : "resident"},
          {"last_visa_expires", to_string(add_days(today, -static_cast<int>(random.below(800))))},
          {"refused_before", random.below(50) == 0}};
}

JsonObject identity_record(const Resident& resident, bool deceased) {
  return {{"household_number", resident.household_number},
          {"name", resident.name_zh},
          {"name_latin", resident.name},
          {"state", deceased ? "deceased" : "living"}};
}

struct Record {
  std::string_view service;
  std::string key;
  JsonObject value;
};

/// What is asked by national id. The first citizen of the list has died, so that it can be seen
/// what then happens.
std::vector<Record> asked_records(std::string_view agency, const Resident& resident,
                                  bool deceased) {
  if (agency == "ris" && resident.is_citizen())
    return {{identity_check, resident.number, identity_record(resident, deceased)}};
  if (agency == "nhi" && !resident.health_card.empty())
    return {{card_check,
             resident.number,
             {{"card_number", resident.health_card}, {"valid", !deceased}}}};
  return {};
}

/// The household register lists a guardian's minors; it and others know the minors themselves.
JsonObject guardianship_record(const Resident& guardian, const Resident& child) {
  return {{"name", guardian.name_zh},
          {"wards", JsonArray{JsonObject{{"number", child.number},
                                         {"name", child.name_zh},
                                         {"name_latin", child.name},
                                         {"birth_date", to_string(child.born)}}}}};
}

std::vector<Record> records_of_minors(std::string_view agency,
                                        const std::vector<Resident>& residents,
                                        const std::vector<Minor>& minors) {
  std::vector<Record> records;
  for (const auto& [self, guardian] : minors) {
    if (agency == "ris") {
      const Resident& parent = residents[guardian];
      records.push_back({guardianship, parent.number, guardianship_record(parent, self)});
      records.push_back({"person", self.number, person_record(self)});
    }
    for (Record& record : asked_records(agency, self, false)) records.push_back(std::move(record));
  }
  return records;
}

std::vector<Record> records_of_companies(std::string_view agency,
                                         const std::vector<Resident>& residents) {
  std::vector<Record> records;
  if (agency != "moea") return records;
  for (const Company& company : make_companies(residents))
    records.push_back({company_check,
                       company.number,
                       {{"representative", residents[company.representative].number},
                        {"status", "operating"},
                        {"name", company.name},
                        {"name_latin", company.name_latin}}});
  return records;
}

/// What one register says about one resident; empty for agencies that keep no register of persons.
JsonObject record_of(std::string_view agency, const Resident& resident, Date today,
                     Random& random) {
  if (agency == "ris") return {{"person", person_record(resident)}};
  if (agency == "nia") return {{"residence", residence_record(resident, today, random)}};
  if (agency == "wda") return {{"employment", employment_record(resident, today, random)}};
  if (agency == "boca") return {{"visas", visa_record(resident, today, random)}};
  return {};
}

fs::path file_of(const fs::path& directory, std::string_view agency) {
  return directory / (std::string(agency) + ".jsonl");
}

}  // namespace

Result<std::vector<Resident>> write_registers(const fs::path& directory, const Clock& clock) {
  SeededRandom random(seed);
  const Date today = taiwan_date(clock.now());
  std::vector<Resident> residents = make_residents(population, today, random);
  SeededRandom of_minors(seed + 1);
  const std::vector<Minor> minors = make_minors(residents, today, of_minors);
  for (const auto& [agency, name_zh, name_en] : agencies) {
    std::string lines;
    const auto add = [&](std::string_view service, std::initializer_list<std::string_view> keys,
                         const JsonObject& value) {
      const JsonArray all(keys.begin(), keys.end());
      lines += write_json(JsonObject{{"service", service}, {"keys", all}, {"value", value}}) + "\n";
    };
    for (const Resident& resident : residents) {
      for (const auto& [service, value] : record_of(agency, resident, today, random))
        add(service, {resident.passport, resident.number}, value.get_object());
      const bool deceased = &resident == residents.data();
      for (const Record& record : asked_records(agency, resident, deceased))
        add(record.service, {record.key}, record.value);
    }
    for (const Record& record : records_of_minors(agency, residents, minors))
      add(record.service, {record.key}, record.value);
    for (const Record& record : records_of_companies(agency, residents))
      add(record.service, {record.key}, record.value);
    const fs::path file = file_of(directory, agency);
    if (!fs::exists(file)) MINBEN_CHECK(write_file(file, lines));
  }
  return residents;
}

fs::path pseudonym_file(const fs::path& directory) { return directory / "pseudonyms.secret"; }

fs::path register_token_file(const fs::path& directory, std::string_view agency) {
  return directory / (std::string(agency) + ".token");
}

std::vector<std::string> register_command(const fs::path& directory, std::size_t number,
                                          const Ports& ports) {
  const std::string agency(agencies[number].code);
  std::vector<std::string> command{(program_directory() / "outside" / "register").string(),
                                   "--port",
                                   std::to_string(ports.register_of(number)),
                                   "--data",
                                   file_of(directory, agency).string(),
                                   "--state",
                                   (directory / (agency + ".state")).string(),
                                   "--writable",
                                   "cards",
                                   "outcomes",
                                   std::string(identity_check),
                                   "--asked",
                                   std::string(identity_check),
                                   std::string(card_check),
                                   std::string(guardianship),
                                   std::string(company_check)};
  if (agency != household_agency && agency != hearing_agency) return command;
  const auto add = [&](std::initializer_list<std::string> words) {
    command.insert(command.end(), words);
  };
  add({"--gateway", fmt::format("http://127.0.0.1:{}", ports.gateway_client(number)), "--client",
       fmt::format("MINBEN/GOV/{}/register", agency), "--token-file",
       register_token_file(directory, agency).string(), "--pseudonym-file",
       pseudonym_file(directory).string()});
  if (agency == household_agency)
    add({"--counter", "person", std::string(identity_check), "--publish",
         std::string(household_changes), "--publish-fields", "address_zh", "household_registered",
         "--publish-keys", std::string(deaths), "--publish-keys-fields", "state"});
  else
    add({"--subscribe",
         fmt::format("MINBEN/GOV/{}/register/{}", household_agency, household_changes), "--purpose",
         std::string(hearing_purpose), "--match", "employment"});
  return command;
}

}  // namespace minben::app::demo
