#include "streams/hooks.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "hooks_impl.hpp"
#include "keys/rotation.hpp"

namespace minben::streams {

using store::Query;

namespace {

constexpr std::string_view secret_start = "whsec_";
constexpr std::size_t longest_url = 2000;
constexpr std::size_t longest_key = 4096;
constexpr std::uint64_t longest_answer = 64u << 10;

constexpr Query insert_hook{"streams_insert_hook",
                            "insert into streams.hook (hook_id, stream_id, person_id, client_id, "
                            "url, key, wrapped_key, sealed_secret, state, "
                            "cursor, made_at, next_at, lease_until) select $1::uuid, $2::uuid, "
                            "$3::uuid, $4::text, $5::text, $6::text, "
                            "$7::bytea, $8::bytea, 'active', coalesce($9::bigint, last_sequence), "
                            "$10::timestamptz, $10, $10 from "
                            "streams.stream where stream_id = $2 returning " MINBEN_HOOK_COLUMNS};
constexpr Query count_hooks{"streams_count_hooks",
                            "select count(*) filter (where stream_id = $1) as here, count(*) "
                            "filter (where person_id = $2 or (client_id <> '' "
                            "and client_id = $3)) as own from streams.hook where stream_id = $1 or "
                            "person_id = $2 or client_id = $3"};
constexpr Query list_hooks{
    "streams_list_hooks",
    "select " MINBEN_HOOK_COLUMNS
    " from streams.hook where person_id = $1 or (client_id <> '' and client_id = $2) "
    "order by made_at, hook_id"};
constexpr Query find_hook{"streams_find_hook",
                          "select " MINBEN_HOOK_COLUMNS " from streams.hook where hook_id = $1"};
constexpr Query delete_hook{"streams_delete_hook", "delete from streams.hook where hook_id = $1"};
constexpr Query resume_hook{
    "streams_resume_hook",
    "update streams.hook set state = 'active', failures = 0, failing_since = null, next_at = $2 "
    "where hook_id = $1"};
constexpr Query forget_person{"streams_forget_person",
                              "delete from streams.hook where person_id = $1"};

std::optional<PersonId> person_of(const HookOwner& owner) {
  return owner.person.is_nil() ? std::nullopt : std::optional(owner.person);
}

std::unexpected<Error> no_hook() {
  return fail(Kind::not_found, "no_such_hook", "there is no such webhook");
}

}  // namespace

std::string hook_context(std::string_view id) { return fmt::format("streams.hook/{}", id); }

Hook hook_of(const store::Row& row) {
  Hook made;
  made.id = row.id<HookId>("hook_id");
  made.stream = row.id<StreamId>("stream_id");
  made.owner = {row.id<PersonId>("person_id"), row.text("client_id")};
  made.url = row.text("url");
  made.key = row.text("key");
  made.active = row.text("state") == "active";
  made.cursor = row.integer("cursor");
  made.made_at = row.instant("made_at");
  made.failures = static_cast<int>(row.integer("failures"));
  made.failing_since = row.optional_instant("failing_since");
  made.delivered_at = row.optional_instant("delivered_at");
  made.last_error = row.text("last_error");
  return made;
}

keys::Holder hook_keys() {
  return {.name = "stream webhooks",
          .count = {"streams_count_keys_wrapped",
                    "select encode(substring(wrapped_key from 2 for 8), 'hex') as master, count(*) "
                    "as held from "
                    "streams.hook group by 1"},
          .take = {"streams_take_keys",
                   "select hook_id as id, wrapped_key as wrapped from streams.hook where "
                   "substring(wrapped_key from 2 "
                   "for 8) = decode($1, 'hex') and hook_id > coalesce($3::uuid, "
                   "'00000000-0000-0000-0000-000000000000') order by hook_id limit $2 for update "
                   "skip locked"},
          .put = {"streams_put_key", "update streams.hook set wrapped_key = $2 where hook_id = $1"},
          .context = hook_context};
}

std::string hook_signature(std::span<const std::uint8_t> secret, std::string_view id,
                           std::int64_t timestamp, std::string_view body) {
  return "v1," +
         base64_encode(hmac_sha256(secret, as_bytes(fmt::format("{}.{}.{}", id, timestamp, body))));
}

Hooks::Hooks(store::Database& database, const Streams& streams, const keys::Keys& keys,
             const Clock& clock, Random& random, HooksConfig config)
    : impl_(new Impl(database, streams, keys, clock, random, std::move(config))) {}
Hooks::~Hooks() { stop(); }

Result<Bytes> Hooks::Impl::secret_of(const store::Row& row) const {
  const std::string context = hook_context(row.text("hook_id"));
  MINBEN_TRY(key, keys.unwrap(row.bytes("wrapped_key"), context));
  return trust::open(key, row.bytes("sealed_secret"), context);
}

std::string Hooks::Impl::stop_token(std::span<const std::uint8_t> secret, const HookId& id) const {
  return base64url_encode(hmac_sha256(secret, as_bytes("stop " + to_string(id))));
}

Result<std::string> Hooks::Impl::post(const std::string& url, std::span<const std::uint8_t> secret,
                                      const std::string& message, const std::string& body) const {
  net::Fetch wanted;
  wanted.method = net::Method::post;
  wanted.url = url;
  wanted.body = body;
  wanted.max_bytes = longest_answer;
  wanted.timeout_ms = config.patience;
  wanted.stall_timeout_ms = config.patience;
  wanted.cancelled = [this] { return stopping.load(); };
  const auto timestamp =
      std::chrono::duration_cast<seconds>(clock.now().time_since_epoch()).count();
  wanted.headers.set("Content-Type", "application/json");
  wanted.headers.set("webhook-id", message);
  wanted.headers.set("webhook-timestamp", std::to_string(timestamp));
  wanted.headers.set("webhook-signature", hook_signature(secret, message, timestamp, body));
  MINBEN_TRY(answer, fetcher.text(wanted));
  if (answer.first.status / 100 != 2)
    return fail(Kind::unavailable, fmt::format("answered {}", answer.first.status));
  return std::move(answer.second);
}

/// That somebody at this address wants it, before anything else is sent there.
Result<void> Hooks::Impl::challenge(const std::string& url, std::span<const std::uint8_t> secret,
                                    const HookId& id) const {
  const std::string word = random.token();
  const Json body =
      JsonObject{{"type", "stream.challenge"}, {"hook", to_string(id)}, {"challenge", word}};
  const auto answer = post(url, secret, to_string(id) + ".challenge", write_json(body));
  if (!answer) return fail(Kind::invalid, "challenge_failed", answer.error().code, "url");
  if (answer->find(word) == answer->npos)
    return fail(Kind::invalid, "challenge_failed", "the answer does not hold the challenge", "url");
  return {};
}

Result<std::pair<Hook, std::string>> Hooks::add(const NewHook& wanted) const {
  const bool secure = wanted.url.starts_with("https://") ||
                      (impl_->config.allow_http && wanted.url.starts_with("http://"));
  if (!secure || wanted.url.size() > longest_url || !is_utf8(wanted.url))
    return fail(Kind::invalid, "bad_url", "https://…, at most 2000 bytes", "url");
  if (wanted.key.size() > longest_key || !is_utf8(wanted.key) ||
      wanted.key.find('\0') != wanted.key.npos)
    return fail(Kind::invalid, "bad_key", "a value of the stream's key", "key");
  MINBEN_TRY(stream, impl_->streams.find(wanted.stream));
  if (wanted.after && (*wanted.after < stream.pruned || *wanted.after > stream.last))
    return fail(Kind::invalid, "bad_after", fmt::format("{} to {}", stream.pruned, stream.last),
                "after");
  const auto person = person_of(wanted.owner);
  MINBEN_TRY(counted, impl_->database.run(count_hooks, wanted.stream, person, wanted.owner.client));
  if (counted.front().integer("own") >= impl_->config.max_per_owner ||
      counted.front().integer("here") >= impl_->config.max_per_stream)
    return fail(Kind::too_many, "too_many_hooks", "too many webhooks");
  const HookId id = HookId::make(impl_->clock, impl_->random);
  Bytes secret(32);
  impl_->random.fill(secret);
  MINBEN_CHECK(impl_->challenge(wanted.url, secret, id));
  const auto key = trust::DataKey::generate(impl_->random);
  const std::string context = hook_context(to_string(id));
  MINBEN_TRY(sealed, trust::seal(key, secret, context, impl_->random));
  MINBEN_TRY(hook, impl_->database.transact([&](store::Transaction& tx) -> Result<Hook> {
    MINBEN_TRY(wrapped, impl_->keys.wrap(tx, key, context));
    MINBEN_TRY(rows, tx.run(insert_hook, id, wanted.stream, person, wanted.owner.client, wanted.url,
                            wanted.key, wrapped, sealed, wanted.after, tx.now()));
    if (rows.empty()) return fail(Kind::not_found, "no_such_stream", "there is no such stream");
    tx.announce(store::live_channel);
    return hook_of(rows.front());
  }));
  return std::pair{hook, std::string(secret_start) + base64_encode(secret)};
}

Result<std::vector<Hook>> Hooks::list(const HookOwner& owner) const {
  MINBEN_TRY(rows, impl_->database.run(list_hooks, person_of(owner), owner.client));
  std::vector<Hook> hooks;
  for (const auto row : rows) hooks.push_back(hook_of(row));
  return hooks;
}

Result<Hook> Hooks::find(const HookOwner& owner, HookId id) const {
  MINBEN_TRY(rows, impl_->database.run(find_hook, id));
  if (rows.empty()) return no_hook();
  Hook hook = hook_of(rows.front());
  if (hook.owner != owner) return no_hook();
  return hook;
}

Result<void> Hooks::remove(const HookOwner& owner, HookId id) const {
  MINBEN_CHECK(find(owner, id));
  MINBEN_CHECK(impl_->database.run(delete_hook, id));
  return {};
}

Result<void> Hooks::stop_by_token(HookId id, std::string_view token) const {
  MINBEN_TRY(rows, impl_->database.run(find_hook, id));
  if (rows.empty()) return no_hook();
  MINBEN_TRY(secret, impl_->secret_of(rows.front()));
  if (!equal_in_constant_time(impl_->stop_token(secret, id), token)) return no_hook();
  MINBEN_CHECK(impl_->database.run(delete_hook, id));
  return {};
}

Result<void> Hooks::resume(const HookOwner& owner, HookId id) const {
  MINBEN_CHECK(find(owner, id));
  return impl_->database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_CHECK(tx.run(resume_hook, id, tx.now()));
    tx.announce(store::live_channel);
    return {};
  });
}

Result<void> Hooks::account_ended(store::Transaction& tx, PersonId person) const {
  MINBEN_CHECK(tx.run(forget_person, person));
  return {};
}

}  // namespace minben::streams
