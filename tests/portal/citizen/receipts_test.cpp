// The page where anyone drops a receipt or a file of many, without script: the server's check, and
// what it says.
#include "house.hpp"
#include "ledger/ledger.hpp"
#include "ledger/series.hpp"

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

  Page check(std::string_view language, const std::string& content, Fields fields = {}) {
    Browser stranger = browser();
    const std::string there = "/" + std::string(language) + "/receipts";
    EXPECT_EQ(stranger.get(there).status, 200);
    Page page = stranger.post_files(there, std::move(fields),
                                    {{"receipt", "mine.receipt", "text/plain", content}});
    // What the island could say is not what the page says.
    const auto words = page.body.find("data-words=\"");
    if (words != page.body.npos) page.body.erase(words, page.body.find("\" data-policy=") - words);
    return page;
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
  EXPECT_FALSE(whole.has("lacks witnesses"));
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
  EXPECT_EQ(check("en", std::string((4u << 20) + 1, ' ')).status, 422);
  EXPECT_EQ(check("en", std::string(5u << 20, ' ')).status, 413);
}

/// A person's entries, each following the one before.
struct ManyReceipts : Receipts {
  using Items = std::vector<ledger::SeriesItem>;

  static Json content(int n) {
    return must(parse_json(
        n % 2 == 1
            ? R"({"kind":"fetched","agency":"nia","provider":"wda","purpose":{"zh-Hant":"查核","en":"To check <it>"},)"
              R"("fields":[{"name":"salary","title":{"zh-Hant":"薪資","en":"Salary"}}]})"
            : R"({"kind":"viewed","agency":"wda","officer_role":"caseworker","purpose_code":"review"})"));
  }
  Items entries(int many, std::initializer_list<const char*> witnesses = {"nia", "wda"}) {
    struct Entry {
      ledger::Place place;
      ledger::Claim claim;
      Bytes salt;
      std::uint64_t index;
    };
    std::vector<Entry> all;
    std::optional<Hash> link;
    for (int n = 1; n <= many; ++n) {
      const ledger::Place place{static_cast<std::uint64_t>(n), link};
      const ledger::Claim claim{"usage", must(parse_instant("2026-03-02T01:02:03Z")) + minutes(n),
                                must(ledger::placed(content(n), place))};
      const Bytes salt(ledger::salt_bytes, static_cast<std::uint8_t>(n));
      const Hash digest = must(ledger::commitment_digest(claim, salt));
      all.push_back({place, claim, salt, must(world_->logs().newest().append(digest))});
      link = ledger::series_link(salt, digest);
    }
    for (const char* witness : witnesses) cosign(witness, world_->clock().now());
    Items items;
    for (const Entry& entry : all)
      items.push_back({entry.place, must(ledger::write_receipt(
                                        {entry.claim, entry.salt,
                                         must(world_->logs().newest().proof(entry.index))}))});
    return items;
  }
  Page check_all(std::string_view language, const Items& items, std::uint64_t of = 4) {
    return check(language, must(ledger::write_receipts("usage", of, items)));
  }
};

TEST_F(ManyReceipts, AreShownAsRows) {
  const Page english = check_all("en", entries(4));
  EXPECT_EQ(english.status, 200);
  for (const std::string_view there :
       {"The receipts are valid", "Complete: numbers 1 to 4, nothing between is left out",
        "A use of your data", "National Immigration Agency", "Case officer", "review",
        "Fetched from a register", "Looked at by an officer", "To check &lt;it&gt;", "Salary",
        "2 March 2026, 09:04", "mine.receipt"})
    EXPECT_TRUE(english.has(there)) << there;
  EXPECT_TRUE(english.has("Enough witnesses"));
  EXPECT_FALSE(english.has("lack witnesses"));
  EXPECT_FALSE(english.has("Not enough witnesses"));
  EXPECT_FALSE(english.has("The platform says"));
  EXPECT_FALSE(english.has("Erased"));
  EXPECT_FALSE(english.has("govuk-error-summary"));
  const Page chinese = check_all("zh-Hant", entries(4));
  for (const std::string_view there :
       {"收據全部有效", "完整：號碼 1 到 4，中間沒有遺漏。", "承辦人員", "民國115年3月2日 09:04"})
    EXPECT_TRUE(chinese.has(there)) << there;
}

