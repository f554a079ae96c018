// Clients and their bearer tokens.
#include <map>
#include <mutex>

#include "api.hpp"

namespace minben::api {

namespace {

constexpr store::Query insert_client{
    "api_insert_client",
    "insert into api.client (agency_id, client_id, name, scopes, token_digest, created_at) "
    "values ($1, $2, $3, $4, $5, $6)"};
constexpr store::Query list_clients{"api_list_clients",
                                    "select agency_id, client_id, name, scopes from api.client "
                                    "where revoked_at is null order by agency_id, name, client_id"};
constexpr store::Query revoke_client{
    "api_revoke_client",
    "update api.client set revoked_at = $2 where client_id = $1 and revoked_at is null"};
constexpr store::Query find_client{"api_find_client",
                                   "select agency_id, client_id, name, scopes from api.client "
                                   "where token_digest = $1 and revoked_at is null"};

constexpr std::string_view token_start = "minben_";  // so that scanners of leaked secrets know it
constexpr std::size_t longest_token = 100;
constexpr seconds remembered{10};
constexpr std::size_t most_remembered = 10'000;

constexpr std::array<std::pair<Scope, std::string_view>, 5> scopes{{{Scope::read, "read"},
                                                                    {Scope::work, "work"},
                                                                    {Scope::deploy, "deploy"},
                                                                    {Scope::operate, "operate"},
                                                                    {Scope::publish, "publish"}}};

Result<Client> read_client(const store::Row& row) {
  Client client{
      row.id<ClientId>("client_id"), AgencyCode{row.text("agency_id")}, row.text("name"), {}};
  for (const std::string& text : row.texts("scopes")) {
    MINBEN_TRY(scope, parse_scope(text));
    client.scopes.insert(scope);
  }
  return client;
}

}  // namespace

std::string_view to_string(Scope scope) {
  return std::ranges::find(scopes, scope, &std::pair<Scope, std::string_view>::first)->second;
}

Result<Scope> parse_scope(std::string_view text) {
  const auto found = std::ranges::find(scopes, text, &std::pair<Scope, std::string_view>::second);
  if (found == scopes.end())
    return fail(Kind::invalid, "unknown_scope", "read, work, deploy, operate or publish", text);
  return found->first;
}

struct Clients::Impl {
  store::Database& database;
  const Clock& clock;
  Random& random;

  struct Remembered {
    Client client;
    Instant until;
  };
  std::mutex mutex{};
  std::map<Sha256, Remembered> known{};

  std::optional<Client> recall(const Sha256& digest) {
    const std::lock_guard lock(mutex);
    const auto found = known.find(digest);
    if (found == known.end() || found->second.until < clock.now()) return std::nullopt;
    return found->second.client;
  }
  void remember(const Sha256& digest, const Client& client) {
    const std::lock_guard lock(mutex);
    if (known.size() >= most_remembered) known.clear();
    known.insert_or_assign(digest, Remembered{client, clock.now() + remembered});
  }
};

Clients::Clients(store::Database& database, const Clock& clock, Random& random)
    : impl_(new Impl{database, clock, random}) {}
Clients::~Clients() = default;

Result<std::pair<Client, std::string>> Clients::add(const NewClient& client) {
  if (client.name.empty() || client.name.size() > 200)
    return fail(Kind::invalid, "bad_length", "1 to 200 bytes", "name");
  if (client.scopes.empty()) return fail(Kind::invalid, "missing", "at least one scope", "scopes");
  const Client made{ClientId::make(impl_->clock, impl_->random), client.agency, client.name,
                    client.scopes};
  const std::string token = std::string(token_start) + impl_->random.token();
  std::vector<std::string> names;
  names.reserve(client.scopes.size());
  for (const Scope scope : client.scopes) names.emplace_back(to_string(scope));
  MINBEN_CHECK(impl_->database.run(insert_client, made.agency, made.id, made.name, names,
                                   std::span<const std::uint8_t>(sha256(token)),
                                   impl_->clock.now()));
  return std::pair{made, token};
}

Result<std::vector<Client>> Clients::list() {
  MINBEN_TRY(rows, impl_->database.run(list_clients));
  std::vector<Client> all;
  for (const auto row : rows) {
    MINBEN_TRY(client, read_client(row));
    all.push_back(std::move(client));
  }
  return all;
}

Result<void> Clients::revoke(ClientId id) {
  MINBEN_TRY(rows, impl_->database.run(revoke_client, id, impl_->clock.now()));
  if (rows.affected() == 0) return fail(Kind::not_found, "no_such_client", to_string(id));
  return {};
}

Result<Client> Clients::by_token(std::string_view token) {
  if (token.size() > longest_token || !token.starts_with(token_start))
    return fail(Kind::unauthorised, "bad_token", "no token of a client");
  const Sha256 digest = sha256(token);
  if (auto known = impl_->recall(digest)) return *known;
  MINBEN_TRY(rows, impl_->database.run(find_client, std::span<const std::uint8_t>(digest)));
  if (rows.empty()) return fail(Kind::unauthorised, "bad_token", "unknown or revoked");
  MINBEN_TRY(client, read_client(rows.front()));
  impl_->remember(digest, client);
  return client;
}

}  // namespace minben::api
