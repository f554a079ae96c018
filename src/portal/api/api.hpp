#pragma once
// The process engine for machines: agencies' own systems deploy models, start instances, work on
// tasks, send messages and look after what is stuck. OpenAPI 3.1 at /api/process/v1/openapi.json.
//
// A client is a system of one agency. It shows a bearer token (RFC 6750) and sees the processes
// under keys "<its agency>/<code>", nothing else; cases of the portal's services are worked on at
// the desk. Bad input is answered with problem details (RFC 9457) that name each field.
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "api/webhooks.hpp"
#include "core/core.hpp"
#include "net/net.hpp"
#include "process/batches.hpp"
#include "process/process.hpp"
#include "store/store.hpp"

namespace minben::api {

using minben::to_string;

enum class Scope : std::uint8_t {
  read,     ///< look at instances, tasks, incidents, models
  work,     ///< start, claim, complete, send messages and signals
  deploy,   ///< new versions of models
  operate,  ///< cancel, suspend, retry, modify, migrate
  publish,  ///< not of processes: datasets of the agency, by the interfaces of open data
};
std::string_view to_string(Scope scope);
Result<Scope> parse_scope(std::string_view text);

using ClientId = Id<struct ClientTag>;

struct Client {
  ClientId id;
  AgencyCode agency;
  std::string name;
  std::set<Scope> scopes;
};

struct NewClient {
  AgencyCode agency;
  std::string name;
  std::set<Scope> scopes;
};

/// The clients and their tokens. Thread-safe.
class Clients {
 public:
  Clients(store::Database& database, const Clock& clock, Random& random);
  ~Clients();
  /// The token is told this once; the database keeps its digest.
  Result<std::pair<Client, std::string>> add(const NewClient& client);
  Result<std::vector<Client>> list();  ///< those not revoked
  /// Nodes notice within ten seconds. not_found "no_such_client".
  Result<void> revoke(ClientId id);
  /// unauthorised "bad_token".
  Result<Client> by_token(std::string_view token);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct Parts {
  store::Database& database;
  const Clock& clock;
  Random& random;
  process::Processes& processes;
  process::Batches& batches;
  Clients& clients;
  Webhooks& webhooks;
};

/// The path below which they all are.
inline constexpr std::string_view base = "/api/process/v1";

/// All routes, behind an access that asks nothing by itself: each authenticates its client. `parts`
/// must live as long as the routes.
std::vector<net::Route> routes(const Parts& parts, net::Access access);

/// For Processes::on_outside(): keeps service tasks until a worker of the agency fetches them.
process::ServiceHandler outside_calls(const Clock& clock);

/// The OpenAPI 3.1 document of the same routes.
Json openapi(std::string_view server);

std::span<const store::Migration> migrations();

}  // namespace minben::api
