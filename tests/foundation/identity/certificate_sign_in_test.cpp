// Signing in with a citizen certificate: first use, later uses, and what others try.
#include "identity/certificate_sign_in.hpp"

#include "certificate_country.hpp"
#include "fixture.hpp"

namespace minben::identity {
namespace {

using outside::citizens::Manner;
using Card = outside::citizens::Identity;

constexpr std::string_view browser = "the secret of this browser", elsewhere = "another browser's";
constexpr std::string_view number = "A123456789", household = "F1234567";

std::string code_of(const auto& result) { return result ? "" : result.error().code; }

class CertificateSignInTest : public IdentityTest {
 protected:
  CertificateSignInTest() { country().clock.set(clock_.now()); }
  static CertificateCountry& country() { return CertificateCountry::one(); }
  static const Card& card() { return country().citizen; }
  static Card new_card(const std::string& name = "王小明", const std::string& last_four = "6789") {
    return country().pki->issue({.name = name, .last_four = last_four}).value();
  }
  Result<std::optional<RegisterEntry>> ask(const RegisterQuestion& question) {
    ++questions_;
    if (away_) return fail(Kind::unavailable, "register_unavailable");
    if (question.national_id != number || question.household_number != household)
      return std::nullopt;
    return RegisterEntry{std::string(number), registered_name_, "WANG, HSIAO-MING",
                         question.language};
  }
  CertificateChallenge begin(std::string_view who = browser) {
    auto challenge = sign_in_.start(who, "192.0.2.7");
    EXPECT_TRUE(challenge) << describe(challenge.error());
    return *challenge;
  }
  static std::string signature(const CertificateChallenge& challenge, const Card& by = card(),
                               const Manner& manner = {}) {
    return std::string(as_text(sign(as_bytes(challenge.text), by, manner)));
  }
  Result<CertificateSignIn::Outcome> sign_in(const Card& by = card(), const Manner& manner = {}) {
    const auto challenge = begin();
    return sign_in_.finish(challenge.id, browser, signature(challenge, by, manner));
  }
  FirstUse first_use(const Card& by = card()) {
    auto outcome = sign_in(by);
    EXPECT_TRUE(outcome) << describe(outcome.error());
    return std::get<FirstUse>(std::move(*outcome));
  }
  Result<SignedIn> bind(const FirstUse& first, const Session* own = nullptr,
                        std::string_view of = number, std::string_view at = household) {
    return sign_in_.bind(first.ticket, browser,
                         {.national_id = std::string(of), .household_number = std::string(at)}, {},
                         own);
  }
  SignedIn signed_in(const Card& by = card()) {
    auto outcome = sign_in(by);
    EXPECT_TRUE(outcome) << describe(outcome.error());
    return std::get<SignedIn>(std::move(*outcome));
  }

