// The browser's verifier of files of receipts (web/islands/series_check.ts) and this one give the
// same verdict, naming the same place, on good files and on everything that can be made of them.
#include <gmock/gmock.h>

#include "browser_cases.hpp"
#include "ledger/series.hpp"

namespace minben::ledger {
namespace {

using test::BrowserCases;
using test::nested;
using test::verdict;
using test::Witnesses;

/// As the page gives it: which numbers, x for erased ones, and what the weakest checkpoint has.
std::string series_verdict(std::string_view text, std::string_view vkeys, const Policy* policy) {
  const auto checked = check_receipts(text, vkeys);
  if (!checked) {
    const SeriesFault& fault = checked.error();
    return fmt::format("{} {}: {} {}-{}", fault.at, fault.error.field, fault.error.code,
                       fault.first_missing, fault.last_missing);
  }
  std::string said = fmt::format("valid {} of {}:", checked->type, checked->entries);
  std::optional<std::pair<bool, std::size_t>> weakest;
  for (std::size_t i = 0; i < checked->items.size(); ++i) {
    const VerifiedItem& item = checked->items[i];
    said += fmt::format(" {}{}", item.place.number, item.receipt ? "" : "x");
    if (policy == nullptr || !item.receipt) continue;
    const auto judged = judge(*policy, item.receipt->note);
    if (!judged) return fmt::format("{} checkpoint: {} 0-0", i + 1, judged.error().code);
    const std::pair now{judged->quorum, judged->cosigned()};
    weakest = weakest ? std::min(*weakest, now) : now;
  }
  if (weakest) said += fmt::format(", {} {}", weakest->second, weakest->first ? "enough" : "short");
  return said;
}

/// Files of receipts: of a person whose entries are in two logs, the second the first's successor.
struct SeriesBrowser : BrowserCases {
  Witnesses witnesses;
  static constexpr std::string_view next_origin = "minben.example/browser/2";
  trust::SigningKey next_key = trust::SigningKey::from_ed25519_seed(sha256("next")).value();
  std::string next_vkey = NoteVerifier::make(next_origin, next_key.verify_key())->vkey();
  std::string both = vkey + "\n" + next_vkey;
  std::unique_ptr<Log> log = Log::open(temporary.path() / "first", origin, key).value();
  std::unique_ptr<Log> next = Log::open(temporary.path() / "next", next_origin, next_key).value();

  using Items = std::vector<SeriesItem>;
  struct Entry {
    Claim claim;
    Bytes salt;
    Hash digest;
  };
  /// Linked, each with a number; `who` tells persons apart.
  static std::vector<Entry> entries(std::uint8_t who, int many) {
    std::vector<Entry> all;
    std::optional<Hash> link;
    for (int n = 1; n <= many; ++n) {
      const Json content = JsonObject{{"n", n}, {"agency", "nia"}};
      Entry entry{{"usage", parse_instant("2026-11-23T04:05:06Z").value(),
                   placed(content, {static_cast<std::uint64_t>(n), link}).value()},
                  Bytes(salt_bytes, static_cast<std::uint8_t>(who + n)),
                  {}};
      entry.digest = commitment_digest(entry.claim, entry.salt).value();
      link = series_link(entry.salt, entry.digest);
      all.push_back(std::move(entry));
    }
    return all;
  }
  static Items append(Log& to, std::span<const Entry> those) {
    std::vector<Bytes> digests;
    for (const Entry& entry : those) digests.emplace_back(entry.digest.begin(), entry.digest.end());
    const auto indices = to.append_all(digests).value();
    Items items;
    for (std::size_t i = 0; i < those.size(); ++i)
      items.push_back(
          {place_of(those[i].claim.content).value_or(Place{}),
           write_receipt({those[i].claim, those[i].salt, to.proof(indices[i]).value()}).value()});
    return items;
  }
  Items person(std::uint8_t who, int many) {
    const auto all = entries(who, many);
    const auto half = static_cast<std::size_t>(many / 2);
    Items items = append(*log, std::span(all).first(half));
    std::ranges::move(append(*next, std::span(all).subspan(half)), std::back_inserter(items));
    return items;
  }
  /// A true receipt of something that has no number, or a wrong one.
  SeriesItem lone(std::string_view content) {
    Entry entry{
        {"usage", parse_instant("2026-11-23T04:05:06Z").value(), parse_json(content).value()},
        Bytes(salt_bytes, 9),
        {}};
    entry.digest = commitment_digest(entry.claim, entry.salt).value();
    return append(*log, std::span(&entry, 1)).front();
  }

