// The browser's verifier of receipts (web/islands/receipt_check.ts) and this one give the same
// verdict, naming the same part, on good receipts and on everything that can be made of them.
#include <gmock/gmock.h>

#include "browser_cases.hpp"

namespace minben::ledger {
namespace {

using test::BrowserCases;
using test::nested;
using test::verdict;
using test::Witnesses;

/// As the platform's page gives it, with who has cosigned.
std::string verdict(std::string_view text, std::string_view vkey, const Policy& policy) {
  const auto verified = verify_receipt(text, vkey);
  if (!verified) return verdict(text, vkey);
  const auto judged = judge(policy, verified->note);
  if (!judged) return "checkpoint: " + judged.error().code;
  return fmt::format("{}, {} of {} {}", verdict(text, vkey), judged->cosigned(),
                     judged->witnesses.size(), judged->quorum ? "enough" : "short");
}

struct Browser : BrowserCases {
  void add(std::string_view text, std::string_view with_key) {
    const std::string found = verdict(text, with_key);
    good += found.starts_with("valid");
    cases.push_back(
        JsonObject{{"text", base64_encode(as_bytes(text))}, {"key", with_key}, {"verdict", found}});
  }
  void add(std::string_view text) { add(text, vkey); }
  void add(std::string_view text, const Policy& policy) {
    cases.push_back(JsonObject{{"text", base64_encode(as_bytes(text))},
                               {"key", vkey},
                               {"policy", write_policy(policy)},
                               {"verdict", verdict(text, vkey, policy)}});
  }

  /// A receipt for this content in a log of that size.
  std::string receipt(std::string_view content, int size, int index) {
    const Claim claim{"usage", parse_instant("2026-11-23T04:05:06.5Z").value(),
                      parse_json(content).value()};
    const Bytes salt(salt_bytes, 7);
    const auto digest = commitment_digest(claim, salt).value();
    auto log = Log::open(temporary.path() / std::to_string(cases.size()), origin, key).value();
    std::vector<Bytes> entries;
    for (int i = 0; i < size; ++i) {
      entries.push_back(i == index ? Bytes(digest.begin(), digest.end())
                                   : Bytes{std::uint8_t(i), std::uint8_t(i >> 8)});
    }
    EXPECT_TRUE(log->append_all(entries));
    return write_receipt({claim, salt, log->proof(static_cast<std::uint64_t>(index)).value()})
        .value();
  }

  void add_changed_bytes(const std::string& text, int count) {
    for (int i = 0; i < count; ++i) {
      std::string changed = text;
      const auto at = static_cast<std::size_t>(random.below(text.size()));
      changed[at] = static_cast<char>(random.below(3) == 0 ? random.below(256)
                                                           : changed[at] ^ (1 << random.below(7)));
      add(changed);
      add(text.substr(0, at));
    }
  }

  /// As somebody would who knows the format: one part replaced by another of the same kind.
  void add_replaced(const std::string& text) {
    static constexpr std::pair<std::string_view, std::string_view> replacements[] = {
        {"\"nia\"", "\"wda\""},
        {"\"nia\"", "\"n\\u0069a\""},
        {"\"nia\"", "1.5"},
        {"\"nia\"", "1.0"},
        {"\"nia\"", "-0"},
        {"\"nia\"", "1e400"},
        {"\"nia\"", "1e16"},
        {"\"nia\"", "1e+16"},
        {"\"nia\"", "1e-05"},
        {"\"nia\"", "0.001"},
        {"\"nia\"", "123456.75"},
        {"\"nia\"", "01"},
        {"\"nia\"", "9007199254740992"},
        {"\"nia\"", "9007199254740993"},
        {"\"nia\"", "-9223372036854775808"},
        {"\"nia\"", "18446744073709551615"},
        {"\"nia\"", "18446744073709551616"},
        {"\"nia\"", "\"\\ud800\""},
        {"\"nia\"", "\"\\ud83d\\ude00\""},
        {"\"nia\"", "\"\\u0000\""},
        {"\"nia\"", "\"\\/\""},
        {"\"nia\"", "\"\\u007f\u2028\""},
        {"\"nia\"", "\"\x7f\u2028\""},
        {"\"nia\"", "\"\xc3\""},
        {"\"nia\"", "\"\xed\xa0\x80\""},
        {"\"nia\"", "\"\xf4\x90\x80\x80\""},
        {"\"nia\"", "[]"},
        {"\"nia\"", "[\n      ]"},
        {"\"nia\"", "nul"},
        {"\"agency\"", "\"agencz\""},
        {"\"agency\"", "\"count\""},
        {"\"type\": \"usage\"", "\"type\": \"abuse\""},
        {"\"type\": \"usage\"", "\"type\": 1"},
        {"04:05:06.500000Z", "04:05:07.500000Z"},
        {"04:05:06.500000Z", "04:05:06.5Z"},
        {"04:05:06.500000Z", "04:05:06Z"},
        {"04:05:06.500000Z", "04:05:06.000000Z"},
        {"04:05:06.500000Z", "12:05:06.500000+08:00"},
        {"2026-11-23T", "2026-11-31T"},
        {"2026-11-23T", "2026-11-23 "},
        {"minben-receipt/1", "minben-receipt/2"},
        {"index ", "index 0"},
        {"index ", "index 1"},
        {"index ", "index -"},
        {"index ", "indez "},
        {"index ", "index 99999999999999999"},
        {"tlog-proof@v1", "tlog-proof@v2"},
        {"@v1\",", "@v1\",\n    \"extra AAAA\","},
        {"@v1\",", "@v1\",\n    \"extra AAA\","},
        {"\"\",", ""},
        {"\"\",", "\"\",\n    \"\","},
        {origin, "minben.example/browseR"},
        {"\xe2\x80\x94 minben", "\xe2\x80\x94 Minben"},
        {"\xe2\x80\x94 minben", "- minben"},
        {"\xe2\x80\x94 minben", "\xe2\x80\x94 min\\tben"},
        {"{\n", "{ \n"},
        {"{\n", "\xef\xbb\xbf{\n"},
    };
    for (const auto& [part, other] : replacements) {
      for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1))
        add(std::string(text).replace(at, part.size(), other));
    }
    add(text + "\n");
    add(" " + text);
    add(text + text);
  }

