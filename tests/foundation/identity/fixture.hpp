#pragma once
#include <gtest/gtest.h>

#include "identity/identity.hpp"
#include "support/database.hpp"

namespace minben::identity {

/// A fresh platform on a clock that stands still, and the mails it sends.
class IdentityTest : public testing::Test {
 protected:
  IdentityTest() {
    identity_.work_in(workers_, [this](const OutgoingMail& mail) -> Result<void> {
      mails_.push_back(mail);
      return {};
    });
  }

  static Config config() {
    Config config;
    config.rp_id = "localhost";
    config.origins = {"http://localhost:8080"};
    return config;
  }
  template <class Work>
  auto in_transaction(Work&& work) {
    return db_->transact(std::forward<Work>(work));
  }
  PersonId add_person(const std::string& email = "lin@example.test") {
    Profile profile;
    profile.name = "林美";
    profile.email = email;
    return *in_transaction([&](store::Transaction& t) { return identity_.add_person(t, profile); });
  }
  OfficerId add_officer(const std::string& email = "chen@nia.test",
                        std::vector<std::string> roles = {"caseworker"}) {
    const NewOfficer officer{{"nia"}, "陳大文", email, std::move(roles), Language::zh_hant};
    return *in_transaction(
        [&](store::Transaction& t) { return identity_.add_officer(t, officer); });
  }
  /// The six digits in the last mail.
  std::string last_code() {
    EXPECT_TRUE(workers_.run_due());
    EXPECT_FALSE(mails_.empty());
    return mails_.empty() ? "" : mails_.back().subject.substr(0, 6);
  }
  CodeSent send(Realm realm, const std::string& email) {
    const auto sent = identity_.send_code(realm, email, Language::en, "192.0.2.7");
    EXPECT_TRUE(sent) << describe(sent.error());
    return *sent;
  }
  SignedIn sign_in(Realm realm, const std::string& email) {
    const CodeSent sent = send(realm, email);
    auto signed_in = identity_.sign_in_with_code(sent.challenge, last_code());
    EXPECT_TRUE(signed_in) << describe(signed_in.error());
    return std::move(*signed_in);
  }

  VirtualClock clock_{*parse_instant("2026-11-23T00:00:00Z")};
  SystemRandom random_;
  test::TestDatabase db_{clock_, {keys::migrations(), migrations()}};
  std::unique_ptr<keys::Keys> keys_ =
      *keys::Keys::open(db_.database(), clock_, random_, std::make_shared<trust::KeyRing>());
  Identity identity_{db_.database(), clock_, random_, *keys_, config()};
  store::Workers workers_{db_.database(), clock_};
  std::vector<OutgoingMail> mails_;
};

}  // namespace minben::identity
