// What a person takes along: the list of uses as filtered, and all consents.
#include "house.hpp"

namespace minben::citizen {
namespace {

class Exports : public House {
 protected:
  void used_by(const std::string& agency, const std::string& purpose) {
    must(world_->database().transact([&](store::Transaction& tx) {
      return world_->mydata().record_view(tx, {.person = applicant_.person,
                                               .case_id = CaseId::make(world_->clock(), random_),
                                               .agency = {agency},
                                               .officer_role = "caseworker",
                                               .fields = {{"/passport", {"護照", "Passport"}}},
                                               .purpose_code = "review",
                                               .purpose = {purpose, purpose},
                                               .legal_basis = {"法", "Law"}});
    }));
    world_->clock().advance(minutes(1));
  }
  casework::Applicant applicant_ = must(world_->new_applicant("DOE, JANE"));
};

TEST_F(Exports, HoldTheUsesAsFilteredAndNoFormulas) {
  used_by("nia", "=HYPERLINK(\"x\")");
  used_by("wda", "＝1+1");
  must(ledger::Sequencer(world_->database(), world_->logs()).run_once());
  Browser person = browser_of(applicant_);
  EXPECT_TRUE(person.get("/en/usage?agency=nia").has("/en/usage/csv?agency=nia"));
  const Page table = person.get("/en/usage/csv");
  EXPECT_TRUE(table.body.starts_with("\xEF\xBB\xBF\"time\",\"record\","));
  EXPECT_TRUE(table.has("\"'=HYPERLINK(\"\"x\"\")\"")) << table.body;
  EXPECT_TRUE(table.has("\"'＝1+1\"")) << table.body;
  EXPECT_TRUE(table.has("\"Workforce Development Agency\""));
  EXPECT_EQ(table.headers.get("Content-Type"), "text/csv; charset=utf-8");
  const Json all = parse_json(person.get("/en/usage/json").body).value();
  EXPECT_EQ(all.at("uses").as_array().size(), 2u);
  EXPECT_EQ(all.at("complete"), true);
  EXPECT_EQ(string_or(all, "person"), to_string(applicant_.person));
  EXPECT_TRUE(all.at("uses").at(0).at("ledger").is_object());
  const Json some = parse_json(person.get("/en/usage/json?agency=nia").body).value();
  ASSERT_EQ(some.at("uses").as_array().size(), 1u);
  EXPECT_EQ(some.at("uses").at(0).at("agency"), "nia");
  Browser other = browser_of(must(world_->new_applicant("ROE, RICHARD")));
  EXPECT_FALSE(other.get("/en/usage/csv").has("HYPERLINK"));
}

TEST_F(Exports, HoldAllConsentsWithTheirChanges) {
  mydata::ConsentRequest request{.person = applicant_.person,
                                 .case_id = CaseId::make(world_->clock(), random_),
                                 .terms = {},
                                 .answer_by = world_->clock().now() + days(9)};
  request.terms.provider = {"nia"};
  request.terms.subsystem = "register";
  request.terms.service = "residence";
  request.terms.title = {"居留", "Residence"};
  request.terms.fields = {{"status", {"身分", "Status"}}};
  request.terms.recipient = {"wda"};
  request.terms.recipient_subsystem = "casework";
  request.terms.purpose_code = "review";
  request.terms.purpose = {"審查", "Review"};
  request.terms.legal_basis = {"法", "Law"};
  const auto id = must(world_->database().transact(
      [&](store::Transaction& tx) { return world_->mydata().request(tx, request); }));
  must(world_->database().transact([&](store::Transaction& tx) {
    return world_->mydata().refuse(tx, applicant_.person, id, identity::Assurance::low);
  }));
  Browser person = browser_of(applicant_);
  EXPECT_TRUE(person.get("/en/consents").has("/en/consents/json"));
  const Json file = parse_json(person.get("/en/consents/json").body).value();
  const Json& one = file.at("consents").at(0);
  EXPECT_EQ(string_or(one, "consent"), to_string(id));
  EXPECT_EQ(string_or(one, "state"), "refused");
  EXPECT_EQ(one.at("changes").as_array().size(), 2u);
  EXPECT_EQ(one.at("changes").at(1).at("state"), "refused");
  EXPECT_TRUE(one.at("changes").at(1).at("ledger").is_null()) << "not in the log yet";
}

TEST_F(Exports, WhichLawsDelayUsesIsPublic) {
  const Page page = browser().get("/en/usage/delays");
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(page.has("no such law")) << "this house has none";
}

}  // namespace
}  // namespace minben::citizen
