// minben client: systems of agencies that work over the interface for machines.
#include <fmt/core.h>

#include "api/api.hpp"
#include "commands.hpp"
#include "config.hpp"

namespace minben::app::command {

namespace {

/// Opens the database and does `work` with the clients; prints what went wrong.
template <class Work>
int with_clients(const ClientOptions& options, Work&& work) {
  const auto config = config_or_faults(options.config);
  if (!config) return 2;
  SystemClock clock;
  SystemRandom random;
  const auto done = [&]() -> Result<void> {
    store::DatabaseConfig settings;
    settings.url = config->database_url;
    settings.connections = 1;
    MINBEN_TRY(database, store::Database::open(settings, clock));
    api::Clients clients(*database, clock, random);
    return work(clients);
  }();
  if (done) return 0;
  fmt::print(stderr, "{}\n", describe(done.error()));
  return 2;
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
