// A platform that begins its own exchange, with nobody in it.
#include "platform.hpp"

#include <gtest/gtest.h>

#include "files.hpp"
#include "support/database.hpp"
#include "support/shared.hpp"

namespace minben::app {
namespace {

TEST(PlatformExchange, BeginsWithNobodyInIt) {
  SystemClock clock;
  SystemRandom random;
  const test::TemporaryDirectory directory;
  test::TestDatabase database(clock);
  Config config;
  config.origin = "http://localhost:8080";
  config.database_url = database.url();
  config.state = directory.path() / "platform";
  config.packages = directory.path() / "packages";
  std::filesystem::create_directory(config.packages);
  std::filesystem::copy(std::filesystem::path(MINBEN_SOURCE_DIR) / "packages/calendar",
                        config.packages / "calendar", std::filesystem::copy_options::recursive);
  config.payment_provider_url = "http://localhost:1";
  config.payment_secret_file = directory.path() / "secret";
  config.registry_directory = directory.path() / "registry";
  config.exchange_instance = "TW";
  ASSERT_TRUE(trust::write_secret_file(config.payment_secret_file, std::string(64, 'a')));
  {
    const auto platform = Platform::open(config, clock, random);
    ASSERT_TRUE(platform) << describe(platform.error());
    registry::Registry* registry = (*platform)->registry();
    ASSERT_NE(registry, nullptr);
    EXPECT_TRUE((*platform)->exchange().members.empty());
    EXPECT_EQ((*platform)->exchange().instance, "TW");
    EXPECT_EQ((*platform)->exchange().usage_url, "http://localhost:8080/exchange/usage");
    const auto text = registry->published().value()->text;
    EXPECT_TRUE(exchange::verify_configuration(text, registry->key(), clock.now()));

    // A death and its correction are in the ledger as well as in identity's own books.
    identity::Identity& identity = (*platform)->identity();
    const identity::Proof phone{"mobile_approval", "authority", "1", {2, 2, 0}, {"swk"}};
    const PersonId person =
        *identity.bind(phone, {"Y290000027", "王美玲", "", Language::en})->session.person();
    const auto entries = (*platform)->database().transact(
        [&](store::Transaction& tx) -> Result<std::vector<ledger::Entry>> {
          MINBEN_CHECK(identity.hear(tx, {"e1", "Y290000027", true}));
          MINBEN_CHECK(identity.hear(tx, {"e2", "Y290000027", false}));
          return (*platform)->commitments().entries_of(tx, person);
        });
    ASSERT_TRUE(entries) << describe(entries.error());
    EXPECT_EQ(entries->size(), 2u);
    for (const ledger::Entry& entry : *entries) EXPECT_EQ(entry.type, "identity.closing");
  }
  const auto again = Platform::open(config, clock, random);
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_EQ((*again)->exchange().version, 1);  // nothing has changed
}

}  // namespace
}  // namespace minben::app
