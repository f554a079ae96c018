#include "fixture.hpp"

namespace minben::mydata {
namespace {

using testing::ElementsAre;
using State = ConsentState;

TEST_F(MyDataTest, AConsentIsAskedForGrantedAndWithdrawn) {
  const ConsentId id = request();
  EXPECT_EQ(consent(id).state, State::requested);
  EXPECT_EQ(consent(id).terms, terms());
  clock.advance(hours(1));
  ASSERT_TRUE(grant(id));
  const Consent given = consent(id);
  EXPECT_EQ(given.state, State::granted);
  EXPECT_EQ(given.assurance, Assurance::substantial);
  EXPECT_EQ(given.decided_at, clock.now());
  EXPECT_EQ(given.expires_at, clock.now() + days(90));
  EXPECT_TRUE(given.allows_fetch());
  clock.advance(hours(1));
  ASSERT_TRUE(withdraw(id));
  EXPECT_EQ(consent(id).state, State::withdrawn);
  EXPECT_EQ(consent(id).ended_at, clock.now());
  EXPECT_TRUE(withdraw(id)) << "withdrawing twice is no error";
  EXPECT_THAT(states(id), ElementsAre(State::requested, State::granted, State::withdrawn));
}

TEST_F(MyDataTest, WhoActedForThePersonIsInEachRecord) {
  const ConsentId id = request();
  const identity::Act act{PersonId::make(clock, random), identity::MandateId::make(clock, random),
                          identity::MandateKind::guardian};
  ASSERT_TRUE(run([&](store::Transaction& tx) {
    return mydata.grant(tx, person, id, {Assurance::high, act});
  }));
  EXPECT_EQ(consent(id).act, act);
  ASSERT_TRUE(withdraw(id)) << "by the person";
  const auto changes = history(id);
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(changes[0].act, std::nullopt);
  EXPECT_EQ(changes[1].act, act);
  EXPECT_EQ(changes[2].act, std::nullopt);
  const auto receipt =
      run([&](store::Transaction& tx) { return mydata.consent_receipt(tx, person, id); }).value();
  const Json inner = verify_consent_receipt(receipt, platform.verify_key()).value();
  const Json& granted = find(inner, "events")->get_array().at(1);
  EXPECT_EQ(identity::act_from(*find(granted, "act")), act);
}

TEST_F(MyDataTest, NothingIsLeftOfAnAccountThatEnds) {
  const ConsentId given = granted(), asked_for = request(), refused = request();
  ASSERT_TRUE(refuse(refused));
  const PersonId other = std::exchange(person, PersonId::make(clock, random));
  const ConsentId of_another = granted();
  ASSERT_TRUE(run([&](store::Transaction& tx) { return mydata.end_consents_of(tx, other); }));
  EXPECT_EQ(consent(of_another).state, State::granted);
  person = other;
  EXPECT_EQ(consent(given).state, State::expired);
  EXPECT_EQ(consent(given).ended_at, clock.now());
  EXPECT_EQ(consent(asked_for).state, State::expired);
  EXPECT_EQ(consent(refused).state, State::refused);
  EXPECT_EQ(mydata.fetch(person, given, wda, "gold-card-review", query).error().code,
            "consent_expired");
}

TEST_F(MyDataTest, OnlyAnOpenRequestCanBeDecided) {
  const ConsentId id = request();
  EXPECT_EQ(withdraw(id).error().code, "consent_not_granted");
  ASSERT_TRUE(refuse(id));
  EXPECT_EQ(grant(id).error().code, "consent_not_open");
  EXPECT_EQ(refuse(id).error().code, "consent_not_open");
  EXPECT_EQ(withdraw(id).error().code, "consent_not_granted");
  EXPECT_THAT(states(id), ElementsAre(State::requested, State::refused));
}

TEST_F(MyDataTest, SomebodyElsesConsentDoesNotExist) {
  const ConsentId id = request();
  const PersonId stranger = PersonId::make(clock, random);
  const auto code = [&](auto work) { return run(work).error().code; };
  EXPECT_EQ(
      code([&](store::Transaction& tx) { return mydata.grant(tx, stranger, id, Assurance::high); }),
      "consent_not_found");
  EXPECT_EQ(code([&](store::Transaction& tx) { return mydata.withdraw(tx, stranger, id); }),
            "consent_not_found");
  EXPECT_EQ(code([&](store::Transaction& tx) { return mydata.consent(tx, stranger, id); }),
            "consent_not_found");
  EXPECT_EQ(code([&](store::Transaction& tx) { return mydata.history(tx, stranger, id); }),
            "consent_not_found");
  EXPECT_EQ(
      code([&](store::Transaction& tx) { return mydata.change_receipt(tx, stranger, id, 1); }),
      "consent_not_found");
  EXPECT_EQ(mydata.fetch(stranger, id, wda, "gold-card-review", query).error().code,
            "consent_not_found");
  EXPECT_EQ(consent(id).state, State::requested);
}

TEST_F(MyDataTest, AnUnansweredRequestExpires) {
  const ConsentId id = request();
  clock.advance(days(14));
  EXPECT_EQ(consent(id).state, State::expired);  // by the clock alone
  EXPECT_EQ(grant(id).error().code, "consent_not_open");
  store::Workers workers(db.database(), clock);
  mydata.work_in(workers);
  EXPECT_EQ(workers.run_due().value(), 1);  // and then it is written down
  EXPECT_THAT(states(id), ElementsAre(State::requested, State::expired));
  EXPECT_EQ(consent(id).ended_at, consent(id).expires_at);
}

TEST_F(MyDataTest, AGrantedConsentExpiresAtItsOwnTime) {
  const ConsentId id = granted();
  store::Workers workers(db.database(), clock);
  mydata.work_in(workers);
  clock.advance(days(20));  // past the time to answer, which no longer matters
  EXPECT_EQ(workers.run_due().value(), 0);
  EXPECT_EQ(consent(id).state, State::granted);
  clock.advance(days(70));
  EXPECT_EQ(consent(id).state, State::expired);
  EXPECT_EQ(withdraw(id).error().code, "consent_not_granted");
  EXPECT_EQ(workers.run_due().value(), 1);
  EXPECT_EQ(workers.run_due().value(), 0);
  EXPECT_THAT(states(id), ElementsAre(State::requested, State::granted, State::expired));
}

TEST_F(MyDataTest, AWithdrawnConsentHasNothingLeftToExpire) {
  const ConsentId id = granted();
  ASSERT_TRUE(withdraw(id));
  store::Workers workers(db.database(), clock);
  mydata.work_in(workers);
  clock.advance(days(400));
  EXPECT_EQ(workers.run_due().value(), 0);
  EXPECT_EQ(states(id).size(), 3u);
}

TEST_F(MyDataTest, EveryChangeIsOneTransactionWithHistoryEventAndCommitment) {
  const ConsentId id = request();
  const auto failed = run([&](store::Transaction& tx) -> Result<void> {
    MINBEN_CHECK(mydata.grant(tx, person, id, Assurance::substantial));
    return fail(Kind::conflict, "changed_my_mind");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(consent(id).state, State::requested);
  EXPECT_EQ(count("select count(*) as n from mydata.consent_change"), 1);
  EXPECT_EQ(count("select count(*) as n from store.event where topic = 'consent'"), 1);
  EXPECT_EQ(sequencer.run_once().value(), 1);
  ASSERT_TRUE(grant(id));
  EXPECT_EQ(count("select count(*) as n from store.event where topic = 'consent'"), 2);
  EXPECT_EQ(sequencer.run_once().value(), 1);
}

TEST_F(MyDataTest, EveryChangeHasAReceiptThatVerifiesOffline) {
  const ConsentId id = granted();
  ASSERT_TRUE(withdraw(id));
  sequencer.run_once().value();
  for (const ConsentChange& change : history(id)) {
    const auto receipt = run([&](store::Transaction& tx) {
      return mydata.change_receipt(tx, person, id, change.sequence);
    });
    ASSERT_TRUE(receipt) << describe(receipt.error());
    const auto verified = ledger::verify_receipt(*receipt, log->vkey());
    ASSERT_TRUE(verified) << describe(verified.error());
    EXPECT_EQ(verified->claim.type, "consent");
    EXPECT_EQ(string_or(verified->claim.content, "state"), to_string(change.state));
  }
}

TEST_F(MyDataTest, ListsAreNewestFirstAndByCase) {
  const ConsentId first = request();
  clock.advance(minutes(1));
  ConsentRequest other = asked();
  other.case_id = CaseId::make(clock, random);
  const ConsentId second = try_request(other).value();
  const auto ids = [&](std::optional<CaseId> of) {
    std::vector<ConsentId> out;
    for (const auto& one :
         run([&](store::Transaction& tx) { return mydata.consents_of(tx, person, of); }).value())
      out.push_back(one.id);
    return out;
  };
  EXPECT_THAT(ids({}), ElementsAre(second, first));
  EXPECT_THAT(ids(case_id), ElementsAre(first));
}

TEST_F(MyDataTest, BadTermsAreNamed) {
  const auto refused = [&](auto change) {
    ConsentRequest request = asked();
    change(request);
    const auto made = try_request(request);
    return made ? "" : made.error().code + " " + made.error().field;
  };
  EXPECT_EQ(refused([](ConsentRequest&) {}), "");
  EXPECT_EQ(refused([](auto& r) { r.terms.fields.clear(); }), "bad_terms fields");
  EXPECT_EQ(refused([](auto& r) { r.terms.fields.push_back(r.terms.fields[0]); }),
            "bad_terms fields");
  EXPECT_EQ(refused([](auto& r) { r.terms.fields[0].title.en = ""; }), "bad_terms fields");
  EXPECT_EQ(refused([](auto& r) { r.terms.purpose.zh_hant = " "; }), "bad_terms purpose");
  EXPECT_EQ(refused([](auto& r) { r.terms.legal_basis = {}; }), "bad_terms legal_basis");
  EXPECT_EQ(refused([](auto& r) { r.terms.recipient = {"Not A Code"}; }), "bad_terms recipient");
  EXPECT_EQ(refused([](auto& r) { r.terms.max_fetches = 0; }), "bad_terms max_fetches");
  EXPECT_EQ(refused([](auto& r) { r.terms.retention_days = -1; }), "bad_terms retention_days");
  EXPECT_EQ(refused([](auto& r) { r.person = {}; }), "bad_terms person");
  EXPECT_EQ(refused([&](auto& r) { r.answer_by = clock.now(); }), "already_expired answer_by");
}

// ------------------------------------------------------------------------- the consent receipt

struct ConsentReceipts : MyDataTest {
  std::string receipt(ConsentId id) {
    return run([&](store::Transaction& tx) { return mydata.consent_receipt(tx, person, id); })
        .value();
  }
};

TEST_F(ConsentReceipts, SayWhatWasAgreedAndAreSigned) {
  const ConsentId id = granted();
  const auto content = verify_consent_receipt(receipt(id), platform.verify_key());
  ASSERT_TRUE(content) << describe(content.error());
  EXPECT_EQ(string_or(*content, "record_id"), to_string(id));
  EXPECT_EQ(string_or(*content, "state"), "granted");
  const Json& purpose = content->at("pii_processing").at("purposes").at(0);
  EXPECT_EQ(purpose.at("pii_controllers").at(0), "wda");
  EXPECT_EQ(purpose.at("purpose").at("zh-Hant"), "就業金卡審查");
  EXPECT_EQ(purpose.at("pii_information").at(1).at("pii_attribute_id"), "expiry");
  EXPECT_EQ(purpose.at("retention_period"), "P365D");
  const Json& events = content->at("events");
  EXPECT_EQ(events.as_array().size(), 2u);
  EXPECT_EQ(events.at(1).at("event_state"), "granted");
  EXPECT_EQ(events.at(1).at("validity_duration"), "PT129600M");
  EXPECT_EQ(string_or(events.at(1), "entity_id"), to_string(person));
  EXPECT_EQ(content->at("party_identification").at(1).at("party_role"), "source");
}

TEST_F(ConsentReceipts, AnyChangedByteIsRefused) {
  const std::string good = receipt(granted());
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    EXPECT_FALSE(verify_consent_receipt(bad, platform.verify_key())) << "byte " << i;
  }
  EXPECT_FALSE(verify_consent_receipt(good + " ", platform.verify_key()));
  EXPECT_EQ(verify_consent_receipt(good, nia_key.verify_key()).error().code, "bad_signature");
}

TEST_F(ConsentReceipts, AreForConsentThatWasGiven) {
  const ConsentId asked_only = request();
  const auto error =
      run([&](store::Transaction& tx) { return mydata.consent_receipt(tx, person, asked_only); });
  EXPECT_EQ(error.error().code, "consent_not_granted");
  const ConsentId id = granted();
  ASSERT_TRUE(withdraw(id));
  EXPECT_EQ(string_or(verify_consent_receipt(receipt(id), platform.verify_key()).value(), "state"),
            "withdrawn");
}

}  // namespace
}  // namespace minben::mydata
