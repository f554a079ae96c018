// The flow with a service provider: what the public rules say, and what they must not allow.
#include <zip.h>

#include "fixture.hpp"

namespace minben::sharing {
namespace {

/// The first file inside, by libzip; "" with a wrong passphrase.
std::string read_encrypted(const std::filesystem::path& path, const std::string& passphrase) {
  zip_t* archive = zip_open(path.c_str(), ZIP_RDONLY, nullptr);
  MINBEN_ASSERT(archive != nullptr);
  std::string text(10'000, '\0');
  zip_file_t* file = zip_fopen_index_encrypted(archive, 0, 0, passphrase.c_str());
  const zip_int64_t size = file == nullptr ? 0 : zip_fread(file, text.data(), text.size());
  text.resize(static_cast<std::size_t>(std::max<zip_int64_t>(size, 0)));
  if (file != nullptr) zip_fclose(file);
  zip_discard(archive);
  return text;
}

TEST_F(SharingTest, AServiceProviderGetsWhatThePersonGranted) {
  const auto bank = service_provider("CLI.bank");
  const DataRequestId id = arrive(bank, "T1");
  EXPECT_EQ(requests->open(person, id)->items.size(), 2u);
  ASSERT_TRUE(decide(id, {household, permits}));
  work_for(seconds(3));
  EXPECT_EQ(state(id).code, 200);
  const Json got = fetch(bank, "T1");
  ASSERT_EQ(status(got), 200) << write_json(got);
  EXPECT_EQ(string_or(got, "alg"), "A256KW");
  EXPECT_EQ(string_or(got, "enc"), "A256CBC-HS512");
  const Json& files = *find(got, "files");
  const Json data = parse_json(string_or(*find(files, household), household + ".json")).value();
  EXPECT_EQ(data, parse_json(R"({"address":"臺北市"})").value()) << "and nothing not asked for";
  const std::string csv = string_or(*find(files, permits), permits + ".csv");
  EXPECT_NE(csv.find("\"'=HYPERLINK"), csv.npos) << "no formula: " << csv;
  EXPECT_EQ(get(bank.url("/state?tx=T1")).body.find("\"unable\": []") != std::string::npos, true);
}

TEST_F(SharingTest, WhileThingsArePackedTheAnswerIsToComeAgain) {
  const auto bank = service_provider("CLI.bank", {}, {}, true);
  bool open = false;
  answer = [&](const mydata::GatewayCall&) -> Result<Json> {
    if (!open) return fail(Kind::unavailable, "register_failed");
    return parse_json(R"({"address":"x","employer":"y"})");
  };
  const DataRequestId id = arrive(bank, "T1");
  ASSERT_TRUE(decide(id, {household, permits}));
  work_for(seconds(2));
  const Json early = fetch(bank, "T1");
  EXPECT_EQ(status(early), 429);
  EXPECT_EQ(string_or(early, "retry_after"), "60");
  open = true;
  work_for(seconds(4));
  const Json got = fetch(bank, "T1");
  ASSERT_EQ(status(got), 200);
  EXPECT_EQ(string_or(got, "alg") + string_or(got, "enc"), "A256GCMKWA256GCM");
}

TEST_F(SharingTest, ARefusedItemIsNamedAndNotDelivered) {
  const auto bank = service_provider("CLI.bank");
  const DataRequestId id = arrive(bank, "T1");
  ASSERT_TRUE(decide(id, {permits}));
  work_for(seconds(3));
  EXPECT_EQ(find(json(bank.url("/state?tx=T1")), "unable")->as_array(), JsonArray{household});
  const Json got = fetch(bank, "T1");
  EXPECT_EQ(find(got, "codes")->as_object(), (JsonObject{{household, 205}, {permits, 200}}));
  EXPECT_EQ(find(*find(got, "files"), household), nullptr);
}

TEST_F(SharingTest, ARegisterThatFailsIsPartOfThePartialDelivery) {
  const auto bank = service_provider("CLI.bank");
  answer = [&](const mydata::GatewayCall& call) -> Result<Json> {
    if (call.service == "person") return fail(Kind::unavailable, "register_failed");
    return parse_json(R"({"employer":"y"})");
  };
  const DataRequestId id = arrive(bank, "T1");
  ASSERT_TRUE(decide(id, {household, permits}));
  work_for(seconds(20));
  EXPECT_EQ(item(id, 0), ItemState::failed);
  EXPECT_EQ(find(fetch(bank, "T1"), "codes")->as_object(),
            (JsonObject{{household, 504}, {permits, 200}}));
  const Json list = json(fmt::format("http://127.0.0.1:{}/find_all_resources", server->port()));
  EXPECT_EQ(string_or(list.at(0), "status"), "00");
  EXPECT_EQ(string_or(list.at(1), "status"), "01");
}

TEST_F(SharingTest, WhoIsPromisedANoteIsToldWhenTheRegisterIsBack) {
  bool open = false;
  answer = [&](const mydata::GatewayCall&) -> Result<Json> {
    if (!open) return fail(Kind::unavailable, "register_failed");
    return parse_json(R"({"address":"x"})");
  };
  const auto bank = service_provider("CLI.bank");
  const DataRequestId id = arrive(bank, "T1", household);
  ASSERT_TRUE(decide(id, {household}));
  work_for(seconds(20));
  ASSERT_TRUE(requests->promise(person, id, household));
  mails.clear();
  work_for(minutes(11));
  EXPECT_TRUE(mails.empty());
  open = true;
  work_for(minutes(11));
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_NE(mails[0].text.find("answers again"), std::string::npos);
  EXPECT_EQ(status(fetch(bank, "T1")), 200);
}

TEST_F(SharingTest, ARefusalOfEverythingGoesBackAs205) {
  const auto bank = service_provider("CLI.bank");
  const DataRequestId id = arrive(bank, "T1");
  ASSERT_TRUE(decide(id, {}));
  work_for(seconds(2));
  EXPECT_EQ(state(id).state, RequestState::closed);
  EXPECT_EQ(state(id).code, 205);
  EXPECT_FALSE(find(json(bank.url("/state?tx=T1")), "told")->as_bool());
}

TEST_F(SharingTest, WhatIsWithdrawnIsNotDelivered) {
  const auto bank = service_provider("CLI.bank");
  const DataRequestId id = arrive(bank, "T1");
  ASSERT_TRUE(decide(id, {household, permits}));
  work_for(seconds(3));
  const auto consent = state(id).items[0].consent;
  ASSERT_TRUE(run([&](store::Transaction& tx) { return mydata.withdraw(tx, person, consent); }));
  EXPECT_EQ(item(id, 0), ItemState::withdrawn);
  EXPECT_EQ(find(fetch(bank, "T1"), "codes")->as_object(),
            (JsonObject{{household, 205}, {permits, 200}}));
}

TEST_F(SharingTest, AWithdrawalDuringTheFetchStopsIt) {
  const auto bank = service_provider("CLI.bank");
  const DataRequestId id = arrive(bank, "T1", household);
  ASSERT_TRUE(requests->open(person, id));
  const auto consent = state(id).items[0].consent;
  answer = [&](const mydata::GatewayCall&) -> Result<Json> {
    EXPECT_TRUE(run([&](store::Transaction& tx) { return mydata.withdraw(tx, person, consent); }));
    return parse_json(R"({"address":"x"})");
  };
  ASSERT_TRUE(decide(id, {household}));
  work_for(seconds(3));
  EXPECT_EQ(item(id, 0), ItemState::withdrawn);
  EXPECT_EQ(status(fetch(bank, "T1")), 403);
}

/// Whichever is first: never is anything delivered that was withdrawn before the delivery began.
TEST_F(SharingTest, WithdrawalsRaceDeliveriesAndNothingSlipsThrough) {
  const auto bank = service_provider("CLI.bank");
  for (int round = 0; round < 10; ++round) {
    const std::string tx = fmt::format("R{}", round);
    const DataRequestId id = arrive(bank, tx, household);
    ASSERT_TRUE(decide(id, {household}));
    work_for(seconds(2));
    const auto consent = state(id).items[0].consent;
    std::atomic<bool> withdrawn = false;
    bool leaked = false;
    std::thread other([&] {
      while (true) {
        const bool before = withdrawn;
        const auto got = fetch(bank, tx);
        leaked = leaked || (before && status(got) == 200);
        if (before) return;
      }
    });
    ASSERT_TRUE(run([&](store::Transaction& t) { return mydata.withdraw(t, person, consent); }));
    withdrawn = true;
    other.join();
    EXPECT_FALSE(leaked);
  }
}

TEST_F(SharingTest, AStolenTicketOpensNothingForAnotherClient) {
  const auto bank = service_provider("CLI.bank");
  const auto thief = service_provider("CLI.thief");
  const DataRequestId id = arrive(bank, "T1");
  ASSERT_TRUE(decide(id, {household, permits}));
  work_for(seconds(3));
  const std::string ticket(json(bank.url("/ticket?tx=T1")).as_string());
  EXPECT_EQ(status(json(thief.url("/fetch?ticket=" + ticket))), 401);
  const auto other_client = requests->take({.ticket = ticket, .token = "x", .address = "10.9.9.9"});
  EXPECT_EQ(other_client->status, 302);
  ASSERT_TRUE(providers.suspend("CLI.bank", true));
  EXPECT_EQ(status(fetch(bank, "T1")), 403);
  ASSERT_TRUE(providers.suspend("CLI.bank", false));
  EXPECT_EQ(status(fetch(bank, "T1")), 200);
  clock.advance(hours(8));
  EXPECT_EQ(status(fetch(bank, "T1")), 408);
}

TEST_F(SharingTest, TheOldFormsWorkUntilTheirLastDayAndOnlyWhereSwitchedOn) {
  const Date last = parse_date("2026-11-30").value();
  const JsonObject old{{"old_pid", true}, {"old_secret_key", true}, {"no_token", true}};
  const auto bank = service_provider("CLI.old", {last, last, last}, old);
  const DataRequestId id = arrive(bank, "T1");
  ASSERT_TRUE(decide(id, {household, permits}));
  work_for(seconds(3));
  EXPECT_EQ(status(fetch(bank, "T1")), 200);
  const auto strict = service_provider("CLI.new", {}, old);
  EXPECT_NE(sent_to(strict, "T1", household).find("/back?code=400&tx_id=T1"), std::string::npos);
  clock.advance(days(1));
  EXPECT_NE(sent_to(bank, "T2", household).find("code=400"), std::string::npos);
}

TEST_F(SharingTest, SendsBackWithTheCodesOfTheRules) {
  const auto bank = service_provider("CLI.bank");
  const auto code = [&](const std::string& tx, const std::string& resources) {
    const std::string place = sent_to(bank, tx, resources);
    return place.substr(place.find("code="));
  };
  EXPECT_EQ(code("T1", "API.unknown"), "code=401&tx_id=T1");
  arrive(bank, "T2");
  EXPECT_EQ(code("T2", household), "code=403&tx_id=T2") << "tx_id once only";
  EXPECT_EQ(code("T3", household + ":" + household), "code=400&tx_id=T3");
  ASSERT_TRUE(providers.suspend("CLI.bank", true));
  EXPECT_EQ(code("T4", household), "code=423&tx_id=T4");
  ASSERT_TRUE(providers.suspend("CLI.bank", false));
  const auto stray = get(fmt::format(
      "http://127.0.0.1:{}/service/CLI.bank/x/T5?returnUrl=https%3A%2F%2Fevil.example%2F",
      server->port()));
  EXPECT_EQ(stray.headers.get("Location"), "/zh-Hant/data-requests/refused?code=404");
}

TEST_F(SharingTest, SomebodyElseSignedInClosesWith409) {
  const auto bank = service_provider("CLI.bank");
  const DataRequestId id = arrive(bank, "T1");
  const PersonId other = proven_person("B223456789", "wang");
  const auto opened = requests->open(other, id);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->code, 409);
  EXPECT_EQ(requests->open(person, id)->code, 409) << "and stays so";
}

TEST_F(SharingTest, AClaimedNumberOpensNoRegister) {
  const PersonId claims = run([&](store::Transaction& tx) {
                            return identity.add_person(tx, {.name = "",
                                                            .name_latin = "",
                                                            .email = "c@people.example",
                                                            .national_id = "C123456789"});
                          }).value();
  const auto begun =
      requests->begin(claims, mydata::DeliveryMode::download, {household}, AgencyCode{});
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().code, "identity_not_proven");
}

TEST_F(SharingTest, NobodyAnswersFor20MinutesIs408) {
  const auto bank = service_provider("CLI.bank");
  const DataRequestId id = arrive(bank, "T1");
  ASSERT_TRUE(requests->open(person, id));
  clock.advance(minutes(20));
  EXPECT_EQ(decide(id, {household}).error().code, "request_not_open");
  EXPECT_TRUE(workers.run_due());
  EXPECT_EQ(state(id).code, 408);
}

TEST_F(SharingTest, ADeafServiceProviderIs410AndWhatWasBroughtIsDestroyed) {
  const auto bank = service_provider("CLI.bank", {}, {{"deaf", true}});
  const DataRequestId id = arrive(bank, "T1");
  ASSERT_TRUE(decide(id, {household}));
  work_for(seconds(60));
  EXPECT_EQ(state(id).code, 410);
  static constexpr store::Query kept{
      "test_kept", "select count(*) as n from mydata.request_item where content is not null"};
  EXPECT_EQ(db->run(kept)->front().integer("n"), 0);
}

TEST_F(SharingTest, AnItemNeedsTheAssuranceOfItsProvider) {
  const auto bank = service_provider("CLI.bank");
  const DataRequestId id = arrive(bank, "T1");
  const auto low = decide(id, {household}, Assurance::low);
  ASSERT_FALSE(low);
  EXPECT_EQ(low.error().code, "assurance_too_low");
  EXPECT_EQ(state(id).state, RequestState::open) << "nothing has changed";
}

class ScarceTest : public SharingTest {
 protected:
  ScarceTest() {
    auto scarce = resource_of(household, "ris", "person", "address");
    scarce.daily_quota = 1;
    catalogue =
        mydata::Catalogue::of({scarce, resource_of(permits, "wda", "employment", "employer")});
  }
};

TEST_F(ScarceTest, AUsedUpQuotaIs206UntilTomorrow) {
  const auto bank = service_provider("CLI.bank");
  ASSERT_TRUE(decide(arrive(bank, "T1", household), {household}));
  const DataRequestId second = arrive(bank, "T2", household);
  ASSERT_TRUE(decide(second, {household}));
  EXPECT_EQ(state(second).code, 206);
  clock.advance(days(1));
  const DataRequestId third = arrive(bank, "T3", household);
  ASSERT_TRUE(decide(third, {household}));
  EXPECT_EQ(item(third, 0), ItemState::packing);
}

TEST_F(SharingTest, ThePersonGetsAFileThatOnlyThePassphraseOpens) {
  const DataRequestId id =
      requests->begin(person, mydata::DeliveryMode::download, {household}, AgencyCode{}).value();
  EXPECT_EQ(requests->make_file(person, id).error().code, "nothing_ready");
  ASSERT_TRUE(decide(id, {household}));
  work_for(seconds(2));
  const std::string passphrase = requests->make_file(person, id).value();
  EXPECT_EQ(passphrase.size(), 24u);
  const auto zip = temporary.path() / "own.zip";
  std::ofstream(zip, std::ios::binary) << requests->file(person, id).value();
  EXPECT_EQ(read_encrypted(zip, "not-the-passphrase"), "");
  EXPECT_NE(read_encrypted(zip, passphrase).find("臺北市"), std::string::npos);
  const auto consent = state(id).items[0].consent;
  ASSERT_TRUE(run([&](store::Transaction& tx) { return mydata.withdraw(tx, person, consent); }));
  EXPECT_EQ(requests->file(person, id).error().code, "no_file");
}

TEST_F(SharingTest, AClerkGetsTheFileOnceWithTheCodeThatThePersonTells) {
  const AgencyCode ris{"ris"};
  const DataRequestId id =
      requests->begin(person, mydata::DeliveryMode::counter, {household}, ris).value();
  ASSERT_TRUE(decide(id, {household}));
  work_for(seconds(2));
  const std::string old = requests->new_barcode(person, id).value();
  const std::string barcode = requests->new_barcode(person, id).value();
  EXPECT_EQ(requests->scan(ris, old).error().code, "no_such_barcode") << "renewed";
  EXPECT_EQ(requests->scan(AgencyCode{"wda"}, barcode).error().code, "no_such_barcode");
  ASSERT_TRUE(requests->scan(ris, barcode));
  mails.clear();
  work_for(seconds(1));
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_EQ(mails[0].to, "lin@people.example");
  const auto at = mails[0].text.find("\n\n") + 2;
  const std::string code = mails[0].text.substr(at, 6);
  const std::string other = code == "000000" ? "000001" : "000000";
  EXPECT_EQ(requests->hand_over(ris, id, other, "caseworker").error().code, "wrong_code");
  const auto file = requests->hand_over(ris, id, code, "caseworker");
  ASSERT_TRUE(file) << describe(file.error());
  EXPECT_NE(file->zip.find("臺北市"), std::string::npos);
  EXPECT_EQ(requests->hand_over(ris, id, code, "caseworker").error().code, "already_delivered");
  const auto uses = run([&](store::Transaction& tx) { return mydata.usages_of(tx, person); });
  ASSERT_EQ(uses->size(), 1u);
  EXPECT_EQ(uses->front().agency, ris);
}

TEST_F(SharingTest, CodesAtTheCounterAreTriedFiveTimesAndBarcodesLive20Minutes) {
  const AgencyCode ris{"ris"};
  const DataRequestId id =
      requests->begin(person, mydata::DeliveryMode::counter, {household}, ris).value();
  ASSERT_TRUE(decide(id, {household}));
  work_for(seconds(2));
  const std::string barcode = requests->new_barcode(person, id).value();
  ASSERT_TRUE(requests->scan(ris, barcode));
  mails.clear();
  work_for(seconds(1));
  const std::string code = mails.at(0).text.substr(mails[0].text.find("\n\n") + 2, 6);
  const std::string other = code == "000000" ? "000001" : "000000";
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(requests->hand_over(ris, id, other, "caseworker").error().code, "wrong_code");
  EXPECT_EQ(requests->hand_over(ris, id, code, "caseworker").error().code, "code_expired");
  clock.advance(minutes(20));
  EXPECT_EQ(requests->scan(ris, barcode).error().code, "no_such_barcode");
}

TEST_F(SharingTest, AHeartbeatNamesAProviderThatFailsBeforeAnybodyAsks) {
  const auto states = [&] {
    std::string out;
    for (const auto& one : requests->health().value()) out += one.status + " ";
    return out;
  };
  beat = {};
  clock.advance(minutes(5));
  work_for(seconds(1));
  EXPECT_TRUE(requests->health()->front().succeeded_at);
  beat = fail(Kind::unavailable, "register_failed");
  clock.advance(minutes(5));
  work_for(seconds(1));
  EXPECT_EQ(states(), "00 00 ");
  beat = {};
  clock.advance(seconds(30));
  work_for(seconds(1));
  EXPECT_EQ(states(), "01 01 ") << "asked again soon";
  beat = fail(Kind::forbidden, "access_denied");
  clock.advance(minutes(5));
  work_for(seconds(1));
  EXPECT_EQ(states(), "01 01 ") << "that we may not ask is not the register's fault";
}

TEST_F(SharingTest, APackageHoldsADocumentToRead) {
  const auto bank = service_provider("CLI.bank");
  const DataRequestId id = arrive(bank, "T1", household);
  ASSERT_TRUE(decide(id, {household}));
  work_for(seconds(2));
  const Json files = *find(*find(fetch(bank, "T1"), "files"), household);
  const auto pdf = base64_decode(string_or(files, household + ".pdf"));
  ASSERT_TRUE(pdf);
  EXPECT_TRUE(as_text(*pdf).starts_with("%PDF-"));
}

TEST_F(SharingTest, WhoIsAskedInAnOldFormIsToldUntilWhen) {
  mydata::OldForms old;
  old.pid = std::chrono::year(2026) / 12 / 31;
  old.ticket_alone = std::chrono::year(2026) / 12 / 1;
  const auto bank = service_provider("CLI.bank", old);
  const DataRequest request = requests->open(person, arrive(bank, "T1", household)).value();
  EXPECT_EQ(requests->old_form_until(request).value(), old.pid);
  EXPECT_EQ(requests->service_providers()->at(0).old_forms.ticket_alone, old.ticket_alone);
  clock.advance(days(60));
  EXPECT_EQ(requests->old_form_until(request).value(), std::nullopt);
}

TEST_F(SharingTest, OpenPagesAreToldOfEachStep) {
  const DataRequestId id =
      requests->begin(person, mydata::DeliveryMode::download, {household}, AgencyCode{}).value();
  ASSERT_TRUE(decide(id, {household}));
  work_for(seconds(2));
  const auto told =
      db->run(store::Query{"test_told",
                           "select 1 from store.event where topic = 'data-request' and key = $1"},
              to_string(id));
  EXPECT_GE(told.value().size(), 2) << "packing, ready";
}

}  // namespace
}  // namespace minben::sharing
