#include <fstream>

#include "world.hpp"

namespace minben::exchange::test {
namespace {

const trust::SigningKey registry = key_of(5);

/// A rule that says all that can be said.
AccessRule full_rule() {
  AccessRule rule;
  rule.consumer = GroupCode{"permits"};
  rule.service = cards();
  rule.methods.clear();
  rule.purposes = {"issue", "audit"};
  rule.basis = Basis::law;
  rule.legal_basis = "入出國及移民法 §22";
  rule.fields = {"name", "stored"};
  rule.endpoints = {{net::Method::get, "/*"}, {std::nullopt, "/*/photo/**"}};
  rule.id = "cards-issue";
  rule.case_required = true;
  rule.case_form = "[0-9]{3}-[A-Z]{2}";
  rule.quotas = {{1000, Period::day}, {20'000, Period::month}};
  rule.rate = Rate{10, 20};
  rule.hours = {{0b0011111, hours(8), hours(17) + minutes(30)}, {0b1000000, minutes(0), hours(24)}};
  rule.valid_from = noon;
  rule.valid_until = noon + days(365);
  rule.delay = Delay{"個人資料保護法 §10", 90};
  return rule;
}

World full_world() {
  World world;
  world.configuration.groups = {
      {GroupCode{"permits"}, {"許可", "Permits"}, {subsystem("wda", "casework")}}};
  world.configuration.rules.push_back(full_rule());
  auto& service = world.configuration.services[1];
  service.endpoints = {{net::Method::get, "/{number}"},
                       {net::Method::put, "/{number}/photo/{side}"}};
  service.openapi_sha256 = std::string(64, 'a');
  return world;
}

TEST(ExchangeRules, ReadWhatTheyWrite) {
  const AccessRule rule = full_rule();
  EXPECT_EQ(rule_from_json(rule_to_json(rule)).value(), rule);
  for (const AccessRule& each : World().configuration.rules)
    EXPECT_EQ(rule_from_json(rule_to_json(each)).value(), each);
  const World world = full_world();
  const std::string text = sign_configuration(world.configuration, registry).value();
  const auto again = verify_configuration(text, registry.verify_key(), noon);
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_EQ(again->rules, world.configuration.rules);
  EXPECT_EQ(again->groups, world.configuration.groups);
  EXPECT_EQ(again->services[1].endpoints, world.configuration.services[1].endpoints);
  EXPECT_EQ(again->services[1].openapi_sha256, world.configuration.services[1].openapi_sha256);
  EXPECT_EQ(sign_configuration(*again, registry).value(), text);
}

TEST(ExchangeRules, AreKnownByTheirIdOrText) {
  AccessRule rule = full_rule();
  EXPECT_EQ(rule_id(rule), "cards-issue");
  rule.id.clear();
  const std::string first = rule_id(rule);
  EXPECT_EQ(first.size(), 17u);
  EXPECT_EQ(rule_id(rule), first);
  rule.rate->burst = 21;
  EXPECT_NE(rule_id(rule), first);
}

/// The field that reading the rule complains about after a change of its JSON.
std::string complaint(const std::function<void(JsonObject&)>& change) {
  Json json = rule_to_json(full_rule());
  change(json.as_object());
  const auto rule = rule_from_json(json);
  return rule ? "none" : rule.error().code + " " + rule.error().field;
}

TEST(ExchangeRules, NameTheMemberThatIsWrong) {
  EXPECT_EQ(complaint([](JsonObject&) {}), "none");
  EXPECT_EQ(complaint([](JsonObject& r) { r["quota"] = r["quotas"]; }), "unknown_member quota");
  EXPECT_EQ(complaint([](JsonObject& r) { r.erase("purposes"); }), "wrong_type purposes");
  EXPECT_EQ(complaint([](JsonObject& r) { r.erase("group"); }), "wrong_type consumer");
  EXPECT_EQ(complaint([](JsonObject& r) { r["consumer"] = "a/b/c/d"; }), "wrong_type consumer");
  EXPECT_EQ(complaint([](JsonObject& r) { r["group"] = "No Code"; }), "not_a_code group");
  EXPECT_EQ(complaint([](JsonObject& r) { r["service"] = "x"; }), "not_a_service service");
  EXPECT_EQ(complaint([](JsonObject& r) { r["basis"] = "habit"; }), "wrong_type basis");
  EXPECT_EQ(complaint([](JsonObject& r) { r["case"] = JsonObject{{"form", "x"}}; }),
            "missing case/required");
  EXPECT_EQ(complaint([](JsonObject& r) { r["quotas"].as_array()[1].as_object()["per"] = "year"; }),
            "wrong_type quotas/1/per");
  EXPECT_EQ(complaint([](JsonObject& r) { r["quotas"].as_array()[0].as_object()["per_day"] = 1; }),
            "unknown_member quotas/0/per_day");
  EXPECT_EQ(complaint([](JsonObject& r) { r["rate"].as_object()["burst"] = 0; }),
            "wrong_type rate/burst");
  EXPECT_EQ(
      complaint([](JsonObject& r) { r["endpoints"].as_array()[0].as_object()["method"] = "HEAD"; }),
      "wrong_type endpoints/0/method");
  for (const char* time : {"8:00", "08:60", "24:01", "-1:00", "0800", "08:000"})
    EXPECT_EQ(
        complaint([&](JsonObject& r) { r["hours"].as_array()[0].as_object()["from"] = time; }),
        "wrong_type hours/0/from")
        << time;
  EXPECT_EQ(complaint([](JsonObject& r) {
              r["hours"].as_array()[1].as_object()["days"] = JsonArray{"monday"};
            }),
            "wrong_type hours/1/days");
  EXPECT_TRUE(complaint([](JsonObject& r) { r["valid_from"] = "today"; }).ends_with(" valid_from"));
}

TEST(ExchangeRules, ReadingAConfigurationNamesPlaceAndRule) {
  Json document =
      parse_json(sign_configuration(full_world().configuration, registry).value()).value();
  auto& rule = document.as_object()["content"].as_object()["rules"].as_array()[2].as_object();
  rule["quotas"].as_array()[1].as_object()["per"] = "year";
  const auto draft = read_draft_configuration(write_json(document));
  ASSERT_FALSE(draft);
  EXPECT_EQ(draft.error().code, "configuration_malformed");
  EXPECT_EQ(draft.error().field, "rules/2/quotas/1/per");
  EXPECT_NE(draft.error().detail.find("cards-issue"), std::string::npos) << draft.error().detail;
  EXPECT_FALSE(read_draft_configuration("{}"));
  EXPECT_EQ(
      read_draft_configuration(R"({"format":"minben-configuration/1","content":{}})").error().field,
      "format");
}

/// The field that signing complains about, and that the rule's id is told.
std::string refused(const std::function<void(Configuration&, AccessRule&)>& change) {
  World world = full_world();
  change(world.configuration, world.configuration.rules.back());
  const auto sound = check_rules(world.configuration);
  const auto text = sign_configuration(world.configuration, registry);
  EXPECT_EQ(sound.has_value(), text.has_value());
  if (sound) return "none";
  EXPECT_EQ(text.error().code, "configuration_malformed");
  EXPECT_EQ(text.error().field, sound.error().field);
  if (sound.error().field.starts_with("rules/2"))
    EXPECT_NE(sound.error().detail.find("cards-issue"), std::string::npos) << sound.error().detail;
  return sound.error().code + " " + sound.error().field;
}

TEST(ExchangeRules, ThatMakeNoSenseAreNotSigned) {
  using C = Configuration;
  using R = AccessRule;
  EXPECT_EQ(refused([](C&, R&) {}), "none");
  EXPECT_EQ(refused([](C&, R& r) { r.service.service = "x"; }), "unknown_service rules/2/service");
  EXPECT_EQ(refused([](C&, R& r) { r.consumer = subsystem("nobody", "x"); }),
            "unknown_member rules/2/consumer");
  EXPECT_EQ(refused([](C& c, R&) { c.groups.clear(); }), "unknown_group rules/2/group");
  EXPECT_EQ(refused([](C& c, R&) { c.groups.push_back(c.groups[0]); }), "duplicate groups/1/code");
  EXPECT_EQ(refused([](C& c, R&) { c.groups[0].subsystems.push_back(subsystem("nobody", "x")); }),
            "unknown_member groups/0/subsystems/1");
  EXPECT_EQ(refused([](C& c, R&) { c.services.push_back(c.services[0]); }),
            "duplicate services/2/id");
  EXPECT_EQ(refused([](C& c, R&) { c.services[0].fields.push_back("*/x"); }),
            "bad_field services/0/fields/4");
  EXPECT_EQ(refused([](C& c, R&) { c.services[0].openapi_sha256 = "ab"; }),
            "wrong_type services/0/openapi_sha256");
  EXPECT_EQ(refused([](C& c, R&) { c.services[1].endpoints[1].path = "x"; }),
            "bad_path services/1/endpoints/1/path");
  EXPECT_EQ(refused([](C&, R& r) { r.endpoints.clear(); }), "missing rules/2/methods");
  EXPECT_EQ(refused([](C&, R& r) { r.methods = {net::Method::get}; }),
            "contradiction rules/2/endpoints");
  EXPECT_EQ(refused([](C&, R& r) { r.endpoints[0].path = "/a%2fb"; }),
            "bad_glob rules/2/endpoints/0/path");
  EXPECT_EQ(refused([](C&, R& r) { r.endpoints[1].path = "/*/fotos"; }),
            "unknown_endpoint rules/2/endpoints/1/path");
  EXPECT_EQ(refused([](C&, R& r) { r.endpoints[0].method = net::Method::put; }),
            "unknown_endpoint rules/2/endpoints/0/path");
  EXPECT_EQ(refused([](C&, R& r) { r.purposes.clear(); }), "missing rules/2/purposes");
  EXPECT_EQ(refused([](C&, R& r) { r.purposes[0].clear(); }), "wrong_type rules/2/purposes");
  EXPECT_EQ(refused([](C&, R& r) { r.legal_basis.clear(); }), "missing rules/2/legal_basis");
  EXPECT_EQ(refused([](C&, R& r) { r.basis = Basis::consent; }), "contradiction rules/2/basis");
  EXPECT_EQ(refused([](C& c, R&) { c.rules[0].delay = Delay{"any", 1}; }),
            "contradiction rules/0/delay");
  EXPECT_EQ(refused([](C&, R& r) { r.delay->law.clear(); }), "missing rules/2/delay/law");
  EXPECT_EQ(refused([](C&, R& r) { r.delay->days = 3651; }), "out_of_range rules/2/delay/days");
  EXPECT_EQ(refused([](C&, R& r) { r.case_form = "("; }), "bad_pattern rules/2/case/form");
  EXPECT_EQ(refused([](C&, R& r) { r.case_form = std::string(257, 'a'); }),
            "bad_pattern rules/2/case/form");
  EXPECT_EQ(refused([](C&, R& r) { r.case_form = "((a{100}){100}){100}"; }),
            "bad_pattern rules/2/case/form");
  EXPECT_EQ(refused([](C&, R& r) { r.fields.push_back("blood_type"); }),
            "unknown_field rules/2/fields/2");
  EXPECT_EQ(refused([](C&, R& r) { r.fields = {"name/first"}; }), "none");
  EXPECT_EQ(refused([](C&, R& r) { r.quotas[1].count = 0; }),
            "out_of_range rules/2/quotas/1/count");
  EXPECT_EQ(refused([](C&, R& r) { r.quotas[1].per = Period::day; }),
            "duplicate rules/2/quotas/1/per");
  EXPECT_EQ(refused([](C&, R& r) { r.rate->per_second = 0; }),
            "out_of_range rules/2/rate/per_second");
  EXPECT_EQ(refused([](C&, R& r) { r.rate->burst = 0; }), "out_of_range rules/2/rate/burst");
  EXPECT_EQ(refused([](C&, R& r) { r.hours[0].days = 0; }), "missing rules/2/hours/0/days");
  EXPECT_EQ(refused([](C&, R& r) { r.hours[1].until = minutes(0); }),
            "out_of_range rules/2/hours/1/until");
  EXPECT_EQ(refused([](C&, R& r) { r.valid_until = r.valid_from; }),
            "out_of_range rules/2/valid_until");
  EXPECT_EQ(refused([](C& c, R&) { c.rules[0].id = "cards-issue"; }), "duplicate rules/2/id");
}

TEST(ExchangeRules, TheExampleInTheDocumentationIsOne) {
  std::ifstream file(MINBEN_SOURCE_DIR "/docs/access-rules.md");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  constexpr std::string_view open = "```json\n";
  const auto from = text.find(open) + open.size();
  const auto json = parse_json(text.substr(from, text.find("```", from) - from));
  ASSERT_TRUE(json) << describe(json.error());
  World world;
  world.configuration.groups = {
      {GroupCode{"labour"}, {"勞動", "Labour"}, {subsystem("wda", "casework")}}};
  world.configuration.services[0].fields.push_back("permits");
  const auto rule = rule_from_json(*json);
  ASSERT_TRUE(rule) << describe(rule.error());
  world.configuration.rules.push_back(*rule);
  const auto sound = check_rules(world.configuration);
  EXPECT_TRUE(sound) << describe(sound.error());
  EXPECT_EQ(write_json(rule_to_json(*rule)).size(), write_json(*json).size() - 2 * 5)
      << "times are written in UTC; everything else is kept";
}

TEST(ExchangeRules, ConfigurationNeedsAConsentKey) {
  World world;
  world.configuration.consent_key.reset();
  EXPECT_EQ(sign_configuration(world.configuration, registry).error().field, "consent_key");
}

}  // namespace
}  // namespace minben::exchange::test
