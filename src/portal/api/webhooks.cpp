#include "api/webhooks.hpp"

#include <map>
#include <mutex>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "keys/rotation.hpp"

namespace minben::api {

namespace {

constexpr std::string_view job_webhook = "api.webhook";
constexpr std::string_view secret_start = "whsec_";
constexpr std::size_t longest_url = 2000;
constexpr seconds remembered{10};
constexpr milliseconds patience{5000};

constexpr std::array<std::string_view, 5> events{
    "instance.started", "instance.ended", "task.opened", "incident.raised", "service.requested"};

constexpr store::Query insert_hook{
    "api_insert_webhook",
    "insert into api.webhook (agency_id, webhook_id, url, events, wrapped_key, sealed_secret, "
    "created_at) values ($1, $2, $3, $4, $5, $6, $7)"};
constexpr store::Query list_hooks{
    "api_list_webhooks",
    "select agency_id, webhook_id, url, events from api.webhook where agency_id = $1 order by "
    "created_at, webhook_id"};
constexpr store::Query find_hook{"api_find_webhook",
                                 "select * from api.webhook where agency_id = $1 and webhook_id = "
                                 "$2"};
constexpr store::Query delete_hook{
    "api_delete_webhook", "delete from api.webhook where agency_id = $1 and webhook_id = $2"};

Webhook read_hook(const store::Row& row) {
  return {row.id<WebhookId>("webhook_id"), AgencyCode{row.text("agency_id")}, row.text("url"),
          row.texts("events")};
}

std::string key_context(std::string_view id) { return fmt::format("api.webhook/{}", id); }

/// What travels in clear may not leave this machine.
Result<void> check_url(const std::string& url) {
  const bool local = url.starts_with("http://127.0.0.1:") || url.starts_with("http://localhost:");
  if (url.size() <= longest_url && (url.starts_with("https://") || local)) return {};
  return fail(Kind::invalid, "bad_url", "https://…, at most 2000 bytes", "/url");
}

/// What a step means to those outside: event and data.
std::vector<std::pair<std::string_view, JsonObject>> told(const process::Step& step) {
  std::vector<std::pair<std::string_view, JsonObject>> list;
  const JsonObject about{{"instance", to_string(step.instance)},
                         {"key", step.key},
                         {"businessKey", step.state->business_key}};
  const auto tell = [&](std::string_view event, const JsonObject& more) {
    JsonObject data = about;
    for (const auto& [name, value] : more) data[name] = value;
    list.emplace_back(event, std::move(data));
  };
  const auto element = [&](int node) { return step.definition->node(node).id; };
  if (step.number == 1) tell("instance.started", {});
  for (const auto& task : step.opened)
    tell("task.opened", {{"task", process::to_string(task.id)}, {"element", task.element}});
  for (const auto& effect : step.effects) {
    if (const auto* stuck = std::get_if<process::RaiseIncident>(&effect))
      tell("incident.raised", {{"element", element(stuck->node)}, {"code", stuck->incident.code}});
    if (const auto* call = std::get_if<process::RunService>(&effect))
      tell("service.requested", {{"element", element(call->node)}, {"topic", call->topic}});
    if (const auto* ended = std::get_if<process::Ended>(&effect))
      tell("instance.ended", {{"status", process::to_string(ended->status)}});
  }
  return list;
}

}  // namespace

std::span<const std::string_view> webhook_events() { return events; }

keys::Holder webhook_keys() {
  return {.name = "webhooks",
          .count = {"api_count_keys",
                    "select encode(substring(wrapped_key from 2 for 8), 'hex') as master, "
                    "count(*) as held from api.webhook group by 1"},
          .take = {"api_take_keys",
                   "select webhook_id as id, wrapped_key as wrapped from api.webhook "
                   "where substring(wrapped_key from 2 for 8) = decode($1, 'hex') "
                   "and webhook_id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000') "
                   "order by webhook_id limit $2 for update skip locked"},
          .put = {"api_put_key", "update api.webhook set wrapped_key = $2 where webhook_id = $1"},
          .context = key_context};
}

std::string webhook_signature(std::span<const std::uint8_t> secret, std::string_view id,
                              std::int64_t timestamp, std::string_view body) {
  const std::string signed_text = fmt::format("{}.{}.{}", id, timestamp, body);
  return "v1," + base64_encode(hmac_sha256(secret, as_bytes(signed_text)));
}

struct Webhooks::Impl {
  store::Database& database;
  const Clock& clock;
  Random& random;
  const keys::Keys& keys;
  net::Client client;

  struct Known {
    std::vector<Webhook> hooks;
    Instant until;
  };
  std::mutex mutex{};
  std::map<std::string, Known, std::less<>> known{};

