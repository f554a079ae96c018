// Mobile approval against the service that stands in for TW FidO, and what attackers try with it.
#include <fstream>

#include "fixture.hpp"
#include "identity/mobile_approval.hpp"
#include "mobile_approval/service.hpp"
#include "support/shared.hpp"

namespace minben::identity {
namespace {

namespace phones = outside::approval;

constexpr std::string_view wang = "Y290000027";  // RSA: the last digit is odd
constexpr std::string_view chen = "Y290000036";  // P-256
constexpr std::string_view dead = "Y290000009";
constexpr std::string_view nobody = "Y290000018";
constexpr std::string_view browser = "a-browser-of-somebody",
                           other_browser = "a-browser-of-another";
constexpr std::string_view home = "192.0.2.1";

Result<std::optional<RegisterEntry>> household_register(const RegisterQuestion& question) {
  const std::map<std::string, std::pair<std::string, std::string>, std::less<>> known{
      {std::string(wang), {"Y9000002", "王美玲"}},
      {std::string(chen), {"Y9000003", "陳志明"}},
      {std::string(dead), {"Y9000000", "林阿公"}}};
  const auto found = known.find(question.national_id);
  if (found == known.end() || found->second.first != question.household_number) return std::nullopt;
  if (question.national_id == dead) return fail(Kind::forbidden, "deceased");
  return RegisterEntry{question.national_id, found->second.second, "", question.language};
}

class ApprovalTest : public IdentityTest {
 protected:
  ApprovalTest() {
    std::ofstream(directory.path() / "people.jsonl")
        << R"({"number":"Y290000027","name":"王美玲"})" << "\n"
        << R"({"number":"Y290000036","name":"陳志明"})" << "\n"
        << R"({"number":"Y290000009","name":"林阿公"})" << "\n";
    start_service(phones::Manner::good);
    MobileApprovalConfig config;
    config.url = fmt::format("http://127.0.0.1:{}", service->port());
    config.provider = "minben";
    config.secret = secret;
    config.roots = {test::read_file(directory.path() / "keys/authority.pem")};
    config.app_link = "https://app.example/verifySign";
    config.origin = "http://localhost:8080";
    approval = make(config);
    made_with = config;
  }
  std::unique_ptr<MobileApproval> make(const MobileApprovalConfig& config) {
    return std::make_unique<MobileApproval>(
        MobileApproval::Parts{identity_, db_.database(), clock_, random_, *keys_,
                              household_register},
        config);
  }
  void start_service(phones::Manner manner) {
    const std::uint16_t port = service ? service->port() : 0;
    service.reset();
    phones::ServiceConfig config;
    config.port = port;
    config.people = directory.path() / "people.jsonl";
    config.directory = directory.path() / "keys";
    config.secret = secret;
    config.manner = manner;
    service = phones::Service::start(config, clock_, random_).value();
  }
  Result<void> push(std::string_view who, std::string_view from = browser,
                    std::string_view network = home) {
    return approval->start({ApprovalMode::push, std::string(who), from, network});
  }
  std::string begin(std::string_view who, std::string_view from = browser,
                    std::string_view network = home) {
    const auto begun = push(who, from, network);
    return begun ? "" : begun.error().code;
  }
  /// After the four seconds that the service asks for.
  ApprovalState state(std::string_view from = browser) {
    clock_.advance(seconds{4});
    const auto shown = approval->look(from);
    EXPECT_TRUE(shown) << describe(shown.error());
    return shown ? shown->state : ApprovalState::unusable;
  }
  void answer(std::string_view who, bool approve = true) {
    const auto waiting = service->waiting_for(who);
    ASSERT_EQ(waiting.size(), 1u);
    ASSERT_TRUE(service->answer(waiting.front().id, *service->people().find(who), approve));
  }
  SignedIn bound(std::string_view who, std::string_view household) {
    EXPECT_EQ(begin(who), "");
    answer(who);
    EXPECT_EQ(state(), ApprovalState::approved);
    EXPECT_EQ(approval->finish(browser, {}).error().code, "not_bound");
    auto done = approval->first_use(browser, household, {}, nullptr);
    EXPECT_TRUE(done) << describe(done.error());
    return std::move(*done);
  }
  std::string finish(std::string_view from = browser) {
    const auto done = approval->finish(from, {});
    return done ? "signed in" : done.error().code;
  }
  std::string first_use(std::string_view household, std::string_view from = browser) {
    const auto done = approval->first_use(from, household, {}, nullptr);
    return done ? "signed in" : done.error().code;
  }

