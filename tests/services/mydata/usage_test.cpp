#include "fixture.hpp"
#include "ledger/series.hpp"
#include "mydata/use_list.hpp"

namespace minben::mydata {
namespace {

struct Usages : MyDataTest {
  exchange::UsageRecord record(const std::string& consent_text) {
    exchange::UsageRecord out;
    out.id = to_string(new_uuid(clock, random));
    out.at = clock.now();
    out.gateway = {"nia"};
    out.consumer = {"MINBEN", "GOV", "wda", "permits"};
    out.service = {{"MINBEN", "GOV", "nia", "cards"}, "residence"};
    out.method = "GET";
    out.status = 200;
    out.purpose = "gold-card-review";
    out.basis = exchange::Basis::consent;
    out.consent = consent_text;
    out.user = "officer 王大明";
    out.fields = {"residence", "expiry"};
    return out;
  }
  Result<UsageId> ingest(const exchange::UsageRecord& one, const trust::SigningKey& key) {
    const std::string text = exchange::sign_usage({&one, 1}, key).value();
    const auto ids = run([&](store::Transaction& tx) { return mydata.ingest(tx, text); });
    if (!ids) return std::unexpected(ids.error());
    return ids->at(0);
  }
  View view() {
    return {person,
            case_id,
            {"boca"},
            "caseworker",
            {{"/passport", {"護照", "Passport"}}},
            "gold-card-review",
            {"就業金卡審查", "Review"},
            {"法", "Law"}};
  }
  UsageId record_view() {
    return run([&](store::Transaction& tx) { return mydata.record_view(tx, view()); }).value();
  }
  Result<std::string> receipt(UsageId id) {
    return run([&](store::Transaction& tx) { return mydata.receipt_of(tx, person, id); });
  }
};

TEST_F(Usages, AGatewaysRecordIsShownInThePersonsWords) {
  const ConsentId id = granted();
  const auto usage_id = ingest(record(to_string(id)), nia_key);
  ASSERT_TRUE(usage_id) << describe(usage_id.error());
  const auto list = usages();
  ASSERT_EQ(list.size(), 1u);
  const Usage& usage = list[0];
  EXPECT_EQ(usage.id, *usage_id);
  EXPECT_EQ(usage.kind, UsageKind::fetched);
  EXPECT_EQ(usage.agency.value, "wda");
  EXPECT_EQ(usage.provider->value, "nia");
  EXPECT_EQ(usage.fields, terms().fields);
  EXPECT_EQ(usage.purpose, terms().purpose);
  EXPECT_EQ(usage.legal_basis, terms().legal_basis);
  EXPECT_EQ(usage.case_id, case_id);
  EXPECT_EQ(usage.consent, id);
  EXPECT_FALSE(usage.position);
  sequencer.run_once().value();
  EXPECT_TRUE(usages()[0].position);
}

TEST_F(Usages, DeliveredTwiceItCountsOnce) {
  const auto one = record(to_string(granted()));
  sequencer.run_once().value();
  const UsageId first = ingest(one, nia_key).value();
  EXPECT_EQ(ingest(one, nia_key).value(), first);
  EXPECT_EQ(ingest(one, nia_key).value(), first);
  EXPECT_EQ(usages().size(), 1u);
  EXPECT_EQ(sequencer.run_once().value(), 1) << "one commitment only";
}

TEST_F(Usages, ForgedRecordsAreRefused) {
  const auto one = record(to_string(granted()));
  EXPECT_EQ(ingest(one, platform).error().code, "usage_forged");
  auto unknown = one;
  unknown.gateway = {"ris"};
  EXPECT_EQ(ingest(unknown, nia_key).error().code, "unknown_member");
  EXPECT_FALSE(run([&](store::Transaction& tx) { return mydata.ingest(tx, "{}"); }));
  EXPECT_TRUE(usages().empty());
}

TEST_F(Usages, UseByLawNeedsNoConsentButAPerson) {
  auto by_law = record("");
  by_law.basis = exchange::Basis::law;
  by_law.legal_basis = "入出國及移民法 §22";
  by_law.person = to_string(person);
  ASSERT_TRUE(ingest(by_law, nia_key));
  ASSERT_EQ(usages().size(), 1u);
  EXPECT_EQ(usages()[0].legal_basis.zh_hant, "入出國及移民法 §22");
  EXPECT_FALSE(usages()[0].consent);
}

TEST_F(Usages, ARecordOfNobodyIsKeptAndCommittedAllTheSame) {
  const auto nobody = record(to_string(ConsentId::make(clock, random)));
  ASSERT_TRUE(ingest(nobody, nia_key));
  ASSERT_TRUE(ingest(nobody, nia_key));
  EXPECT_TRUE(usages().empty());
  EXPECT_EQ(count("select count(*) as n from mydata.unattributed_usage where entry_id is not null"),
            1);
  EXPECT_EQ(sequencer.run_once().value(), 1);
}

TEST_F(Usages, AnOfficersViewIsRecordedByRoleNotByName) {
  const UsageId id = record_view();
  const auto list = usages();
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].id, id);
  EXPECT_EQ(list[0].kind, UsageKind::viewed);
  EXPECT_EQ(list[0].officer_role, "caseworker");
  EXPECT_EQ(list[0].fields, view().fields);
  EXPECT_FALSE(list[0].provider);
  View bad = view();
  bad.officer_role = "Wang Da-ming";
  EXPECT_EQ(run([&](store::Transaction& tx) { return mydata.record_view(tx, bad); }).error().code,
            "bad_view");
}