  static std::string file(const Items& items, std::uint64_t of = 6,
                          std::string_view type = "usage") {
    return write_receipts(type, of, items).value();
  }
  std::string add_series(std::string_view text, std::string_view keys, const Policy* policy) {
    // Which of the two verifiers looks at a file must not differ either.
    std::string found =
        is_receipts_file(text) ? series_verdict(text, keys, policy) : verdict(text, keys);
    good += found.starts_with("valid");
    JsonObject one{{"text", base64_encode(as_bytes(text))}, {"key", keys}, {"verdict", found}};
    if (policy != nullptr) one["policy"] = write_policy(*policy);
    cases.push_back(std::move(one));
    return found;
  }
  std::string add_series(std::string_view text) { return add_series(text, both, nullptr); }

  void add_rearranged(const Items& items, const Items& others);
  void add_erased(const Items& items);
  void add_changed(const std::string& text);
  void add_misshapen(const Items& items);
};

void SeriesBrowser::add_rearranged(const Items& items, const Items& others) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto at = static_cast<std::ptrdiff_t>(i);
    Items changed = items;
    changed.erase(changed.begin() + at);
    EXPECT_EQ(add_series(file(changed)).starts_with("valid"), i == 0 || i + 1 == items.size());
    if (i + 2 < items.size()) {
      changed.erase(changed.begin() + at);
      add_series(file(changed));
    }
    changed = items;
    changed.insert(changed.begin() + at, items[i]);
    EXPECT_THAT(add_series(file(changed)), testing::HasSubstr("out_of_order"));
    if (i > 0) {
      changed = items;
      std::swap(changed[i], changed[i - 1]);
      EXPECT_FALSE(add_series(file(changed)).starts_with("valid"));
      changed = items;
      changed[i] = others[i];
      EXPECT_THAT(add_series(file(changed)), testing::HasSubstr("broken_link"));
    }
  }
}

void SeriesBrowser::add_erased(const Items& items) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    Items erased = items;
    erased[i].receipt.reset();
    EXPECT_THAT(add_series(file(erased)), testing::StartsWith("valid"));
    erased[i].place.after = sha256("another");
    add_series(file(erased));
    erased[i].place = {static_cast<std::uint64_t>(i) + 2, sha256("another")};
    add_series(file(erased));
  }
  Items all = items;
  for (SeriesItem& item : all) item.receipt.reset();
  add_series(file(all));
  for (const std::string_view place :
       {"null", "{}", "1", R"({"number":1})", R"({"number":1,"after":"AAAA"})",
        R"({"number":0,"after":""})", R"({"number":2,"after":""})", R"({"number":"1","after":""})",
        R"({"number":-1,"after":""})", R"({"number":1.5,"after":""})",
        R"({"number":9007199254740992,"after":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="})",
        R"({"number":9007199254740991,"after":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="})",
        R"({"number":5,"after":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV="})",
        R"({"number":1,"after":"","more":true})"})
    add_series(write_json_pretty(
        JsonObject{{"format", "minben-receipts/1"},
                   {"type", "usage"},
                   {"entries", 1},
                   {"receipts", JsonArray{JsonObject{{"erased", parse_json(place).value()}}}}}));
}

void SeriesBrowser::add_changed(const std::string& text) {
  for (int i = 0; i < 300; ++i) {
    std::string changed = text;
    const auto at = static_cast<std::size_t>(random.below(i % 3 == 0 ? 300 : text.size()));
    changed[at] = static_cast<char>(changed[at] ^ (1 << random.below(7)));
    add_series(changed);
    if (i % 6 == 0) add_series(text.substr(0, at));
  }
  for (const auto& [part, other] : std::initializer_list<std::pair<std::string, std::string>>{
           {"\"entries\": 6", "\"entries\": 0"},
           {"\"entries\": 6", "\"entries\": -1"},
           {"\"entries\": 6", "\"entries\": 6.0"},
           {"\"entries\": 6", "\"entries\": 6.5"},
           {"\"entries\": 6", "\"entries\": \"6\""},
           {"\"entries\": 6", "\"entries\": 9223372036854775807"},
           {"\"entries\": 6", "\"entries\": 9223372036854775808"},
           {"\"entries\": 6", "\"entries\": 6,\n  \"entries\": 7"},
           {"\"entries\": 6", "\"entries\": 6,\n  \"more\": null"},
           {"\"type\": \"usage\",\n  ", ""},
           {"\"type\": \"usage\",\n  ", "\"type\": \"consent\",\n  "},
           {"\"type\": \"usage\",\n  ", "\"type\": 1,\n  "},
           {"minben-receipts/1", "minben-receipts/2"},
           {"{", "{ "},
           {"{", "\xef\xbb\xbf{"},
           {"\"nia\"", "\"\xff\""},
           {"\"nia\"", "\"wda\""},
           {"\"number\": 1", "\"number\": 2"}}) {
    std::string changed = text;
    const auto at = changed.find(part);
    ASSERT_NE(at, changed.npos) << part;
    add_series(changed.replace(at, part.size(), other));
  }
  // The format is looked for at the beginning only.
  for (std::size_t pad = 140; pad < 180; ++pad)
    add_series("{\n  \"pad\": \"" + std::string(pad, 'x') + "\"," + text.substr(1));
  add_series(text + "\n");
  add_series(" " + text);
}