  int questions_ = 0;
  bool away_ = false;
  std::string registered_name_ = "王小明";
  CertificateSignIn sign_in_{{db_.database(), clock_, random_, *keys_, identity_,
                              [this](const RegisterQuestion& question) { return ask(question); },
                              "https://minben.example"},
                             CitizenCertificates::make(country().trust()).value()};
};

TEST_F(CertificateSignInTest, TheFirstUseAsksTheRegisterAndLaterOnesDoNot) {
  const FirstUse first = first_use();
  EXPECT_EQ(first.name, "王小明");
  EXPECT_EQ(first.last_four, "6789");
  const auto bound = bind(first);
  ASSERT_TRUE(bound) << describe(bound.error());
  EXPECT_EQ(bound->session.method, "citizen_certificate");
  EXPECT_EQ(bound->session.levels, (Levels{3, 2, 0}));
  EXPECT_EQ(bound->session.assurance, Assurance::substantial);
  EXPECT_EQ(bound->session.amr, (std::vector<std::string>{"sc", "pin", "mfa"}));
  EXPECT_EQ(questions_, 1);
  const SignedIn later = signed_in();
  EXPECT_EQ(later.session.subject, bound->session.subject);
  EXPECT_EQ(questions_, 1);
  const auto person = in_transaction(
      [&](store::Transaction& t) { return identity_.person(t, *later.session.person()); });
  EXPECT_EQ(person->profile.national_id, number);
  EXPECT_EQ(person->profile.name, "王小明");
}

TEST_F(CertificateSignInTest, AReplacedCardBindsAgainToTheSameAccount) {
  const auto bound = bind(first_use());
  const Card replaced = new_card();
  ASSERT_TRUE(country().pki->revoke(outside::citizens::serial_of(new_card().certificate.get()), 4));
  const auto again = bind(first_use(replaced));
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_EQ(again->session.subject, bound->session.subject);
  EXPECT_EQ(signed_in(replaced).session.subject, bound->session.subject);
}

TEST_F(CertificateSignInTest, ASignatureWorksOnce) {
  ASSERT_TRUE(bind(first_use()));
  const auto challenge = begin();
  const std::string made = signature(challenge);
  EXPECT_TRUE(sign_in_.finish(challenge.id, browser, made));
  EXPECT_EQ(code_of(sign_in_.finish(challenge.id, browser, made)), "challenge_expired");
  const auto other = begin();
  EXPECT_EQ(code_of(sign_in_.finish(other.id, browser, made)), "other_challenge");
}

TEST_F(CertificateSignInTest, AChallengeBelongsToTheBrowserThatAsked) {
  ASSERT_TRUE(bind(first_use()));
  const auto challenge = begin(elsewhere);
  EXPECT_EQ(code_of(sign_in_.finish(challenge.id, browser, signature(challenge))),
            "challenge_expired")
      << "who was lured into sending somebody else's signature is not signed in as them";
  EXPECT_EQ(code_of(sign_in_.challenge(challenge.id, browser)), "challenge_expired");
  EXPECT_EQ(sign_in_.challenge(challenge.id, elsewhere)->text, challenge.text);
  EXPECT_TRUE(sign_in_.finish(challenge.id, elsewhere, signature(challenge)));
}

TEST_F(CertificateSignInTest, AChallengeLivesTenMinutes) {
  const auto challenge = begin();
  clock_.advance(minutes(10));
  EXPECT_EQ(code_of(sign_in_.finish(challenge.id, browser, signature(challenge))),
            "challenge_expired");
}

TEST_F(CertificateSignInTest, AMistakeDoesNotUseTheChallengeUpAndFiveDo) {
  ASSERT_TRUE(bind(first_use()));
  const auto challenge = begin();
  const auto encryption = country()
                              .pki
                              ->issue({.name = "王小明",
                                       .last_four = "6789",
                                       .key_usage = outside::citizens::for_encryption})
                              .value();
  EXPECT_EQ(code_of(sign_in_.finish(challenge.id, browser, signature(challenge, encryption))),
            "encryption_certificate");
  EXPECT_EQ(code_of(sign_in_.finish(challenge.id, browser, "a photograph")), "not_a_signature");
  EXPECT_TRUE(sign_in_.finish(challenge.id, browser, signature(challenge)));
  const auto second = begin();
  for (int i = 0; i < 5; ++i) (void)sign_in_.finish(second.id, browser, "");
  EXPECT_EQ(code_of(sign_in_.finish(second.id, browser, signature(second))), "too_many_tries");
}

TEST_F(CertificateSignInTest, RevokedCardsSignNobodyIn) {
  const Card lost = new_card();
  ASSERT_TRUE(bind(first_use(lost)));
  ASSERT_TRUE(country().pki->revoke(outside::citizens::serial_of(lost.certificate.get()), 1));
  EXPECT_EQ(code_of(sign_in(lost)), "certificate_revoked");
  EXPECT_EQ(code_of(sign_in(card(), {.digest = EVP_sha1()})), "weak_signature");
}

// --------------------------------------------------------------------------------- first use

TEST_F(CertificateSignInTest, TheRegisterMustConfirmBothNumbersAndTheName) {
  const FirstUse first = first_use();
  EXPECT_EQ(code_of(bind(first, nullptr, number, "F7654321")), "no_match");
  EXPECT_EQ(code_of(bind(first, nullptr, "A123456788", household)), "national_id");
  EXPECT_EQ(questions_, 1) << "slips of the pen are not asked about";
  registered_name_ = "王大明";
  EXPECT_EQ(code_of(bind(first)), "no_match");
  registered_name_ = "王小明";
  EXPECT_TRUE(bind(first)) << "the ticket outlives mistakes";
  EXPECT_EQ(code_of(bind(first)), "challenge_expired") << "and works once";
}

TEST_F(CertificateSignInTest, SomebodyElsesNumberIsNotTakenWithOnesOwnCard) {
  const Card other = new_card("李大同", "1111");
  EXPECT_EQ(code_of(bind(first_use(other))), "no_match");
  EXPECT_EQ(questions_, 0) << "the certificate names other digits";
  const Card namesake = new_card("李大同", "6789");
  EXPECT_EQ(code_of(bind(first_use(namesake))), "no_match");
  EXPECT_EQ(code_of(sign_in(namesake)), "") << "still nobody's";
}

TEST_F(CertificateSignInTest, GuessingHouseholdNumbersEnds) {
  const FirstUse first = first_use();
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(code_of(bind(first, nullptr, number, fmt::format("F000000{}", i))), "no_match");
  EXPECT_EQ(code_of(bind(first)), "too_many_tries");
  EXPECT_EQ(code_of(bind(first_use())), "too_many_tries") << "also with a new challenge";
  clock_.advance(minutes(61));
  country().clock.set(clock_.now());
  EXPECT_TRUE(bind(first_use()));
}

TEST_F(CertificateSignInTest, ATicketIsOfNoUseElsewhere) {
  const FirstUse first = first_use();
  const RegisterQuestion question{.national_id = std::string(number),
                                  .household_number = std::string(household)};
  EXPECT_EQ(code_of(sign_in_.bind(first.ticket, elsewhere, question)), "challenge_expired");
  std::string altered = first.ticket;
  altered[40] = altered[40] == 'A' ? 'B' : 'A';
  EXPECT_EQ(code_of(sign_in_.bind(altered, browser, question)), "challenge_expired");
  EXPECT_EQ(code_of(sign_in_.bind("", browser, question)), "challenge_expired");
  EXPECT_EQ(questions_, 0);
  clock_.advance(minutes(10));
  EXPECT_EQ(code_of(bind(first)), "challenge_expired");
}

TEST_F(CertificateSignInTest, ARegisterThatIsAwayIsSaidSoAndMayBeAskedAgain) {
  const FirstUse first = first_use();
  away_ = true;
  EXPECT_EQ(code_of(bind(first)), "register_unavailable");
  away_ = false;
  EXPECT_TRUE(bind(first));
}

TEST_F(CertificateSignInTest, WhoIsSignedInBindsTheirOwnAccount) {
  const SignedIn by_mail = IdentityTest::sign_in(Realm::person, "wang@example.test");
  const auto bound = bind(first_use(), &by_mail.session);
  ASSERT_TRUE(bound) << describe(bound.error());
  EXPECT_EQ(bound->session.subject, by_mail.session.subject);
  const SignedIn stranger = IdentityTest::sign_in(Realm::person, "lee@example.test");
  EXPECT_EQ(code_of(bind(first_use(new_card()), &stranger.session)), "account_exists");
}

// --------------------------------------------------------------------------------- mutual TLS

TEST_F(CertificateSignInTest, ACertificateShownInAHandshakeSignsInAtTheHighestLevel) {
  ASSERT_TRUE(bind(first_use()));
  const auto der = outside::citizens::der_of<i2d_X509>(card().certificate.get());
  const auto challenge = begin();
  const auto code = sign_in_.shown(challenge.id, der);
  ASSERT_TRUE(code) << describe(code.error());
  EXPECT_EQ(sign_in_.read_code(*code)->name, "王小明");
  EXPECT_EQ(code_of(sign_in_.finish_shown(*code, elsewhere)), "challenge_expired");
  const auto outcome = sign_in_.finish_shown(*code, browser);
  ASSERT_TRUE(outcome) << describe(outcome.error());
  EXPECT_EQ(std::get<SignedIn>(*outcome).session.assurance, Assurance::high);
  EXPECT_EQ(code_of(sign_in_.finish_shown(*code, browser)), "challenge_expired");
}

TEST_F(CertificateSignInTest, ACodeDoesNotLiveLongAndIsNobodyElses) {
  const auto der = outside::citizens::der_of<i2d_X509>(card().certificate.get());
  const auto challenge = begin();
  const auto code = sign_in_.shown(challenge.id, der).value();
  clock_.advance(minutes(2));
  EXPECT_EQ(code_of(sign_in_.finish_shown(code, browser)), "challenge_expired");
  EXPECT_EQ(code_of(sign_in_.read_code(code)), "challenge_expired");
  EXPECT_EQ(code_of(sign_in_.finish_shown(first_use().ticket, browser)), "challenge_expired")
      << "a ticket is no code";
  EXPECT_EQ(code_of(sign_in_.shown("short", der)), "challenge_expired");
}

}  // namespace
}  // namespace minben::identity
