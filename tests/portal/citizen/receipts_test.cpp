// The page where anyone drops a receipt, without script: the server's check, and what it says.
#include "house.hpp"
#include "ledger/ledger.hpp"

namespace minben::citizen {
namespace {

struct Receipts : House {
  std::string receipt;

  Receipts() {
    const ledger::Claim claim{
        "usage", must(parse_instant("2026-03-02T01:02:03Z")),
        must(parse_json(
            R"({"agency":"nia","kind":"fetched","expires_at":"2026-03-05T16:00:00Z","purpose":{"zh-Hant":"查核","en":"To check <it>"},)"
            R"("fields":[{"name":"salary","title":{"zh-Hant":"薪資","en":"Salary"}}],)"
            R"("exchange":{"method":"GET","status":200}})"))};
    const Bytes salt(ledger::salt_bytes, 5);
    const Hash digest = must(ledger::commitment_digest(claim, salt));
    const auto index = must(world_->logs().newest().append(digest));
    remake = [=, this] {
      return must(ledger::write_receipt({claim, salt, must(world_->logs().newest().proof(index))}));
    };
    receipt = remake();
  }
  std::function<std::string()> remake;  ///< as it would be downloaded now
  using Hash = ledger::Hash;

  Page check(std::string_view language, std::string content, Fields fields = {}) {
    Browser stranger = browser();
    const std::string there = "/" + std::string(language) + "/receipts";
    EXPECT_EQ(stranger.get(there).status, 200);
    return stranger.post_files(there, std::move(fields),
                               {{"receipt", "mine.receipt", "text/plain", std::move(content)}});
  }
};

TEST_F(Receipts, AreShownInWords) {
  const Page english = check("en", receipt);
  EXPECT_EQ(english.status, 200);
  for (const std::string_view there :
       {"The receipt is valid", "A use of your data", "National Immigration Agency", "Salary",
        "To check &lt;it&gt;", "2 March 2026, 09:02", "6 March 2026, 00:00",
        "Fetched from a register", "mine.receipt", "GET", "200"})
    EXPECT_TRUE(english.has(there)) << there;
  EXPECT_FALSE(english.has("govuk-error-summary"));
  const Page chinese = check("zh-Hant", receipt);
  for (const std::string_view there : {"收據有效", "查核", "薪資", "民國115年3月2日 09:02"})
    EXPECT_TRUE(chinese.has(there)) << there;
}

TEST_F(Receipts, AreRefusedWithThePartThatIsWrong) {
  std::string changed = receipt;
  changed.replace(changed.find("\"nia\""), 5, "\"wda\"");
  const Page page = check("en", changed);
  EXPECT_EQ(page.status, 422);
  for (const std::string_view there :
       {"govuk-error-summary", "The receipt is not valid", "content_mismatch",
        "Content, time or kind are not what was committed", "govuk-tag--red"})
    EXPECT_TRUE(page.has(there)) << there;
  EXPECT_TRUE(check("en", "<b>no receipt</b>").has("not_a_receipt"));
}

TEST_F(Receipts, AreCheckedWithAKeyFromElsewhere) {
  const auto other =
      ledger::NoteVerifier::make("elsewhere",
                                 trust::SigningKey::generate(trust::KeyType::ed25519).verify_key())
          ->vkey();
  EXPECT_TRUE(check("en", receipt, {{"key", other}}).has("unsigned_note"));
  EXPECT_TRUE(
      check("en", receipt, {{"key", "  " + world_->logs().newest().vkey() + " "}}).has("is valid"));
  const Page page = check("en", receipt, {{"key", "nonsense"}});
  EXPECT_EQ(page.status, 422);
  EXPECT_TRUE(page.has("href=\"#fkey\""));
}

TEST_F(Receipts, SayWhenWitnessesAreMissing) {
  EXPECT_TRUE(check("en", receipt).has("The receipt is valid, but lacks witnesses"));
  cosign("nia", world_->clock().now());
  const Page page = check("zh-Hant", remake());
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(page.has("收據有效，但見證數不足"));
  EXPECT_TRUE(page.has("mb-verdict--short"));
  EXPECT_TRUE(page.has(" 1 / 2"));
  cosign("wda", world_->clock().now());
  const Page whole = check("en", remake());
  EXPECT_TRUE(whole.has("Enough witnesses"));
  EXPECT_FALSE(whole.has("lacks witnesses</h2>"));
  std::string spoiled = remake();
  const auto line = spoiled.find("witness.example/wda ");
  ASSERT_NE(line, spoiled.npos);
  spoiled[line + 60] = spoiled[line + 60] == 'A' ? 'B' : 'A';
  const Page refused = check("en", spoiled);
  EXPECT_EQ(refused.status, 422);
  EXPECT_TRUE(refused.has("bad_signature"));
}

TEST_F(Receipts, MustBeChosenAndSmall) {
  Browser stranger = browser();
  stranger.get("/en/receipts");
  const Page none = stranger.post("/en/receipts", {{"key", ""}});
  EXPECT_EQ(none.status, 422);
  EXPECT_TRUE(none.has("href=\"#freceipt\""));
  EXPECT_EQ(check("en", std::string((1u << 20) + 1, ' ')).status, 422);
  EXPECT_EQ(check("en", std::string(2u << 20, ' ')).status, 413);
}

}  // namespace
}  // namespace minben::citizen