  test::TemporaryDirectory directory;
  Bytes secret = Bytes(32, 7);
  std::unique_ptr<phones::Service> service;
  MobileApprovalConfig made_with;
  std::unique_ptr<MobileApproval> approval;
};

TEST_F(ApprovalTest, SignsInWhoApprovedOnTheirPhone) {
  const SignedIn first = bound(wang, "Y9000002");
  EXPECT_EQ(first.session.assurance, Assurance::substantial);
  EXPECT_EQ(first.session.levels, (Levels{2, 2, 0}));
  EXPECT_EQ(first.session.method, "mobile_approval");
  const auto person = in_transaction(
      [&](store::Transaction& t) { return identity_.person(t, *first.session.person()); });
  EXPECT_EQ(person->profile.name, "王美玲");
  EXPECT_EQ(person->profile.national_id, wang);
  ASSERT_EQ(begin(wang), "");
  EXPECT_EQ(state(), ApprovalState::waiting);
  answer(wang);
  EXPECT_EQ(state(), ApprovalState::approved);
  const auto again = approval->finish(browser, {});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->session.subject, first.session.subject);
}

TEST_F(ApprovalTest, ShowsTheSameNumberHereAndThere) {
  ASSERT_EQ(begin(chen), "");
  const auto shown = approval->look(browser);
  const std::string hint = service->waiting_for(chen).front().hint;
  EXPECT_TRUE(hint.ends_with(std::to_string(shown->number))) << hint;
  EXPECT_TRUE(shown->number >= 10 && shown->number <= 99);
}

TEST_F(ApprovalTest, IsScannedOrOpenedByALink) {
  for (const ApprovalMode mode : {ApprovalMode::scan, ApprovalMode::link}) {
    ASSERT_TRUE(approval->start({mode, "", browser, home}));
    const std::string link = approval->look(browser)->link;
    ASSERT_TRUE(link.starts_with("https://app.example/verifySign?sp_ticket=")) << link;
    const auto asked = service->find_ticket(link.substr(link.find('=') + 1));
    ASSERT_TRUE(asked);
    EXPECT_TRUE(service->take_up(asked->id, *service->people().find(chen)));
    EXPECT_EQ(state(), ApprovalState::seen);
    ASSERT_TRUE(service->answer(asked->id, *service->people().find(chen), true));
    EXPECT_EQ(state(), ApprovalState::approved);
    if (mode == ApprovalMode::scan) {
      EXPECT_EQ(finish(), "not_bound");
      EXPECT_EQ(first_use("Y9000003"), "signed in");
    } else {
      EXPECT_EQ(finish(), "signed in");
    }
  }
}

TEST_F(ApprovalTest, EndsInWordsOfItsOwn) {
  ASSERT_EQ(begin(wang), "");
  answer(wang, false);
  EXPECT_EQ(state(), ApprovalState::refused);
  EXPECT_EQ(finish(), "not_approved");
  ASSERT_EQ(begin(chen), "");
  clock_.advance(made_with.time_limit);
  EXPECT_EQ(state(), ApprovalState::expired);
  ASSERT_EQ(begin(chen), "");
  service.reset();
  EXPECT_EQ(state(), ApprovalState::unreachable);
  EXPECT_EQ(begin(chen, other_browser), "approval_open");
  clock_.advance(hours{2});
  EXPECT_EQ(begin(chen, other_browser), "approval_unavailable");
  EXPECT_EQ(approval->look("a-browser-that-never-asked").error().code, "no_approval");
}

TEST_F(ApprovalTest, PollsNoFasterThanTheServiceAllows) {
  ASSERT_EQ(begin(wang), "");
  answer(wang);
  EXPECT_EQ(approval->look(browser)->state, ApprovalState::waiting) << "not asked yet";
  clock_.advance(seconds{3});
  EXPECT_EQ(approval->look(browser)->state, ApprovalState::waiting);
  clock_.advance(seconds{1});
  EXPECT_EQ(approval->look(browser)->state, ApprovalState::approved);
}

// ---------------------------------------------------------------------------------- attacks

TEST_F(ApprovalTest, AnotherBrowserGetsNothingOfARequest) {
  ASSERT_EQ(begin(wang), "");
  answer(wang);
  EXPECT_EQ(approval->look(other_browser).error().code, "no_approval");
  EXPECT_EQ(finish(other_browser), "not_approved");
  EXPECT_EQ(state(), ApprovalState::approved);
  EXPECT_EQ(first_use("Y9000002"), "signed in");
}

TEST_F(ApprovalTest, AResultIsUsedOnce) {
  (void)bound(wang, "Y9000002");
  EXPECT_EQ(finish(), "not_approved");
  EXPECT_EQ(first_use("Y9000002"), "not_approved");
  ASSERT_EQ(begin(wang), "");
  answer(wang);
  ASSERT_EQ(state(), ApprovalState::approved);
  EXPECT_EQ(finish(), "signed in");
  EXPECT_EQ(finish(), "not_approved");
}

TEST_F(ApprovalTest, AnApprovalDoesNotLast) {
  ASSERT_EQ(begin(wang), "");
  answer(wang);
  ASSERT_EQ(state(), ApprovalState::approved);
  clock_.advance(minutes{6});
  EXPECT_EQ(finish(), "not_bound");
  clock_.advance(minutes{5});  // being tried does not make it live longer
  EXPECT_EQ(first_use("Y9000002"), "not_approved");
}

TEST_F(ApprovalTest, WhatWasNotAskedIsNotTaken) {
  for (const auto manner :
       {phones::Manner::altered, phones::Manner::transplant, phones::Manner::other}) {
    start_service(manner);
    ASSERT_EQ(begin(wang), "");
    answer(wang);
    EXPECT_EQ(state(), ApprovalState::unusable);
    start_service(phones::Manner::good);
    EXPECT_EQ(state(), ApprovalState::unusable) << "it is not tried again";
    EXPECT_EQ(finish(), "not_approved");
    clock_.advance(hours{2});
  }
}

TEST_F(ApprovalTest, AnotherAuthoritysCertificateIsNotTaken) {
  MobileApprovalConfig config = made_with;
  const auto stranger = trust::Authority::create("Another", 30, clock_).value();
  config.roots = {stranger.certificate().pem};
  approval = make(config);
  ASSERT_EQ(begin(wang), "");
  answer(wang);
  EXPECT_EQ(state(), ApprovalState::unusable);
  config.roots = made_with.roots;
  approval = make(config);
  clock_.advance(days{3650});  // certificates of people live three years
  ASSERT_EQ(begin(chen), "");
}

TEST_F(ApprovalTest, ARevokedPhonesApprovalIsNotTaken) {
  std::shared_ptr<const trust::RevocationIndex> list;
  const auto authority = trust::authority_from_pem(made_with.roots.front()).value();
  MobileApprovalConfig config = made_with;
  config.revocation.list = [&](const trust::Certificate& issuer) {
    EXPECT_EQ(issuer.der, authority.der);
    return list;
  };
  const auto fetch = [&] {
    list = std::make_shared<const trust::RevocationIndex>(
        trust::RevocationIndex::make(service->people().list(), authority).value());
  };
  approval = make(config);
  ASSERT_EQ(begin(wang), "");
  answer(wang);
  EXPECT_EQ(state(), ApprovalState::unreachable) << "nobody can tell: it is asked again";
  fetch();
  EXPECT_EQ(state(), ApprovalState::approved);
  EXPECT_EQ(finish(), "not_bound");
  EXPECT_EQ(first_use("Y9000002"), "signed in");

  ASSERT_EQ(begin(wang), "");
  answer(wang);  // and while that is on its way, the phone is changed
  ASSERT_TRUE(service->people().set_phone(std::string(wang), true));
  fetch();
  EXPECT_EQ(list->size(), 1u);
  EXPECT_EQ(state(), ApprovalState::unusable);
  EXPECT_EQ(finish(), "not_approved");
  clock_.advance(hours{1});
  fetch();
  ASSERT_EQ(begin(wang), "");
  answer(wang);
  EXPECT_EQ(state(), ApprovalState::approved) << "by the new phone";
  EXPECT_EQ(finish(), "signed in");
}

TEST_F(ApprovalTest, APhoneThatWasLostMeanwhileDoesNotCount) {
  ASSERT_EQ(begin(wang), "");
  answer(wang);
  ASSERT_TRUE(service->people().set_phone(std::string(wang), false));
  EXPECT_EQ(state(), ApprovalState::unusable) << "LF-01 says so";
  EXPECT_EQ(finish(), "not_approved");
}

TEST_F(ApprovalTest, NobodyLearnsWhoHasAPhone) {
  const std::array<std::string_view, 2> both{wang, nobody};
  std::array<std::vector<std::string>, 2> seen;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto note = [&](const auto& value) { seen[i].push_back(fmt::format("{}", value)); };
    note(begin(both[i]));
    note(static_cast<int>(state()));
    note(begin(both[i], other_browser));
    clock_.advance(made_with.time_limit);
    note(static_cast<int>(state()));
    for (int n = 0; n < 4; ++n) note(begin(both[i]));
    clock_.advance(hours{2});
  }
  EXPECT_EQ(seen[0], seen[1]);
}

