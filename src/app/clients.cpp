// minben client: systems of agencies that work over the interface for machines.
#include <fmt/core.h>

#include "api/api.hpp"
#include "commands.hpp"
#include "with_database.hpp"

namespace minben::app::command {

namespace {

/// Does `work` with the clients.
template <class Work>
int with_clients(const ClientOptions& options, Work&& work) {
  return with_database(
      options.config,
      [&](const Config&, store::Database& database, const Clock& clock) -> Result<int> {
        SystemRandom random;
        api::Clients clients(database, clock, random);
        MINBEN_CHECK(work(clients));
        return 0;
      });
}

}  // namespace

int add_client(const ClientOptions& options) {
  return with_clients(options, [&](api::Clients& clients) -> Result<void> {
    api::NewClient client{AgencyCode{}, options.name, {}};
    MINBEN_TRY(agency, AgencyCode::parse(options.agency));
    client.agency = agency;
    for (const std::string& text : options.scopes) {
      MINBEN_TRY(scope, api::parse_scope(text));
      client.scopes.insert(scope);
    }
    MINBEN_TRY(made, clients.add(client));
    fmt::print("{}\n{}\n", to_string(made.first.id), made.second);
    return {};
  });
}

int list_clients(const ClientOptions& options) {
  return with_clients(options, [&](api::Clients& clients) -> Result<void> {
    MINBEN_TRY(all, clients.list());
    for (const api::Client& client : all) {
      std::string scopes;
      for (const api::Scope scope : client.scopes)
        scopes += fmt::format(" {}", api::to_string(scope));
      fmt::print("{}  {:8}  {} {}\n", to_string(client.id), client.agency.value, client.name,
                 scopes);
    }
    return {};
  });
}

int revoke_client(const ClientOptions& options) {
  return with_clients(options, [&](api::Clients& clients) -> Result<void> {
    MINBEN_TRY(id, api::ClientId::parse(options.id));
    return clients.revoke(id);
  });
}

}  // namespace minben::app::command