  /// One hash taken out, put in twice, or changed.
  void add_other_proofs(const std::string& content, int size, int index) {
    const std::string text = receipt(content, size, index);
    const auto json = parse_json(text).value();
    const auto& lines = json.at("proof").as_array();
    for (std::size_t i = 0; i < lines.size(); ++i) {
      for (const bool twice : {false, true}) {
        Json changed = json;
        auto& proof = changed.at("proof").as_array();
        if (twice) proof.insert(proof.begin() + static_cast<std::ptrdiff_t>(i), lines[i]);
        else proof.erase(proof.begin() + static_cast<std::ptrdiff_t>(i));
        add(write_json_pretty(changed));
      }
    }
    for (const char* name : {"salt", "digest", "leaf"}) {
      Json changed = json;
      changed.at(name) = base64_encode(sha256(name));
      add(write_json_pretty(changed));
      changed.at(name) = "AAAA";
      add(write_json_pretty(changed));
      changed.at(name) = nullptr;
      add(write_json_pretty(changed));
      changed.as_object().erase(name);
      add(write_json_pretty(changed));
    }
  }

  void add_keys(const std::string& text) {
    const auto other = trust::SigningKey::generate(trust::KeyType::ed25519).verify_key();
    for (const std::string& one :
         {NoteVerifier::make(origin, other)->vkey(),
          NoteVerifier::make("minben.example/other", key.verify_key())->vkey(), "  " + vkey + "\n",
          vkey + "A", vkey.substr(1), std::string("nonsense"), std::string(), "+" + vkey})
      add(text, one);
  }
};

/// Under policies of every shape, with cosignatures that hold and that do not.
struct WitnessedBrowser : Browser {
  Witnesses witnesses;
  [[nodiscard]] Policy policy(std::string_view end) const {
    return parse_policy(fmt::format("log {}\n{}{}\n", vkey, witnesses.names, end)).value();
  }
  void add_witnessed(const std::string& plain) {
    const char* ends[] = {"quorum none",
                          "quorum w1",
                          "quorum w4",
                          "group g any w1 w2\nquorum g",
                          "group g all w1 w2 w3\nquorum g",
                          "group g 1 w1 w2 w4\ngroup h all g w3\nquorum h"};
    for (const char* end : ends)
      for (const std::vector<std::pair<int, int>>& by : {std::vector<std::pair<int, int>>{},
                                                         {{0, 1}},
                                                         {{1, 1700000000}, {2, 1700000001}},
                                                         {{0, 1700000000}, {1, 5}, {2, 2000000000}},
                                                         {{0, 0}},
                                                         {{0, 1}, {1, 0}},
                                                         {{2, 1}, {2, 7}},
                                                         {{2, 1}, {2, 0}}})
        add(witnesses.cosigned(plain, by), policy(end));
  }
};

TEST_F(Browser, AgreesWithThisVerifier) {
  const std::string plain = R"({"agency":"nia","fields":["姓名","passport"],"count":3})";
  const std::string contents[] = {
      plain,
      R"({"10":1,"9":2,"b":{"\ud83d\ude00":1,"\uffee":2,"\"\\\b\f\n\r\t\u0001":null},"a":[[],{},true,-5]})",
      "[]",
      "null",
      "\"text\"",
      "9007199254740992",
      "-9007199254740992"};
  int size = 1;
  for (const std::string& content : contents) {
    for (const int index : {0, size / 2, size - 1}) add(receipt(content, size, index));
    size = size * 2 + 1;
  }
  for (const int depth : {29, 30, 31, 32, 33}) add(receipt(nested(depth), 2, 1));
  const std::string one = receipt(plain, 5, 2);
  add_changed_bytes(one, 400);
  add_changed_bytes(receipt(contents[1], 300, 299), 200);
  add_replaced(one);
  add_other_proofs(plain, 13, 6);
  add_keys(one);
  for (const char* text :
       {"", "{}", "[]", "null", "{", "\xff", "{\"format\":\"minben-receipt/1\"}"})
    add(text);
  add(std::string(1u << 20, ' '));
  add(std::string((1u << 20) + 1, ' '));
  ASSERT_GE(good, 24);
  ASSERT_GE(cases.size(), 1200u);
  compare();
}

TEST_F(WitnessedBrowser, AgreesOnWhoHasCosigned) {
  add_witnessed(receipt(R"({"agency":"nia"})", 5, 2));
  const auto count = [&](std::string_view end) {
    return std::ranges::count_if(
        cases, [&](const Json& one) { return string_or(one, "verdict").ends_with(end); });
  };
  EXPECT_GE(count(" enough"), 8);
  EXPECT_GE(count(" short"), 8);
  EXPECT_GE(count(": bad_signature"), 8);
  compare();
}

}  // namespace
}  // namespace minben::ledger
