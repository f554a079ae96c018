#include "openid/clients.hpp"

#include <map>
#include <mutex>

#include <spdlog/spdlog.h>

#include "openid/request.hpp"

namespace minben::openid {

namespace {

using store::Query;
constexpr Query put_client{
    "openid_put_client",
    "insert into openid.client (client_id, metadata, added_at) values ($1, $2, $3) "
    "on conflict (client_id) do update set metadata = excluded.metadata, ended_at = null"};
constexpr Query list_clients{
    "openid_list_clients",
    "select metadata from openid.client where ended_at is null order by client_id"};
constexpr Query end_client{
    "openid_end_client",
    "update openid.client set ended_at = $2 where client_id = $1 and ended_at is null"};
constexpr Query end_its_sign_ins{
    "openid_end_its_sign_ins",
    "update openid.sign_in set ended_at = $2 where client_id = $1 and ended_at is null"};
constexpr Query find_client{
    "openid_find_client",
    "select metadata from openid.client where client_id = $1 and ended_at is null"};

constexpr seconds remembered{10};
constexpr minutes keys_remembered{5};
constexpr seconds keys_asked_again{30};
constexpr std::size_t most_remembered = 10'000;
constexpr std::size_t max_key_set = 256u << 10;

Result<Client> read_stored(const store::Row& row) {
  auto client = read_client(write_json(row.json("metadata")));
  if (!client) return fail(client.error().front());
  return std::move(*client);
}

}  // namespace

struct Clients::Impl {
  store::Database& database;
  const Clock& clock;
  Fetch fetch;

  struct Known {
    std::shared_ptr<const Client> client;  ///< none: there is no such client
    Instant until;
  };
  struct Keys {
    trust::JwkSet keys;
    Instant fetched_at;
  };
  std::mutex mutex{};
  std::map<std::string, Known, std::less<>> known{};
  std::map<std::string, Keys> keys{};

  std::optional<Known> recall(std::string_view id) {
    const std::lock_guard lock(mutex);
    const auto found = known.find(id);
    if (found == known.end() || found->second.until <= clock.now()) return std::nullopt;
    return found->second;
  }
  void remember(std::string_view id, std::shared_ptr<const Client> client) {
    const std::lock_guard lock(mutex);
    if (known.size() >= most_remembered) known.clear();
    known.insert_or_assign(std::string(id), Known{std::move(client), clock.now() + remembered});
  }
  void forget(std::string_view id) {
    const std::lock_guard lock(mutex);
    known.erase(std::string(id));
  }

  Result<trust::JwkSet> fetch_keys(const std::string& address) {
    if (!fetch)
      return fail(Kind::unavailable, error::temporarily_unavailable, "no way to jwks_uri");
    net::ClientRequest request{.url = address};
    request.headers.set("Accept", "application/jwk-set+json, application/json");
    const auto answer = fetch(request);
    if (!answer || answer->status != 200 || answer->body.size() > max_key_set) {
      spdlog::warn("openid: jwks_uri of {} gave {}", host_of(address),
                   answer ? fmt::format("{}", answer->status) : describe(answer.error()));
      return fail(Kind::unavailable, error::temporarily_unavailable, "jwks_uri does not answer");
    }
    MINBEN_TRY(json, parse_json(answer->body, {.max_bytes = max_key_set, .max_depth = 8}));
    return trust::JwkSet::parse(json);
  }
};

Clients::Clients(store::Database& database, const Clock& clock, Fetch fetch)
    : impl_(new Impl{database, clock, std::move(fetch)}) {}
Clients::~Clients() = default;

Result<void> Clients::put(const Client& client) {
  MINBEN_CHECK(impl_->database.run(put_client, client.id, client.metadata, impl_->clock.now()));
  impl_->forget(client.id);
  return {};
}

Result<std::vector<Client>> Clients::list() {
  MINBEN_TRY(rows, impl_->database.run(list_clients));
  std::vector<Client> all;
  for (const auto row : rows) {
    MINBEN_TRY(client, read_stored(row));
    all.push_back(std::move(client));
  }
  return all;
}

Result<void> Clients::end(std::string_view client_id) {
  const Instant now = impl_->clock.now();
  MINBEN_CHECK(impl_->database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(ended, tx.run(end_client, client_id, now));
    if (ended.affected() == 0) return fail(Kind::not_found, "no_such_client", client_id);
    MINBEN_CHECK(tx.run(end_its_sign_ins, client_id, now));
    return {};
  }));
  impl_->forget(client_id);
  return {};
}

Result<std::shared_ptr<const Client>> Clients::find(std::string_view client_id) const {
  const auto unknown = [] {
    return fail(Kind::unauthorised, error::invalid_client, "no such client");
  };
  if (!is_code(client_id)) return unknown();
  if (const auto known = impl_->recall(client_id)) {
    if (!known->client) return unknown();
    return known->client;
  }
  MINBEN_TRY(rows, impl_->database.run(find_client, client_id));
  std::shared_ptr<const Client> client;
  if (!rows.empty()) {
    MINBEN_TRY(read, read_stored(rows.front()));
    client = std::make_shared<const Client>(std::move(read));
  }
  impl_->remember(client_id, client);
  if (!client) return unknown();
  return client;
}

Result<trust::JwkSet> Clients::keys_of(const Client& client, bool anew) {
  if (client.keys_uri.empty()) return client.keys;
  const Instant now = impl_->clock.now();
  {
    const std::lock_guard lock(impl_->mutex);
    const auto found = impl_->keys.find(client.keys_uri);
    if (found != impl_->keys.end() &&
        now < found->second.fetched_at + (anew ? seconds(keys_asked_again) : keys_remembered))
      return found->second.keys;
  }
  // Outside the lock: a slow host makes only its own clients wait.
  auto fetched = impl_->fetch_keys(client.keys_uri);
  if (!fetched)
    return fail(Kind::unavailable, error::temporarily_unavailable,
                "the client's keys cannot be read", "jwks_uri");
  const std::lock_guard lock(impl_->mutex);
  if (impl_->keys.size() >= most_remembered) impl_->keys.clear();
  impl_->keys.insert_or_assign(client.keys_uri, Impl::Keys{*fetched, now});
  return std::move(*fetched);
}

}  // namespace minben::openid
