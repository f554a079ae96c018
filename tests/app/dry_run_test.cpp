#include <gtest/gtest.h>

#include "commands.hpp"
#include "exchange/dry_run.hpp"
#include "files.hpp"
#include "support/shared.hpp"

namespace minben::app {
namespace {

using namespace exchange;

const Instant noon = parse_instant("2026-11-23T12:00:00Z").value();
const SubsystemId boca{"MINBEN", "GOV", "boca", "casework"};
const ServiceId cards{{"MINBEN", "GOV", "nia", "register"}, "cards"};

class GatewayDryRun : public ::testing::Test {
 protected:
  GatewayDryRun() {
    const auto key = trust::SigningKey::from_ed25519_seed(Bytes(32, 1)).value();
    configuration_.instance = "MINBEN";
    configuration_.issued_at = noon;
    configuration_.expires_at = noon + days(30);  // long ago when this runs: a draft is no claim
    configuration_.consent_key = key.verify_key();
    for (const char* member : {"nia", "boca"})
      configuration_.members.push_back({"GOV",
                                        AgencyCode{member},
                                        {member, member},
                                        {{"gw1", "https://localhost:1", key.verify_key(), {}}},
                                        {}});
    configuration_.services = {{cards, {"卡", "Cards"}, false, {"name"}}};
    AccessRule rule;
    rule.id = "cards";
    rule.consumer = boca;
    rule.service = cards;
    rule.purposes = {"issue"};
    rule.basis = Basis::law;
    rule.legal_basis = "入出國及移民法 §22";
    rule.fields = {"name"};
    configuration_.rules = {rule};
    write("before.json", sign_configuration(configuration_, key).value());
    const PastDecision record{noon,    boca, cards, net::Method::get, {"7"},
                              "issue", "",   {},    "granted"};
    write("decisions.jsonl", write_json(to_json(record)) + "\n\n");
  }
  void write(const std::string& name, std::string_view text) {
    ASSERT_TRUE(write_file(directory_.path() / name, text));
  }
  /// Exit status, with the changed configuration as the new one.
  template <class Change>
  int run(Change change) {
    Configuration after = configuration_;
    change(after);
    const auto key = trust::SigningKey::generate(trust::KeyType::ed25519);
    write("after.json", sign_configuration(after, key).value());
    return again();
  }
  int again() {
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int status = command::dry_run_gateway({.configuration = directory_.path() / "after.json",
                                                 .before = directory_.path() / "before.json",
                                                 .gateway = {},
                                                 .decisions = directory_.path() / "decisions.jsonl",
                                                 .json = json_});
    out_ = ::testing::internal::GetCapturedStdout();
    error_ = ::testing::internal::GetCapturedStderr();
    return status;
  }

  test::TemporaryDirectory directory_;
  Configuration configuration_;
  bool json_ = false;
  std::string out_, error_;
};

TEST_F(GatewayDryRun, ItsStatusSaysWhetherAnythingWouldBeRefused) {
  EXPECT_EQ(run([](Configuration&) {}), 0);
  EXPECT_EQ(run([](Configuration& c) { c.rules[0].case_required = true; }), 1);
  EXPECT_NE(out_.find("rule cards"), out_.npos) << out_;
  EXPECT_NE(out_.find("would be refused by case_required: 1"), out_.npos) << out_;
  EXPECT_NE(out_.find("MINBEN/GOV/boca/casework asks"), out_.npos) << out_;
  json_ = true;
  EXPECT_EQ(again(), 1);
  EXPECT_EQ(parse_json(out_).value().at("all").at("newly_refused").as_int64(), 1);
}

TEST_F(GatewayDryRun, NamesTheFileAndPlaceThatIsWrong) {
  ASSERT_EQ(run([](Configuration&) {}), 0);
  write("decisions.jsonl", "\n{\"at\": \"2026-11-23T12:00:00Z\"}\n");
  EXPECT_EQ(again(), 2);
  EXPECT_NE(error_.find("decisions.jsonl:2"), error_.npos) << error_;
  EXPECT_NE(error_.find("consumer"), error_.npos) << error_;
  write("after.json", R"({"version": 1})");
  EXPECT_EQ(again(), 2);
  EXPECT_NE(error_.find("after.json: instance"), error_.npos) << error_;
}

}  // namespace
}  // namespace minben::app