TEST_F(ApprovalTest, APersonIsNotShoweredWithRequests) {
  for (int i = 0; i < made_with.pushes_per_person_per_hour; ++i) EXPECT_EQ(begin(wang), "") << i;
  EXPECT_EQ(begin(wang), "too_many_approvals");
  EXPECT_EQ(begin(wang, other_browser, "198.51.100.1"), "too_many_approvals");
  EXPECT_TRUE(approval->start({ApprovalMode::scan, "", browser, home})) << "another way is open";
  clock_.advance(hours{1});
  for (int i = 0; i < made_with.refusals_per_person_per_day; ++i) {
    ASSERT_EQ(begin(wang), "");
    const auto waiting = service->waiting_for(wang);
    ASSERT_TRUE(service->answer(waiting.front().id, *service->people().find(wang), false));
    ASSERT_EQ(state(), ApprovalState::refused);
  }
  clock_.advance(hours{2});
  EXPECT_EQ(begin(wang), "too_many_approvals") << "who refused twice is left alone for the day";
  clock_.advance(hours{23});
  EXPECT_EQ(begin(wang), "");
}

TEST_F(ApprovalTest, OneRequestForAPersonIsOpenAtATime) {
  ASSERT_EQ(begin(wang), "");
  EXPECT_EQ(begin(wang, other_browser), "approval_open");
  clock_.advance(made_with.time_limit);
  EXPECT_EQ(begin(wang, other_browser), "");
}