TEST_F(ManyReceipts, SayWhatIsElsewhereAndWhatWasErased) {
  Items items = entries(4);
  EXPECT_TRUE(check_all("en", items, 9).has("The platform says that there are 9 of this kind"));
  items.erase(items.begin());
  EXPECT_TRUE(check_all("en", items).has("Those before number 2 are not in this file"));
  items[1].receipt.reset();
  const Page erased = check_all("en", items);
  EXPECT_EQ(erased.status, 200);
  EXPECT_TRUE(erased.has("Complete: numbers 2 to 4"));
  EXPECT_TRUE(erased.has("<div class=\"mb-cell\">3</div></th><td role=\"cell\" colspan=\"4\""));
  EXPECT_TRUE(erased.has("Its content was erased; its number is kept."));
  items.resize(1);
  EXPECT_TRUE(check_all("en", items).has("There is one in the file, with the number 2."));
  const Page none = check_all("en", {}, 0);
  EXPECT_EQ(none.status, 200);
  EXPECT_TRUE(none.has("There is no receipt in the file."));
}

TEST_F(ManyReceipts, AreRefusedWithTheirPlaceInTheFile) {
  const Items items = entries(6);
  Items fewer = items;
  fewer.erase(fewer.begin() + 2, fewer.begin() + 4);
  const Page left_out = check_all("en", fewer);
  EXPECT_EQ(left_out.status, 422);
  for (const std::string_view there :
       {"govuk-error-summary", "The file of receipts is not valid", "Code: left_out",
        "Receipt 3 in the file: entries before it were left out", "Missing: numbers 3 to 4."})
    EXPECT_TRUE(left_out.has(there)) << there;
  fewer = items;
  fewer.erase(fewer.begin() + 1);
  EXPECT_TRUE(check_all("zh-Hant", fewer).has("缺少的號碼：2。"));
  Items swapped = items;
  swapped[3] = items[2];
  EXPECT_TRUE(check_all("en", swapped).has("out_of_order"));
  std::string text = must(ledger::write_receipts("usage", 6, items));
  text.replace(text.rfind("\"wda\""), 5, "\"nia\"");
  const Page changed = check("en", text);
  EXPECT_TRUE(changed.has("content_mismatch"));
  EXPECT_TRUE(changed.has("Receipt 6 in the file: Content, time or kind"));
  EXPECT_TRUE(check("en", text + " ").has("not_receipts"));
  const Page other = check("en", must(ledger::write_receipts("consent", 6, items)));
  EXPECT_TRUE(other.has("other_series"));
  const Page key =
      check("en", must(ledger::write_receipts("usage", 6, items)), {{"key", "nonsense"}});
  EXPECT_EQ(key.status, 422);
  EXPECT_TRUE(key.has("href=\"#fkey\""));
}

TEST_F(ManyReceipts, SayWhenWitnessesAreMissing) {
  const Page lacking = check_all("en", entries(2, {"nia"}), 2);
  EXPECT_EQ(lacking.status, 200);
  EXPECT_TRUE(lacking.has("The receipts are valid, but lack witnesses"));
  EXPECT_TRUE(lacking.has("mb-verdict--short"));
  EXPECT_TRUE(lacking.has(" 1 / 2"));
  EXPECT_TRUE(lacking.has("Not enough witnesses</strong></div></td>")) << "beside each";
}

TEST_F(ManyReceipts, MayBeLargerThanOne) {
  Items items = entries(2);
  const Json large = JsonObject{{"kind", "viewed"}, {"event", std::string(900u << 10, 'x')}};
  const ledger::Claim claim{"usage", must(parse_instant("2026-03-02T01:02:03Z")),
                            must(ledger::placed(large, {1, {}}))};
  const Bytes salt(ledger::salt_bytes, 3);
  const Hash digest = must(ledger::commitment_digest(claim, salt));
  const auto index = must(world_->logs().newest().append(digest));
  items[0].receipt =
      must(ledger::write_receipt({claim, salt, must(world_->logs().newest().proof(index))}));
  const std::string twice = must(ledger::write_receipts("usage", 2, Items{items[0], items[0]}));
  ASSERT_GT(twice.size(), 1u << 20);
  EXPECT_TRUE(check("en", twice).has("out_of_order")) << "it was looked at";
}

}  // namespace
}  // namespace minben::citizen
