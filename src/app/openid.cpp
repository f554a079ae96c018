// minben openid: systems that sign people in with us, and the keys that sign for them.
#include <fmt/core.h>

#include "commands.hpp"
#include "files.hpp"
#include "openid/clients.hpp"
#include "platform.hpp"
#include "with_database.hpp"

namespace minben::app::command {

int add_openid_client(const OpenidOptions& options) {
  return with_database(
      options.config,
      [&](const Config&, store::Database& database, const Clock& clock) -> Result<int> {
        MINBEN_TRY(text, read_file(options.client));
        const auto client = openid::read_client(text);
        if (!client) {
          for (const Error& fault : client.error())
            fmt::print(stderr, "{}: {}\n", options.client.string(), describe(fault));
          return 1;
        }
        openid::Clients clients(database, clock);
        MINBEN_CHECK(clients.put(*client));
        fmt::print("{}\n", client->id);
        return 0;
      });
}

int list_openid_clients(const OpenidOptions& options) {
  return with_database(
      options.config,
      [&](const Config&, store::Database& database, const Clock& clock) -> Result<int> {
        openid::Clients clients(database, clock);
        MINBEN_TRY(all, clients.list());
        for (const openid::Client& client : all)
          fmt::print("{:24}  {:6}  {:28}  {}\n", client.id,
                     client.profile == openid::Profile::fapi2 ? "fapi2" : "basic",
                     openid::to_string(client.authentication), client.name.en);
        return 0;
      });
}

int end_openid_client(const OpenidOptions& options) {
  return with_database(
      options.config,
      [&](const Config&, store::Database& database, const Clock& clock) -> Result<int> {
        openid::Clients clients(database, clock);
        MINBEN_CHECK(clients.end(options.id));
        return 0;
      });
}

int rotate_openid_key(const OpenidOptions& options) {
  return with_database(
      options.config,
      [&](const Config& config, store::Database& database, const Clock& clock) -> Result<int> {
        SystemRandom random;
        MINBEN_TRY(ring, trust::KeyRing::load(config.state / master_key_file));
        MINBEN_TRY(keys, keys::Keys::open(database, clock, random, std::move(ring)));
        identity::Identity identity(database, clock, random, *keys, {});
        openid::Config openid;
        openid.issuer = config.origin;
        MINBEN_TRY(provider,
                   openid::Provider::open({database, clock, random, *keys, identity, {}}, openid));
        MINBEN_CHECK(provider->rotate_signing_key(options.at_once));
        return 0;
      });
}

}  // namespace minben::app::command