TEST_F(ApprovalTest, ANetworkIsLimited) {
  MobileApprovalConfig config = made_with;
  config.starts_per_network_per_hour = 3;
  approval = make(config);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(approval->start({ApprovalMode::scan, "", browser, home}));
  EXPECT_EQ(approval->start({ApprovalMode::scan, "", browser, home}).error().code,
            "too_many_approvals");
  EXPECT_TRUE(approval->start({ApprovalMode::scan, "", browser, "198.51.100.1"}));
}

TEST_F(ApprovalTest, APhoneOfSomebodyElseBindsNothingOfOnes) {
  ASSERT_TRUE(approval->start({ApprovalMode::scan, "", browser, home}));
  const auto link = approval->look(browser)->link;
  const auto asked = service->find_ticket(link.substr(link.find('=') + 1));
  ASSERT_TRUE(service->answer(asked->id, *service->people().find(chen), true));
  ASSERT_EQ(state(), ApprovalState::approved);
  EXPECT_EQ(first_use("Y9000002"), "no_match") << "the household of another";
  for (int i = 0; i < 4; ++i) EXPECT_EQ(first_use("Y900000" + std::to_string(5 + i)), "no_match");
  EXPECT_EQ(first_use("Y9000003"), "too_many_tries");
}

TEST_F(ApprovalTest, ADeathClosesTheAccountAndAMistakeOpensIt) {
  EXPECT_EQ(begin(dead), "");
  answer(dead);
  ASSERT_EQ(state(), ApprovalState::approved);
  EXPECT_EQ(finish(), "not_bound");
  EXPECT_EQ(first_use("Y9000000"), "deceased");
  EXPECT_EQ(first_use("Y9000000"), "not_approved") << "nothing is left to try";

  const SignedIn living = bound(wang, "Y9000002");
  const auto closed =
      in_transaction([&](store::Transaction& t) { return identity_.close_deceased(t, wang); });
  EXPECT_TRUE(closed && *closed);
  EXPECT_EQ(identity_.session(living.token).error().code, "no_session");
  ASSERT_EQ(begin(wang), "");
  answer(wang);
  ASSERT_EQ(state(), ApprovalState::approved);
  EXPECT_EQ(finish(), "account_closed");
  EXPECT_EQ(first_use("Y9000002"), "signed in") << "the register was wrong, and says so now";
}

TEST_F(ApprovalTest, AnswersAreReadStrictly) {
  for (const std::string_view bad :
       {"", "{", "[]", "{}", R"({"error_code":7})", R"({"error_code":"0"})",
        R"({"error_code":"0","result":{"signed_response":"!","cert":"AA=="}})",
        R"({"error_code":"0","result":{"signed_response":"AA==","cert":""}})"})
    EXPECT_EQ(read_approval_answer(bad).error().code, "not_an_approval") << bad;
  EXPECT_EQ(read_approval_answer(R"({"error_code":"20002"})")->code, "20002");
}

}  // namespace
}  // namespace minben::identity
