// Broken packages: every fault is named with file and line.
#include "world.hpp"

namespace minben::casework {
namespace {

struct Fault {
  const char* name;
  const char* file;  ///< edited
  const char* from;
  const char* to;
  const char* code;      ///< expected
  const char* reported;  ///< file in which it is reported; "" = the edited one
  const char* near;      ///< text whose line is reported, after the edit
};

void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

class BrokenPackage : public testing::TestWithParam<Fault> {};

int line_of(const std::string& text, std::string_view near) {
  const auto at = text.find(near);
  return at == text.npos
             ? -1
             : 1 + static_cast<int>(std::count(
                       text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

TEST_P(BrokenPackage, IsNamedWithFileAndLine) {
  const auto& fault = GetParam();
  ScratchFolder scratch;
  const auto folder = scratch.path() / "permit";
  std::filesystem::copy(test_packages / "permit", folder, std::filesystem::copy_options::recursive);
  replace_in(folder / fault.file, fault.from, fault.to);
  const auto errors = check_package(folder, test_agencies());
  const std::string file = *fault.reported ? fault.reported : fault.file;
  const int line = line_of(read_text(folder / file), fault.near);
  bool found = false;
  std::string all;
  for (const auto& error : errors) {
    all += describe(error) + "\n";
    found = found || (error.code == fault.code && error.field == file && error.line == line);
  }
  EXPECT_TRUE(found) << "expected " << fault.code << " at " << file << ":" << line << ", found:\n"
                     << all;
}

INSTANTIATE_TEST_SUITE_P(
    All, BrokenPackage,
    testing::Values(
        Fault{"NotToml", "service.toml", "owner = \"nia\"", "owner = nia", "not_toml", "",
              "owner ="},
        Fault{"UnknownKey", "service.toml", "appeal_days", "apeal_days", "unknown_key", "",
              "apeal_days"},
        Fault{"UnknownAgency", "service.toml", "agency = \"@routing\"", "agency = \"fsc\"",
              "unknown_agency", "", "\"fsc\""},
        Fault{"AgencyNotListed", "service.toml", "agency = \"@routing\"", "agency = \"boca\"",
              "agency_not_listed", "", "\"boca\""},
        Fault{"UnknownBreach", "service.toml", "[refusal.not_qualified]",
              "[deadline]\non_breach = \"perhaps\"\n[refusal.not_qualified]", "unknown_breach", "",
              "\"perhaps\""},
        Fault{"SilenceWithoutLaw", "service.toml", "[refusal.not_qualified]",
              "[deadline]\non_breach = \"approved\"\n[refusal.not_qualified]", "missing", "",
              "[deadline]"},
        Fault{"SilenceWithoutGround", "service.toml", "[refusal.not_qualified]",
              "[deadline]\non_breach = \"refused\"\nground = \"none\"\n[refusal.not_qualified]",
              "unknown_ground", "", "ground = \"none\""},
        Fault{"ReminderBeforeTheStart", "service.toml", "[refusal.not_qualified]",
              "[steps.check.deadline]\nreminders = [2, 5]\n[refusal.not_qualified]", "out_of_range",
              "", "reminders"},
        Fault{"SilenceOfAStepRefuses", "service.toml", "[refusal.not_qualified]",
              "[steps.check.deadline]\non_breach = \"advance\"\noutcome = \"refuse\"\n"
              "[refusal.not_qualified]",
              "advance_refuses", "", "outcome = \"refuse\""},
        Fault{"DeadlineOfNoOfficer", "service.toml", "[refusal.not_qualified]",
              "[steps.fetch_residence.deadline]\nreminders = [1]\n[refusal.not_qualified]",
              "deadline_without_officer", "", "[steps.fetch_residence.deadline]"},
        Fault{"MissingTranslation", "service.toml", "zh-Hant = \"測試許可\", ", "",
              "missing_translation", "", "title = { en"},
        Fault{"StepWithoutElement", "service.toml", "[steps.check]", "[steps.chek]",
              "unknown_element", "", "[steps.chek]"},
        Fault{"ElementWithoutStep", "process.bpmn", "userTask id=\"check\"", "userTask id=\"chek\"",
              "dangling_reference", "", "sourceRef=\"fetch_residence\""},
        Fault{"UnknownForm", "service.toml", "form = \"apply\"", "form = \"aply\"", "unknown_form",
              "", "\"aply\""},
        Fault{"UnknownDecision", "service.toml", "decision = \"Fee\"", "decision = \"Price\"",
              "unknown_decision", "", "\"Price\""},
        Fault{"UnknownProperty", "service.toml", "name = \"name_latin\"", "name = \"name\"",
              "unknown_property", "", "name = \"name\""},
        Fault{"PersonalVariable", "service.toml", "answers = [\"years\"]",
              "answers = [\"passport_no\"]", "personal_variable", "",
              "answers = [\"passport_no\"]"},
        Fault{"ExclusiveText", "service.toml", "exclusive = [\"field\"]",
              "exclusive = [\"name_latin\"]", "exclusive_not_choice", "", "exclusive ="},
        Fault{"FilterWithoutField", "service.toml", "filters = [\"/field\"]",
              "filters = [\"/feild\"]", "unknown_pointer", "", "filters ="},
        Fault{"FilterNotAPointer", "service.toml", "filters = [\"/field\"]",
              "filters = [\"field\"]", "unknown_pointer", "", "filters ="},
        Fault{"FilterByFreeText", "service.toml", "filters = [\"/field\"]",
              "filters = [\"/passport_no\"]", "filter_not_choice", "", "filters ="},
        Fault{"FilterByNumbers", "service.toml", "filters = [\"/field\"]", "filters = [\"/years\"]",
              "filter_not_choice", "", "filters ="},
        Fault{"FilterByPersonalData", "forms/apply.json",
              "\"x-title\": {\n        \"zh-Hant\": \"領域\"",
              "\"x-autocomplete\": \"sex\",\n      \"x-title\": {\n        \"zh-Hant\": \"領域\"",
              "personal_filter", "service.toml", "filters ="},
        Fault{"TooManyFilters", "service.toml", "filters = [\"/field\"]",
              "filters = [\"/field\", \"/field\", \"/field\", \"/field\", \"/field\", \"/field\"]",
              "out_of_range", "", "filters ="},
        Fault{"MissingSupplementText", "service.toml", "\"expired\"]", "\"expired\", \"gone\"]",
              "missing_text", "", "reasons ="},
        Fault{"UnknownItem", "service.toml", "\"residence\"]", "\"residense\"]", "unknown_item", "",
              "[steps.fetch_residence]"},
        Fault{"DocumentMissing", "service.toml", "documents = [\"permit\"]",
              "documents = [\"card\"]", "unknown_document", "", "[endings.issued]"},
        Fault{"BadFeel", "service.toml", "date(decided_on) +", "date(decided_on +", "feel_syntax",
              "", "valid_until ="},
        Fault{"UnknownPlaceholder", "documents/permit.toml", "{name_latin}", "{nickname}",
              "unknown_placeholder", "", "title ="},
        Fault{"BadCondition", "process.bpmn",
              "check_outcome =", "chek_outcome =", "feel_unknown_name", "", "chek_outcome"},
        Fault{"UnknownTopic", "process.bpmn", "minben:topic=\"fetch\"", "minben:topic=\"get\"",
              "step_kind_differs", "", "minben:topic=\"get\""},
        Fault{"ReviewBeforePayment", "process.bpmn", "<bpmn:sequenceFlow id=\"f1\"",
              "<bpmn:sequenceFlow id=\"f0\" sourceRef=\"start\" targetRef=\"check\"/>\n    "
              "<bpmn:sequenceFlow id=\"f1\"",
              "review_before_payment", "", "userTask id=\"check\""},
        Fault{"BadRule", "rules/rules.dmn", "700 + 1000 * years", "700 + 1000 *", "feel_syntax", "",
              "700 + 1000 *"},
        Fault{"RuleInputUnknown", "rules/rules.dmn",
              "<decision id=\"eligibility\" name=\"Eligibility\">\n    <variable "
              "name=\"Eligibility\"/>",
              "<inputData id=\"in_wage\" name=\"wage\"><variable name=\"wage\" "
              "typeRef=\"number\"/></inputData>\n"
              "  <decision id=\"eligibility\" name=\"Eligibility\">\n    <variable "
              "name=\"Eligibility\"/>\n"
              "    <informationRequirement id=\"r0\"><requiredInput "
              "href=\"#in_wage\"/></informationRequirement>",
              "unknown_property", "", "id=\"in_wage\""},
        Fault{"MinistryUnknown", "rules/rules.dmn", "\"moda\"", "\"modaa\"", "unknown_agency", "",
              "\"modaa\""},
        Fault{"ReasonWithoutText", "rules/rules.dmn", "\"salary_low\"", "\"salary_lower\"",
              "missing_text", "", "\"salary_lower\""},
        Fault{"GroundUnknown", "rules/rules.dmn", "\"supplement_lapsed\"", "\"too_late\"",
              "unknown_ground", "", "\"too_late\""},
        Fault{"GroundInputUnknown", "rules/rules.dmn", "name=\"opinions\"><variable",
              "name=\"opinion\"><variable", "unknown_property", "", "name=\"opinion\"><variable"},
        Fault{"ItemNamedLikeAnAnswer", "data.toml", "[items.employment]", "[items.years]",
              "name_taken", "", "[items.years]"},
        Fault{"DataWithoutPurpose", "data.toml", "purpose = \"permit.review\"", "", "missing", "",
              "[items.residence]"},
        Fault{"DataFromUnknownAgency", "data.toml", "provider = \"nia\"", "provider = \"tax\"",
              "unknown_agency", "", "\"tax\""},
        Fault{"BrokenForm", "forms/apply.json", "\"type\": \"object\",", "\"type\": \"object\"",
              "not_json", "", "\"properties\": {"},
        Fault{"BrokenExample", "examples/approved.json", "\"outcome\": \"approve\"",
              "\"outcome\": \"aprove\"", "unknown_outcome", "", "\"aprove\""}),
    [](const auto& info) { return info.param.name; });

TEST(Package, SoundOneHasNoFaults) {
  for (const auto& fault : check_package(test_packages / "permit", test_agencies()))
    ADD_FAILURE() << describe(fault);
}

TEST(Package, AllFaultsAreListedNotTheFirst) {
  ScratchFolder scratch;
  const auto folder = scratch.path() / "permit";
  std::filesystem::copy(test_packages / "permit", folder, std::filesystem::copy_options::recursive);
  replace_in(folder / "service.toml", "form = \"apply\"", "form = \"aply\"");
  replace_in(folder / "data.toml", "retention_days = 365", "");
  std::filesystem::remove(folder / "process.bpmn");
  std::set<std::string> files;
  for (const auto& fault : check_package(folder, test_agencies())) files.insert(fault.field);
  EXPECT_EQ(files, (std::set<std::string>{"service.toml", "data.toml", "process.bpmn"}));
}

TEST(Package, NoFolderIsAFault) {
  EXPECT_EQ(check_package("/nowhere/permit", test_agencies()).size(), 1u);
}

}  // namespace
}  // namespace minben::casework
