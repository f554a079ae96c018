#pragma once
#include <gmock/gmock.h>

#include "core/core.hpp"
#include "exchange/exchange.hpp"
#include "identity/identity.hpp"
#include "ledger/commitments.hpp"
#include "mydata/mydata.hpp"
#include "store/store.hpp"
#include "support/database.hpp"
#include "support/shared.hpp"
#include "trust/trust.hpp"

namespace minben::mydata {

using identity::Assurance;

/// One person, one case, the labour agency asking the immigration agency, on a clock of its own.
struct MyDataTest : testing::Test {
  VirtualClock clock{parse_instant("2026-11-23T04:00:00Z").value()};
  SeededRandom random{23};
  test::TemporaryDirectory temporary;
  test::TestDatabase db{
      clock, {ledger::migrations(), keys::migrations(), identity::migrations(), migrations()}};
  trust::SigningKey platform = trust::SigningKey::generate(trust::KeyType::ed25519);
  trust::SigningKey nia_key = trust::SigningKey::generate(trust::KeyType::ed25519);
  std::unique_ptr<ledger::Log> log =
      ledger::Log::open(temporary.path() / "log", "minben.example/log",
                        trust::SigningKey::generate(trust::KeyType::ed25519))
          .value();
  ledger::Commitments commitments{clock, random};
  ledger::Logs logs{*log};
  ledger::Sequencer sequencer{db.database(), logs};
  std::mutex calls_mutex;
  std::vector<GatewayCall> calls;
  void remember(const GatewayCall& call) {
    const std::lock_guard guard(calls_mutex);
    calls.push_back(call);
  }
  /// What the gateways answer; tests replace it.
  Gateway answer = [](const GatewayCall&) -> Result<Json> {
    return parse_json(R"({"residence":"resident","expiry":"2027-01-31","secret":"not asked for"})");
  };
  MyData mydata{
      Parts{db.database(),
            clock,
            random,
            commitments,
            logs,
            platform,
            [this](const GatewayCall& call) {
              remember(call);
              return answer(call);
            },
            [this](const AgencyCode& code) -> Result<std::vector<trust::VerifyKey>> {
              if (code.value == "nia") return std::vector{nia_key.verify_key()};
              return fail(Kind::not_found, "unknown_member");
            },
            "MINBEN",
            "GOV",
            {{"個人資料保護法 §10", {"妨害公務機關執行法定職務", "Duties of an agency"}, 180}}}};

  PersonId person = PersonId::make(clock, random);
  CaseId case_id = CaseId::make(clock, random);
  AgencyCode wda{"wda"};
  Json query = JsonObject{{"ui_number", "AC01234567"}};

  ConsentTerms terms() {
    ConsentTerms out;
    out.provider = {"nia"};
    out.subsystem = "cards";
    out.service = "residence";
    out.title = {"居留資料", "Residence record"};
    out.fields = {{"residence", {"居留身分", "Residence status"}},
                  {"expiry", {"效期", "Expiry date"}}};
    out.recipient = wda;
    out.recipient_subsystem = "permits";
    out.purpose_code = "gold-card-review";
    out.purpose = {"就業金卡審查", "Review of the Employment Gold Card"};
    out.legal_basis = {"外國專業人才延攬及僱用法第8條",
                       "Act for the Recruitment of Foreign Professionals, art. 8"};
    out.retention_days = 365;
    return out;
  }
  ConsentRequest asked() {
    return {person, case_id, terms(), clock.now() + days(14), minutes(60 * 24 * 90)};
  }

  template <class Work>
  auto run(Work work) {
    return db->transact(work);
  }
  Result<ConsentId> try_request(const ConsentRequest& request) {
    return run([&](store::Transaction& tx) { return mydata.request(tx, request); });
  }
  ConsentId request() { return try_request(asked()).value(); }
  Result<void> grant(ConsentId id) {
    return run([&](store::Transaction& tx) {
      return mydata.grant(tx, person, id, Assurance::substantial);
    });
  }
  Result<void> refuse(ConsentId id) {
    return run(
        [&](store::Transaction& tx) { return mydata.refuse(tx, person, id, Assurance::low); });
  }
  Result<void> withdraw(ConsentId id) {
    return run([&](store::Transaction& tx) { return mydata.withdraw(tx, person, id); });
  }
  ConsentId granted() {
    const ConsentId id = request();
    EXPECT_TRUE(grant(id));
    return id;
  }
  Consent consent(ConsentId id) {
    return run([&](store::Transaction& tx) { return mydata.consent(tx, person, id); }).value();
  }
  std::vector<ConsentChange> history(ConsentId id) {
    return run([&](store::Transaction& tx) { return mydata.history(tx, person, id); }).value();
  }
  std::vector<ConsentState> states(ConsentId id) {
    std::vector<ConsentState> out;
    for (const ConsentChange& change : history(id)) out.push_back(change.state);
    return out;
  }
  Result<Fetched> fetch(ConsentId id) {
    return mydata.fetch(person, id, wda, "gold-card-review", query);
  }
  std::string fetch_error(ConsentId id) {
    const auto fetched = fetch(id);
    return fetched ? "" : fetched.error().code;
  }
  std::vector<Usage> usages(const Period& period = {}, const Page& page = {}) {
    return run([&](store::Transaction& tx) { return mydata.usages_of(tx, person, period, page); })
        .value();
  }
  int count(std::string_view sql) {
    const std::string name = fmt::format("test_{:x}", std::hash<std::string_view>{}(sql));
    return static_cast<int>(db->run(store::Query{name, sql}).value().front().integer("n"));
  }
};

}  // namespace minben::mydata