TEST_F(Usages, NoNameOfAnOfficerIsStoredAnywhere) {
  ASSERT_TRUE(ingest(record(to_string(granted())), nia_key));
  EXPECT_EQ(count("select count(*) as n from mydata.usage where content::text like '%王大明%'"), 0);
}

TEST_F(Usages, EveryUsageHasAReceiptThatVerifiesOffline) {
  const UsageId fetched = ingest(record(to_string(granted())), nia_key).value();
  const UsageId viewed = record_view();
  EXPECT_EQ(receipt(viewed).error().code, "not_yet_sequenced");
  sequencer.run_once().value();
  for (const UsageId id : {fetched, viewed}) {
    const std::string file = receipt(id).value();
    const auto verified = ledger::verify_receipt(file, log->vkey());
    ASSERT_TRUE(verified) << describe(verified.error());
    EXPECT_EQ(verified->claim.type, "usage");
    EXPECT_EQ(string_or(verified->claim.content, "usage"), to_string(id));
    EXPECT_THAT(file, testing::Not(testing::HasSubstr(to_string(person))));
    std::string changed = file;
    changed.replace(changed.find("gold-card-review"), 4, "bold");
    EXPECT_EQ(ledger::verify_receipt(changed, log->vkey()).error().code, "content_mismatch");
  }
  const auto stranger = run([&](store::Transaction& tx) {
    return mydata.receipt_of(tx, PersonId::make(clock, random), viewed);
  });
  EXPECT_EQ(stranger.error().code, "usage_not_found");
}

TEST_F(Usages, AllReceiptsInOneFileNameEveryUseOnceInOrder) {
  std::vector<std::string> made;
  const ConsentId consent = granted();
  for (int i = 0; i < 12; ++i) {
    const auto record_of_gateway = record(to_string(consent));
    made.push_back(
        to_string(i % 3 == 0 ? ingest(record_of_gateway, nia_key).value() : record_view()));
    if (i % 3 == 0) ASSERT_TRUE(ingest(record_of_gateway, nia_key)) << "delivered twice";
    clock.advance(minutes(7));
  }
  sequencer.run_once().value();
  const auto file = [&](PersonId whose, std::uint64_t from) {
    return run([&](store::Transaction& tx) { return mydata.receipts_of(tx, whose, from); }).value();
  };
  const auto series = ledger::verify_receipts(file(person, 1), log->vkey());
  ASSERT_TRUE(series) << describe(series.error());
  EXPECT_EQ(series->type, "usage");
  std::vector<std::string> proven;
  for (const auto& item : series->items)
    proven.push_back(string_or(item.receipt->claim.content, "usage"));
  EXPECT_EQ(proven, made);
  EXPECT_EQ(usages().size(), made.size()) << "and the page lists the same";
  EXPECT_EQ(run([&](store::Transaction& tx) { return mydata.count_uses(tx, person); }).value(),
            made.size());

  const auto rest = ledger::verify_receipts(file(person, 9), log->vkey()).value();
  EXPECT_EQ(rest.items.size(), 4u);
  EXPECT_TRUE(ledger::join_series(std::vector{*series, rest}));
  const PersonId stranger = PersonId::make(clock, random);
  EXPECT_TRUE(ledger::verify_receipts(file(stranger, 1), log->vkey()).value().items.empty());
}

TEST_F(Usages, NewestFirstByPeriodAndPage) {
  std::vector<UsageId> newest_first;
  const Instant start = clock.now();
  for (int i = 0; i < 5; ++i) {
    newest_first.insert(newest_first.begin(), record_view());
    clock.advance(days(1));
  }
  const auto ids = [](const std::vector<Usage>& list) {
    std::vector<UsageId> out;
    for (const Usage& usage : list) out.push_back(usage.id);
    return out;
  };
  EXPECT_EQ(ids(usages()), newest_first);
  const auto first = ids(usages({}, {2, {}}));
  EXPECT_THAT(first, testing::ElementsAre(newest_first[0], newest_first[1]));
  const auto second = ids(usages({}, {2, first.back()}));
  EXPECT_THAT(second, testing::ElementsAre(newest_first[2], newest_first[3]));
  EXPECT_EQ(ids(usages({start + days(1), start + days(3)})),
            (std::vector<UsageId>{newest_first[2], newest_first[3]}));
  EXPECT_TRUE(usages({start + days(9), {}}).empty());
}

