#include "fixture.hpp"

namespace minben::identity {
namespace {

class Bindings : public IdentityTest {
 protected:
  static Proof certificate(std::string subject = "serial=1") {
    return {std::string(method::citizen_certificate),
            "CN=MOICA test",
            std::move(subject),
            {3, 3, 0},
            {"sc", "pin", "mfa"}};
  }
  Proven proven(PersonId id) {
    return *in_transaction([&](store::Transaction& t) { return identity_.proven(t, id); });
  }
  Person read(PersonId id) {
    return *in_transaction([&](store::Transaction& t) { return identity_.person(t, id); });
  }
  std::vector<Binding> bindings(PersonId id) {
    return *in_transaction([&](store::Transaction& t) { return identity_.bindings(t, id); });
  }
  Result<void> link(const Session& session, const Proof& proof) {
    return in_transaction([&](store::Transaction& t) { return identity_.link(t, session, proof); });
  }

  const RegisterEntry mei_{"A800000014", "林美", "LIN MEI", Language::zh_hant};
};

TEST_F(Bindings, TheFirstUseMakesAnAccountAndTheNextOneSignsIn) {
  EXPECT_EQ(identity_.sign_in_with_proof(certificate()).error().code, "not_bound");
  const auto first = identity_.bind(certificate(), mei_);
  ASSERT_TRUE(first) << describe(first.error());
  const PersonId person = *first->session.person();
  EXPECT_EQ(first->session.assurance, Assurance::high);
  EXPECT_EQ(first->session.levels, (Levels{3, 3, 0}));
  EXPECT_EQ(eidas(first->session.levels), Assurance::high);
  EXPECT_EQ(read(person).profile.national_id, "A800000014");
  EXPECT_EQ(read(person).profile.email, "");
  EXPECT_EQ(proven(person).method, method::citizen_certificate);

  clock_.advance(hours{1});
  const auto again = identity_.sign_in_with_proof(certificate());
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_EQ(again->session.subject, Subject{person});
  const auto session = identity_.session(again->token);
  ASSERT_TRUE(session) << describe(session.error());
  EXPECT_EQ(session->levels, (Levels{3, 3, 0}));
  EXPECT_EQ(session->amr, (std::vector<std::string>{"sc", "pin", "mfa"}));
  EXPECT_EQ(session->method, method::citizen_certificate);
  EXPECT_EQ(bindings(person).front().last_used_at, clock_.now());
  EXPECT_EQ(identity_.sign_in_with_proof(certificate("serial=2")).error().code, "not_bound");
}

TEST_F(Bindings, AWeakerProofLaterDoesNotTakeWhatAStrongerOneShowed) {
  const PersonId person = *identity_.bind(certificate(), mei_)->session.person();
  Proof card{std::string(method::health_card), "nhi", "000011112222", {2, 1, 0}, {"kba"}};
  const auto session = identity_.bind(card, mei_);
  ASSERT_TRUE(session) << describe(session.error());
  EXPECT_EQ(session->session.subject, Subject{person});
  EXPECT_EQ(session->session.assurance, Assurance::low);
  EXPECT_EQ(session->session.levels, (Levels{3, 1, 0}));
  EXPECT_EQ(eidas(session->session.levels), Assurance::low);
  EXPECT_EQ(bindings(person).size(), 2u);
}

TEST_F(Bindings, WhoOnlyClaimedTheNumberLosesItToWhoeverProvesIt) {
  Profile claim;
  claim.email = "somebody@example.test";
  claim.national_id = "A800000014";
  const PersonId other =
      *in_transaction([&](store::Transaction& t) { return identity_.add_person(t, claim); });
  const auto bound = identity_.bind(certificate(), mei_);
  ASSERT_TRUE(bound) << describe(bound.error());
  EXPECT_NE(bound->session.subject, Subject{other});
  EXPECT_EQ(read(other).profile.national_id, "");
  claim.national_id = "A800000014";
  EXPECT_EQ(in_transaction(
                [&](store::Transaction& t) { return identity_.change_profile(t, other, claim); })
                .error()
                .code,
            "duplicate");
}

TEST_F(Bindings, TheOwnAccountIsRaisedAndItsNumberIsTheRegistersFromThenOn) {
  add_person();
  const SignedIn own = sign_in(Realm::person, "lin@example.test");
  const auto bound = identity_.bind(certificate(), mei_, {.token = own.token}, &own.session);
  ASSERT_TRUE(bound) << describe(bound.error());
  EXPECT_EQ(bound->session.subject, own.session.subject);
  EXPECT_FALSE(identity_.session(own.token));
  const PersonId person = *own.session.person();
  Profile changed = read(person).profile;
  EXPECT_EQ(changed.email, "lin@example.test");
  changed.name = "林美麗";
  EXPECT_TRUE(in_transaction(
      [&](store::Transaction& t) { return identity_.change_profile(t, person, changed); }));
  changed.national_id = "A123456789";
  const auto refused = in_transaction(
      [&](store::Transaction& t) { return identity_.change_profile(t, person, changed); });
  EXPECT_EQ(refused.error().code, "proven");
  EXPECT_TRUE(workers_.run_due());
  EXPECT_NE(mails_.back().subject.find("登入方式"), std::string::npos);
}

TEST_F(Bindings, NobodyTakesAnAccountThatIsProvenToBeAnothers) {
  const auto mei = identity_.bind(certificate(), mei_);
  const RegisterEntry wu{"A123456789", "吳大華", "", Language::zh_hant};
  EXPECT_EQ(identity_.bind(certificate("serial=2"), wu, {}, &mei->session).error().code,
            "other_person");
  EXPECT_EQ(identity_.bind(certificate(), wu).error().code, "bound_elsewhere");
  add_person();
  const SignedIn lin = sign_in(Realm::person, "lin@example.test");
  EXPECT_EQ(identity_.bind(certificate("serial=3"), mei_, {}, &lin.session).error().code,
            "account_exists");
  EXPECT_TRUE(identity_.session(lin.token));  // refused: nothing changed
}

TEST_F(Bindings, AMailboxAloneAddsNoneToAnAccountWithAStrongerOne) {
  const auto mei = identity_.bind(certificate(), mei_);
  Profile profile = read(*mei->session.person()).profile;
  profile.email = "mei@example.test";
  ASSERT_TRUE(in_transaction([&](store::Transaction& t) {
    return identity_.change_profile(t, *mei->session.person(), profile);
  }));
  const SignedIn weak = sign_in(Realm::person, "mei@example.test");
  ASSERT_EQ(weak.session.subject, mei->session.subject);
  const Proof other{std::string(method::openid), "https://op.example", "248289", {0, 2, 2}, {}};
  EXPECT_EQ(link(weak.session, other).error().code, "step_up_required");
  ASSERT_TRUE(link(mei->session, other));
  const auto through = identity_.sign_in_with_proof(other);
  ASSERT_TRUE(through) << describe(through.error());
  EXPECT_EQ(through->session.levels, (Levels{3, 2, 2}));
}

TEST_F(Bindings, OneThatIsRemovedSignsNobodyInAndCanBeBoundAgain) {
  const auto mei = identity_.bind(certificate(), mei_);
  const PersonId person = *mei->session.person();
  const BindingId id = bindings(person).front().id;
  const auto weak = identity_.sign_in_unchecked(person, Assurance::low);
  const auto remove = [&](const Session& session) {
    return in_transaction(
        [&](store::Transaction& t) { return identity_.remove_binding(t, session, id); });
  };
  EXPECT_EQ(remove(weak->session).error().code, "step_up_required");
  ASSERT_TRUE(remove(mei->session));
  EXPECT_EQ(remove(mei->session).error().code, "no_such_binding");
  EXPECT_EQ(identity_.sign_in_with_proof(certificate()).error().code, "not_bound");
  EXPECT_EQ(identity_.bind(certificate(), mei_)->session.subject, Subject{person});
}

TEST_F(Bindings, AreForgottenWithAnErasedPerson) {
  const PersonId person = *identity_.bind(certificate(), mei_)->session.person();
  ASSERT_TRUE(
      in_transaction([&](store::Transaction& t) { return identity_.erase_person(t, person); }));
  EXPECT_EQ(identity_.sign_in_with_proof(certificate()).error().code, "not_bound");
  EXPECT_NE(identity_.bind(certificate(), mei_)->session.subject, Subject{person});
}

TEST_F(Bindings, AProofOfNobodyIsRefused) {
  Proof proof = certificate();
  proof.levels.identity = 1;
  EXPECT_EQ(identity_.bind(proof, mei_).error().code, "bad_proof");
  EXPECT_EQ(identity_.bind(certificate(""), mei_).error().code, "bad_proof");
  EXPECT_EQ(identity_.bind(certificate(), {"", "林美", "", {}}).error().code, "national_id");
}

TEST(Levels, TheWeakerOfBothIsToldToOthers) {
  EXPECT_EQ(eidas({3, 1, 0}), Assurance::low);
  EXPECT_EQ(eidas({0, 3, 0}), Assurance::none);
  EXPECT_EQ(eidas({2, 3, 0}), Assurance::substantial);
  for (const Assurance each :
       {Assurance::none, Assurance::low, Assurance::substantial, Assurance::high})
    EXPECT_EQ(assurance_of_acr(acr_of(each)), each);
  EXPECT_EQ(assurance_of_acr("http://eidas.europa.eu/LoA/highest"), Assurance::none);
}

}  // namespace
}  // namespace minben::identity
