#include "house.hpp"

namespace minben::citizen {
namespace {

TEST_F(House, ShowsTheLedgerAndWhoHasWitnessedIt) {
  Browser stranger = browser();
  Page page = stranger.get("/en/ledger");
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(page.has("Not enough witnesses yet"));
  EXPECT_TRUE(page.has("0 of 2 have cosigned"));
  EXPECT_TRUE(page.has("at least 2 are needed"));
  EXPECT_TRUE(page.has("Missing"));
  const auto seen = *parse_instant("2026-03-02T08:59:00+08:00");
  cosign("nia", seen);
  page = stranger.get("/en/ledger");
  EXPECT_TRUE(page.has("1 of 2 have cosigned"));
  EXPECT_TRUE(page.has("National Immigration Agency"));
  EXPECT_TRUE(page.has("2026-03-02T00:59:00Z"));
  EXPECT_TRUE(page.has("Not enough witnesses yet"));
  cosign("wda", seen);
  page = stranger.get("/en/ledger");
  EXPECT_TRUE(page.has("Enough witnesses"));
  EXPECT_FALSE(page.has("Not enough witnesses yet"));
  EXPECT_FALSE(page.has("Missing"));
  EXPECT_TRUE(page.has("--policy ledger.policy"));
  EXPECT_TRUE(page.has("workbench.example/ledger"));
  page = stranger.get("/zh-Hant/ledger");
  EXPECT_TRUE(page.has("見證數已足"));
  EXPECT_TRUE(page.has("已有2個機關見證，共2個見證機關"));
  EXPECT_TRUE(stranger.get("/en").has("href=\"/en/ledger\""));
}

TEST_F(House, ShowsTheDailyNoticesAndWhyThereIsNone) {
  Browser stranger = browser();
  const auto write_notice = [&] {
    return world_->database().transact([&](store::Transaction& tx) { return notices_->write(tx); });
  };
  EXPECT_TRUE(stranger.get("/en/ledger").has("There is no notice yet"));
  EXPECT_EQ(must(write_notice()), ledger::Notices::Outcome::short_of_quorum);
  EXPECT_TRUE(stranger.get("/en/ledger").has("Since 2 March 2026, 09:00 no notice"));
  EXPECT_TRUE(stranger.get("/zh-Hant/ledger").has("自民國115年3月2日 09:00起"));
  for (const char* name : {"nia", "wda"}) cosign(name, world_->clock().now());
  EXPECT_EQ(must(write_notice()), ledger::Notices::Outcome::written);
  const Page page = stranger.get("/en/ledger");
  EXPECT_TRUE(page.has("href=\"/ledger/notices/2026-03-02\""));
  EXPECT_TRUE(page.has("Notice of 2 March 2026"));
  EXPECT_FALSE(page.has("no notice could be written"));
}

}  // namespace
}  // namespace minben::citizen