void SeriesBrowser::add_misshapen(const Items& items) {
  for (const std::string_view content :
       {"{}", "[]", R"({"series":null})", R"({"series":{"number":2,"after":""}})",
        R"({"series":{"number":1,"after":"x"}})"}) {
    EXPECT_THAT(add_series(file({lone(content)})), testing::HasSubstr("other_series"));
    Items mixed = items;
    mixed[4] = lone(content);
    add_series(file(mixed));
  }
  for (const std::string_view list : {"null", "{}", "[]", "[null]", "[1,2]", "[[]]", "[{}]"})
    add_series(write_json_pretty(JsonObject{{"format", "minben-receipts/1"},
                                            {"type", "usage"},
                                            {"entries", 3},
                                            {"receipts", parse_json(list).value()}}));
  for (const int depth : {26, 27, 28, 29, 30, 31, 32, 33, 34}) {
    const Json receipt = JsonObject{{"claim", parse_json(nested(depth)).value()}};
    add_series(file({{{}, write_json_pretty(receipt)}}));
    if (depth < 31)
      add_series(
          file({lone(R"({"deep":)" + nested(depth) + R"(,"series":{"number":1,"after":""}})")}));
  }
  add_series(file({lone(R"({"large":")" + std::string(1u << 20, 'x') +
                        R"(","series":{"number":1,"after":""}})")}));
  Items many;
  for (std::uint64_t n = 1; n <= most_receipts + 1; ++n)
    many.push_back({{n, n == 1 ? std::optional<Hash>() : sha256("before")}, {}});
  EXPECT_THAT(add_series(file(many)), testing::HasSubstr("not_receipts"));
  many.pop_back();
  EXPECT_THAT(add_series(file(many, 501)), testing::StartsWith("valid"));
}

TEST_F(SeriesBrowser, AgreesOnFilesOfReceipts) {
  const Items items = person(1, 6), others = person(100, 6);
  EXPECT_EQ(add_series(file(items)), "valid usage of 6: 1 2 3 4 5 6");
  EXPECT_EQ(add_series(file(items, 9)), "valid usage of 9: 1 2 3 4 5 6");
  add_series(file(Items(items.begin() + 2, items.end())));
  add_series(file({}));
  EXPECT_THAT(add_series(file(items), vkey, nullptr), testing::HasSubstr("4 checkpoint: "));
  for (const std::string& keys : {next_vkey, next_vkey + "\r\n\n" + vkey + "\n", std::string(),
                                  std::string("nonsense"), vkey + "\nnonsense"}) {
    add_series(file(items), keys, nullptr);
    add_series(file({}), keys, nullptr);
  }
  add_rearranged(items, others);
  add_erased(items);
  add_changed(file(items));
  add_misshapen(items);
  ASSERT_GE(good, 20);
  ASSERT_GE(cases.size(), 450u);
  compare();
}

TEST_F(SeriesBrowser, AgreesOnWhoHasCosignedFilesOfReceipts) {
  Items items = person(1, 6);
  const auto cosign = [&](std::size_t i, const std::vector<std::pair<int, int>>& by) {
    items[i].receipt = witnesses.cosigned(*items[i].receipt, by);
  };
  for (const char* end : {"quorum none", "quorum w1", "group g 2 w1 w2 w3\nquorum g"}) {
    const Policy by =
        parse_policy(fmt::format("log {}\nlog {}\n{}{}\n", vkey, next_vkey, witnesses.names, end))
            .value();
    items = person(1, 6);
    add_series(file(items), both, &by);
    for (std::size_t i = 0; i < items.size(); ++i) cosign(i, {{0, 1}, {1, 1700000000}});
    EXPECT_THAT(add_series(file(items), both, &by), testing::EndsWith("2 enough"));
    cosign(4, {{2, 1}});
    EXPECT_THAT(add_series(file(items), both, &by), testing::EndsWith(", 2 enough"));
    items[2] = person(1, 6)[2];
    add_series(file(items), both, &by);
    items[1].receipt.reset();
    add_series(file(items), both, &by);
    cosign(5, {{2, 0}});
    EXPECT_THAT(add_series(file(items), both, &by),
                testing::StartsWith("6 checkpoint: bad_signature"));
  }
  compare();
}

TEST_F(SeriesBrowser, AgreesOnTheLargestFiles) {
  const Items items = person(1, most_receipts);
  EXPECT_THAT(add_series(file(items, most_receipts)), testing::EndsWith(" 499 500"));
  compare();
}

}  // namespace
}  // namespace minben::ledger