struct HeldUses : Usages {
  store::Workers workers{db.database(), clock};
  exchange::UsageRecord held(days length, const std::string& law = "個人資料保護法 §10") {
    auto out = record("");
    out.basis = exchange::Basis::law;
    out.legal_basis = "刑事訴訟法 §133";
    out.person = to_string(person);
    out.hold = exchange::Hold{law, out.at + length};
    return out;
  }
  std::uint64_t counted() {
    return run([&](store::Transaction& tx) { return mydata.count_uses(tx, person); }).value();
  }
  UseList listed() {
    return run([&](store::Transaction& tx) { return list_uses(tx, person, {}, 0, 10); }).value();
  }
};

TEST_F(HeldUses, AreInTheLedgerAtOnceAndShownWhenTheLawsTimeIsOver) {
  mydata.work_in(workers);
  record_view();
  const UsageId id = ingest(held(days(90)), nia_key).value();
  EXPECT_EQ(ingest(held(days(0)), nia_key).has_value(), true) << "nothing to wait for";
  EXPECT_EQ(sequencer.run_once().value(), 3) << "committed like any other";
  EXPECT_EQ(usages().size(), 2u);
  EXPECT_EQ(listed().total, 2);
  EXPECT_EQ(listed().uses.size(), 2u);
  EXPECT_EQ(counted(), 2u);
  EXPECT_EQ(receipt(id).error().code, "usage_not_found");
  EXPECT_EQ(run([&](store::Transaction& tx) { return mydata.usage(tx, person, id); }).error().code,
            "usage_not_found");
  const auto numbers = run([&](store::Transaction& tx) { return mydata.receipts_of(tx, person); });
  const auto series = ledger::verify_receipts(numbers.value(), log->vkey());
  ASSERT_TRUE(series) << "no gap tells of it: " << describe(series.error());
  EXPECT_EQ(series->items.size(), 2u);
  auto delayed = run([&](store::Transaction& tx) { return mydata.count_delayed(tx); }).value();
  ASSERT_EQ(delayed.size(), 1u);
  EXPECT_EQ(delayed[0].hidden, 1);
  EXPECT_EQ(delayed[0].shown, 0);

  clock.advance(days(90) - seconds(1));
  ASSERT_TRUE(workers.run_due());
  EXPECT_EQ(usages().size(), 2u);
  clock.advance(seconds(1));
  ASSERT_EQ(usages().size(), 3u) << "by the clock alone";
  ASSERT_TRUE(workers.run_due());
  sequencer.run_once().value();
  const Usage shown =
      run([&](store::Transaction& tx) { return mydata.usage(tx, person, id); }).value();
  ASSERT_TRUE(shown.hold);
  EXPECT_EQ(shown.hold->law, "個人資料保護法 §10");
  const auto proof = ledger::verify_receipt(receipt(id).value(), log->vkey()).value();
  EXPECT_EQ(proof.claim.type, "usage-held." + to_string(id));
  EXPECT_LT(proof.claim.at, shown.hold->until) << "it was committed when it happened";
  EXPECT_EQ(counted(), 3u);
  const auto all = run([&](store::Transaction& tx) { return mydata.receipts_of(tx, person); });
  EXPECT_EQ(ledger::verify_receipts(all.value(), log->vkey()).value().items.size(), 3u);
  delayed = run([&](store::Transaction& tx) { return mydata.count_delayed(tx); }).value();
  EXPECT_EQ(delayed[0].hidden, 0);
  EXPECT_EQ(delayed[0].shown, 1);
}

TEST_F(HeldUses, AreRefusedWithoutALawThatAllowsIt) {
  EXPECT_EQ(ingest(held(days(90), "because"), nia_key).error().code, "no_such_delay");
  EXPECT_EQ(ingest(held(days(181)), nia_key).error().code, "no_such_delay");
  auto agreed = held(days(9));
  agreed.basis = exchange::Basis::consent;
  agreed.consent = to_string(granted());
  EXPECT_EQ(ingest(agreed, nia_key).error().code, "no_such_delay");
  EXPECT_TRUE(usages().empty());
  EXPECT_EQ(count("select count(*) as n from mydata.usage"), 0);
}

}  // namespace
}  // namespace minben::mydata
