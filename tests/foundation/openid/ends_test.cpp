// Whoever is erased, or has died, is signed in nowhere any more, however much was allowed before.
#include "provider_fixture.hpp"

namespace minben::openid {
namespace {

class AccountEnds : public ProviderTest {
 protected:
  store::Workers workers_{db_.database(), clock_};

  AccountEnds() {
    JsonObject json = metadata(land_);
    json["backchannel_logout_uri"] = "https://land.example/backchannel";
    put(json);
    clock_.advance(seconds{11});
    provider_->work_in(workers_);
  }
  void expect_nothing_left(const Answer& tokens, const std::string& unused_code) {
    EXPECT_FALSE(active(string_or(tokens.json, "access_token")));
    EXPECT_EQ(refresh(string_or(tokens.json, "refresh_token"), holder_).error, "invalid_grant");
    EXPECT_EQ(exchange(unused_code, holder_).error, "invalid_grant");
    constexpr store::Query consents{"test_consents", "select count(*) as n from openid.consent"};
    EXPECT_EQ(db_->run(consents).value().front().integer("n"), 0);
    answers_.emplace_back(net::ClientResponse{200, {}, {}, {}});
    answers_.emplace_back(net::ClientResponse{200, {}, {}, {}});
    ASSERT_TRUE(workers_.run_due());
    ASSERT_FALSE(fetched_.empty()) << "the system is told";
    EXPECT_EQ(fetched_.front().url, "https://land.example/backchannel");
  }
};

TEST_F(AccountEnds, ByErasure) {
  const Answer tokens = exchange(code(), holder_);
  const std::string unused = code();
  ASSERT_TRUE(active(string_or(tokens.json, "access_token")));
  ASSERT_TRUE(
      db_->transact([&](store::Transaction& tx) { return identity_.erase_person(tx, person_); }));
  expect_nothing_left(tokens, unused);
}

TEST_F(AccountEnds, ByDeath) {
  // Somebody whom the register knows: this way of signing in makes the account.
  const auto registers =
      [](const identity::RegisterQuestion&) -> Result<std::optional<identity::RegisterEntry>> {
    return identity::RegisterEntry{"A123456789", "王大明", "", Language::zh_hant};
  };
  const auto signed_in = identity_.sign_in_with_documents(registers,
                                                          {.national_id = "A123456789",
                                                           .household_number = "F1234567",
                                                           .health_card_number = "000012345678"},
                                                          "192.0.2.1");
  ASSERT_TRUE(signed_in) << describe(signed_in.error());
  person_ = *signed_in->session.person();
  const Answer tokens = exchange(code(), holder_);
  const std::string unused = code();
  ASSERT_TRUE(active(string_or(tokens.json, "access_token")));
  const auto closed = db_->transact(
      [&](store::Transaction& tx) { return identity_.close_deceased(tx, "A123456789"); });
  ASSERT_TRUE(closed);
  EXPECT_TRUE(*closed);
  expect_nothing_left(tokens, unused);
}

TEST_F(AccountEnds, ButNotWithOneSession) {
  const Answer tokens = exchange(code(), holder_);
  ASSERT_TRUE(db_->transact(
      [&](store::Transaction& tx) { return identity_.end_all_sessions(tx, person_); }));
  clock_.advance(minutes{2});
  ASSERT_TRUE(workers_.run_due());
  EXPECT_EQ(refresh(string_or(tokens.json, "refresh_token"), holder_).status, 200)
      << "offline_access outlives the session, as docs/openid.md says";
}

}  // namespace
}  // namespace minben::openid
