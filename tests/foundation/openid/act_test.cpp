// Somebody signs in for another: the system learns of both, and it ends with the mandate.
#include "identity/mandates.hpp"
#include "ledger/commitments.hpp"
#include "provider_fixture.hpp"

namespace minben::openid {
namespace {

class ActsFor : public ProviderTest {
 protected:
  ledger::Commitments commitments_{clock_, random_};
  identity::Mandates mandates_{
      {db_.database(),
       clock_,
       random_,
       identity_,
       commitments_,
       {[](PersonId, const identity::Profile&) -> Result<std::vector<identity::Represented>> {
          return std::vector<identity::Represented>{
              {{"A100000001", "王小明", ""}, parse_date("2015-05-05").value()}};
        },
        {}}}};
  store::Workers workers_{db_.database(), clock_};
  identity::SignedIn guardian_ =
      identity_
          .bind({std::string(identity::method::citizen_certificate), "ca", "1", {3, 3, 0}, {"sc"}},
                {"A123456789", "王大明", ""})
          .value();
  identity::MandateId mandate_ =
      mandates_.take_guardianship(guardian_.session, "A100000001").value();

  ActsFor() {
    provider_->work_in(workers_);
    EXPECT_TRUE(mandates_.act(guardian_.session, mandate_));
  }
  identity::Session session() { return identity_.session(guardian_.token).value(); }
  Answer tokens() {
    const identity::Session acting = session();
    const auto location =
        provider_->allow(begin(push()), {acting.principal(), acting.id, acting.assurance,
                                         acting.amr, acting.signed_in_at, acting.act()});
    EXPECT_TRUE(location) << describe(location.error());
    return exchange(code_in(*location), holder_);
  }
};

TEST_F(ActsFor, AndBothAreNamedPairwise) {
  const Answer answer = tokens();
  const Json token = id_token_of(answer);
  const Json* act = find(token, "act");
  ASSERT_NE(act, nullptr);
  EXPECT_EQ(string_or(*act, "kind"), "guardian");
  EXPECT_NE(string_or(*act, "sub"), string_or(token, "sub"));
  EXPECT_EQ(string_or(*act, "sub").size(), 43u);
  const Answer seen = post("/openid/introspect",
                           proven({{"token", string_or(answer.json, "access_token")}}, land_));
  EXPECT_EQ(*find(seen.json, "act"), *act);
}

TEST_F(ActsFor, UntilTheMandateEnds) {
  const Answer answer = tokens();
  const std::string access = string_or(answer.json, "access_token");
  clock_.advance(minutes{2});
  ASSERT_TRUE(workers_.run_due());
  EXPECT_TRUE(active(access)) << "the session is the actor's, and lives";
  ASSERT_TRUE(mandates_.end(session(), mandate_));
  EXPECT_FALSE(active(access));
  EXPECT_EQ(refresh(string_or(answer.json, "refresh_token"), holder_).error, "invalid_grant");
}

TEST_F(ActsFor, NobodyElsesSignInsEnd) {
  const Answer own = exchange(code(), holder_);
  ASSERT_TRUE(mandates_.end(session(), mandate_));
  EXPECT_TRUE(active(string_or(own.json, "access_token")));
}

}  // namespace
}  // namespace minben::openid