  /// Most agencies have none: their steps should not ask the database each time.
  Result<std::vector<Webhook>> hooks_of(store::Transaction& tx, const std::string& agency) {
    {
      const std::lock_guard lock(mutex);
      const auto found = known.find(agency);
      if (found != known.end() && found->second.until > clock.now()) return found->second.hooks;
    }
    MINBEN_TRY(rows, tx.run(list_hooks, agency));
    std::vector<Webhook> hooks;
    for (const auto row : rows) hooks.push_back(read_hook(row));
    const std::lock_guard lock(mutex);
    known.insert_or_assign(agency, Known{hooks, clock.now() + remembered});
    return hooks;
  }
  void forget(const std::string& agency) {
    const std::lock_guard lock(mutex);
    known.erase(agency);
  }
  Result<void> deliver(store::Transaction& tx, const store::Job& job);
};

Webhooks::Webhooks(store::Database& database, const Clock& clock, Random& random,
                   const keys::Keys& keys, const WebhooksConfig& config)
    : impl_(new Impl{database, clock, random, keys,
                     net::Client({.server_ca_pem = config.server_ca, .timeout_ms = patience})}) {}
Webhooks::~Webhooks() = default;

Result<std::pair<Webhook, std::string>> Webhooks::add(const AgencyCode& agency,
                                                      const std::string& url,
                                                      const std::vector<std::string>& wanted) {
  MINBEN_CHECK(check_url(url));
  if (wanted.empty()) return fail(Kind::invalid, "missing", "at least one event", "/events");
  for (const std::string& event : wanted)
    if (std::ranges::find(events, event) == events.end())
      return fail(Kind::invalid, "unknown_event", event, "/events");
  const Webhook hook{WebhookId::make(impl_->clock, impl_->random), agency, url, wanted};
  Bytes secret(32);
  impl_->random.fill(secret);
  const auto key = trust::DataKey::generate(impl_->random);
  const std::string context = key_context(to_string(hook.id));
  MINBEN_TRY(sealed, trust::seal(key, secret, context, impl_->random));
  MINBEN_CHECK(impl_->database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(wrapped, impl_->keys.wrap(tx, key, context));
    MINBEN_CHECK(
        tx.run(insert_hook, agency, hook.id, url, wanted, wrapped, sealed, impl_->clock.now()));
    return {};
  }));
  impl_->forget(agency.value);
  return std::pair{hook, std::string(secret_start) + base64_encode(secret)};
}

Result<std::vector<Webhook>> Webhooks::list(const AgencyCode& agency) {
  MINBEN_TRY(rows, impl_->database.run(list_hooks, agency));
  std::vector<Webhook> hooks;
  for (const auto row : rows) hooks.push_back(read_hook(row));
  return hooks;
}

Result<void> Webhooks::remove(const AgencyCode& agency, WebhookId id) {
  MINBEN_TRY(rows, impl_->database.run(delete_hook, agency, id));
  impl_->forget(agency.value);
  if (rows.affected() == 0) return fail(Kind::not_found, "no_such_webhook", to_string(id));
  return {};
}

Result<void> Webhooks::on_step(store::Transaction& tx, const process::Step& step) {
  const auto slash = step.key.find('/');
  if (slash == step.key.npos) return {};
  const std::string agency = step.key.substr(0, slash);
  MINBEN_TRY(hooks, impl_->hooks_of(tx, agency));
  if (hooks.empty()) return {};
  int count = 0;
  for (const auto& [event, data] : told(step)) {
    for (const Webhook& hook : hooks) {
      if (std::ranges::find(hook.events, event) == hook.events.end()) continue;
      const std::string id =
          fmt::format("{}.{}.{}", to_string(step.instance), step.number, ++count);
      const JsonObject payload{
          {"agency", agency},
          {"webhook", to_string(hook.id)},
          {"body", JsonObject{{"type", event}, {"timestamp", to_string(step.at)}, {"data", data}}}};
      MINBEN_CHECK(enqueue(tx, {std::string(job_webhook), id, payload, step.at}));
    }
  }
  return {};
}

Result<void> Webhooks::Impl::deliver(store::Transaction& tx, const store::Job& job) {
  MINBEN_TRY(id, WebhookId::parse(string_or(job.payload, "webhook")));
  MINBEN_TRY(rows, tx.run(find_hook, string_or(job.payload, "agency"), id));
  if (rows.empty()) return {};  // nobody wants it any more
  const auto row = rows.front();
  const std::string context = key_context(to_string(id));
  MINBEN_TRY(key, keys.unwrap(row.bytes("wrapped_key"), context));
  MINBEN_TRY(secret, trust::open(key, row.bytes("sealed_secret"), context));
  net::ClientRequest request{net::Method::post, row.text("url"), {}, {}};
  request.body = write_json(*find(job.payload, "body"));
  const auto timestamp =
      std::chrono::duration_cast<seconds>(clock.now().time_since_epoch()).count();
  request.headers.set("Content-Type", "application/json");
  request.headers.set("webhook-id", job.key);
  request.headers.set("webhook-timestamp", std::to_string(timestamp));
  request.headers.set("webhook-signature",
                      webhook_signature(secret, job.key, timestamp, request.body));
  MINBEN_TRY(answer, client.send(request));
  if (answer.status / 100 == 2) return {};
  return fail(Kind::unavailable, "webhook_refused", fmt::format("answered {}", answer.status));
}

void Webhooks::attach(store::Workers& workers) {
  workers.on(std::string(job_webhook),
             [impl = impl_.get()](store::Transaction& tx, const store::Job& job) {
               return impl->deliver(tx, job);
             });
}

}  // namespace minben::api
