// What a decision costs with 10,000 rules, and what reducing an answer costs beside doing it by a
// value of the whole answer.
#include <algorithm>

#include <benchmark/benchmark.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "dom_minimise.hpp"
#include "exchange/access.hpp"
#include "exchange/minimise.hpp"
#include "exchange/path.hpp"
#include "must.hpp"

namespace minben::exchange {

using bench::must;

namespace {

const Instant now = parse_instant("2026-11-23T12:00:00Z").value();
constexpr int members = 100, services = 10, rules = 10'000;
constexpr std::string_view key = "AC01234567";

SubsystemId subsystem(int member) {
  return {"MINBEN", "GOV", fmt::format("agency{}", member), "register"};
}
ServiceId service(int member, int number) {
  return {subsystem(member), fmt::format("service{}", number)};
}

trust::SigningKey platform() { return must(trust::SigningKey::from_ed25519_seed(Bytes(32, 1))); }

/// Every agency offers ten services; each is open to ten others and by a group to more.
std::shared_ptr<const Configuration> configuration() {
  Configuration out;
  out.consent_key = platform().verify_key();
  for (int member = 0; member < members; ++member) {
    const std::string code = fmt::format("agency{}", member);
    out.members.push_back({"GOV", AgencyCode{code}, {code, code}, {}, {"register"}});
    for (int number = 0; number < services; ++number)
      out.services.push_back(
          {service(member, number), {"x", "x"}, true, {"name", "status", "expiry", "address"}});
  }
  for (int group = 0; group < 10; ++group) {
    out.groups.push_back({GroupCode{fmt::format("group{}", group)}, {"x", "x"}, {}});
    for (int member = group; member < members; member += 10)
      out.groups.back().subsystems.push_back(subsystem(member));
  }
  for (int i = 0; i < rules; ++i) {
    AccessRule rule;
    const int provider = i / 100;
    rule.consumer = subsystem((provider + 1 + i % 100 / 10) % members);
    if (i % 10 == 9) rule.consumer = GroupCode{fmt::format("group{}", provider % 10)};
    rule.service = service(provider, i % 10);
    rule.purposes = {"work-permit", "audit"};
    rule.fields = {"name", "status", "expiry"};
    rule.methods.clear();
    rule.endpoints = {{net::Method::get, "/*"}, {net::Method::get, "/*/permits/**"}};
    rule.basis = i % 2 == 0 ? Basis::law : Basis::consent;
    rule.legal_basis = "就業服務法 §48";
    rule.case_form = "[0-9]{3}-[A-Z]{2}-[0-9]{6}";
    rule.hours = {{0x7f, minutes(0), hours(24)}};
    if (i % 4 == 0) {
      rule.quotas = {{1'000'000'000, Period::day}, {1'000'000'000, Period::month}};
      rule.rate = Rate{100'000, 1'000'000};
    }
    out.rules.push_back(std::move(rule));
  }
  must(check_rules(out));
  return std::make_shared<const Configuration>(std::move(out));
}

/// A request for rule `number`.
struct Call {
  SubsystemId consumer;
  ServiceId service;
  std::vector<std::string> segments{std::string(key)};
  std::string consent;

  Call(const Configuration& of, int number)
      : consumer(std::get<SubsystemId>(of.rules[static_cast<std::size_t>(number)].consumer)),
        service(of.rules[static_cast<std::size_t>(number)].service) {
    ConsentAssertion out;
    out.id = "a-1";
    out.consent = "consent-7";
    out.person = must(PersonId::parse("01938c2e-0000-7000-8000-000000000001"));
    out.subject = subject_digest(out.id, key);
    out.service = service;
    out.recipient = consumer;
    out.purpose = "work-permit";
    out.case_id = "115-IM-000017";
    out.fields = {"name", "status"};
    out.issued_at = now;
    out.expires_at = now + assertion_lifetime_s;
    consent = must(sign_assertion(out, platform()));
  }
  [[nodiscard]] AccessRequest request(bool with_consent) const {
    return {consumer,
            service,
            net::Method::get,
            segments,
            "work-permit",
            "115-IM-000017",
            "",
            with_consent ? std::string_view(consent) : std::string_view{}};
  }
};

struct Prepared {
  std::shared_ptr<const Configuration> configuration = exchange::configuration();
  AccessTable table{configuration};
  Decider decider;

  static Prepared& once() {
    static Prepared made;
    return made;
  }
};

/// `first` and every 20th rule from there on, so that nothing stays in the caches by chance.
void decide_all(benchmark::State& state, int first, bool with_consent, bool with_trace) {
  auto& [configuration, table, decider] = Prepared::once();
  std::vector<Call> calls;
  for (int i = first; i < rules; i += 20) calls.emplace_back(*configuration, i);
  std::size_t next = 0;
  for (auto _ : state) {
    DecisionTrace trace;
    auto grant = decider.decide(table, calls[next].request(with_consent), now,
                                with_trace ? &trace : nullptr);
    if (!grant) bench::give_up(describe(grant.error()));
    benchmark::DoNotOptimize(grant);
    if (++next == calls.size()) next = 0;
  }
}

void by_law(benchmark::State& state) { decide_all(state, 2, false, false); }
void by_law_limited(benchmark::State& state) { decide_all(state, 4, false, false); }
void by_law_traced(benchmark::State& state) { decide_all(state, 2, false, true); }
void by_consent_remembered(benchmark::State& state) { decide_all(state, 1, true, false); }

void by_consent_verified(benchmark::State& state) {
  auto& [configuration, table, decider] = Prepared::once();
  const Call call(*configuration, 1);
  for (auto _ : state) {
    Decider fresh({.consents = 2, .counters = 16});
    benchmark::DoNotOptimize(fresh.decide(table, call.request(true), now));
  }
}

void compile(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(AccessTable(Prepared::once().configuration));
}

/// Signature, JSON and rules of what the registry publishes.
void read_configuration(benchmark::State& state) {
  Configuration published = *Prepared::once().configuration;
  published.instance = "MINBEN";
  published.issued_at = now;
  published.expires_at = now + days(1);
  for (Member& member : published.members)
    member.gateways.push_back({"gw1", "https://localhost:1", platform().verify_key(), {}});
  const std::string text = must(sign_configuration(published, platform()));
  for (auto _ : state)
    benchmark::DoNotOptimize(must(verify_configuration(text, platform().verify_key(), now)));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void read_path(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(read_service_path(
        "/r1/MINBEN/GOV/nia/register/residence/AC01234567/permits?at=2026-01-01"));
}

BENCHMARK(by_law);
BENCHMARK(by_law_limited);
BENCHMARK(by_law_traced);
BENCHMARK(by_consent_remembered);
BENCHMARK(by_consent_verified);
BENCHMARK(compile)->Unit(benchmark::kMillisecond);
BENCHMARK(read_configuration)->Unit(benchmark::kMillisecond);
BENCHMARK(read_path);

// ------------------------------------------------------------------------------------ minimisation

const std::vector<std::string> kept{"name", "status", "address/city", "permits/*/number"};

/// A register's answer of about so many bytes: a person with permits, half of it not to be told.
std::string answer(std::size_t size) {
  JsonArray permits;
  for (std::size_t i = 0; i * 190 < size; ++i)
    permits.push_back(
        JsonObject{{"number", fmt::format("115-IM-{:06}", i)},
                   {"kind", "工作許可"},
                   {"from", "2026-01-01"},
                   {"until", "2027-01-01"},
                   {"employer", JsonObject{{"name", "民本股份有限公司"}, {"number", 12345678}}},
                   {"open", i % 3 == 0}});
  return write_json(JsonObject{{"name", "林大文"},
                               {"status", "valid"},
                               {"address", JsonObject{{"city", "臺北市"}, {"road", "羅斯福路"}}},
                               {"permits", std::move(permits)}});
}

template <class Reduce>
void reduce(benchmark::State& state, Reduce reduce_one) {
  const std::string body = answer(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(reduce_one(body));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

void minimise_fast(benchmark::State& state) {
  const FieldTree tree(kept);
  reduce(state, [&](std::string_view body) { return must(minimise(body, tree)).body; });
}
void minimise_by_value(benchmark::State& state) {
  reduce(state, [](std::string_view body) { return write_json(*test::minimise_dom(body, kept)); });
}

void field_tree(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(FieldTree(kept));
}

BENCHMARK(field_tree);
BENCHMARK(minimise_fast)->Arg(1000)->Arg(100'000);
BENCHMARK(minimise_by_value)->Arg(1000)->Arg(100'000);

}  // namespace
}  // namespace minben::exchange

BENCHMARK_MAIN();
