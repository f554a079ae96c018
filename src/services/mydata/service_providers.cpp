#include "mydata/service_providers.hpp"

#include <map>
#include <mutex>

#include <fmt/format.h>

#include "impl.hpp"
#include "keys/rotation.hpp"
#include "settings_reader.hpp"

namespace minben::mydata {

namespace {

using store::Query;

constexpr seconds remembered{10};
constexpr std::size_t most_remembered = 1000;
constexpr std::size_t old_secret = 16;  ///< characters

constexpr Query upsert_provider{"mydata_upsert_service_provider", R"(
  insert into mydata.service_provider (client_id, settings, wrapped_key, sealed_secrets, added_at)
  values ($1, $2, $3, $4, $5) on conflict (client_id) do update set settings = $2
  returning xmax = 0 as inserted)"};
constexpr Query find_provider{"mydata_find_service_provider",
                              "select * from mydata.service_provider where client_id = $1"};
constexpr Query all_providers{
    "mydata_service_providers",
    "select client_id, settings, suspended from mydata.service_provider order by client_id"};
constexpr Query suspend_provider{
    "mydata_suspend_service_provider",
    "update mydata.service_provider set suspended = $2 where client_id = $1"};

std::string key_context(std::string_view client_id) {
  return fmt::format("mydata.service_provider.{}", client_id);
}

bool is_address_of_page(std::string_view url) {
  const bool local = url.starts_with("http://localhost:") || url.starts_with("http://127.0.0.1:");
  if (!local && !url.starts_with("https://")) return false;
  return std::ranges::all_of(url, [](char c) { return c > ' ' && c != '#' && c < 127; });
}

Result<void> read_old_forms(SettingsReader& reader, OldForms& into) {
  const Json* forms = reader.member("old_forms");
  if (forms == nullptr) return {};
  if (!forms->is_object()) return reader.bad("old_forms", "expected an object");
  SettingsReader one(*forms, "bad_client");
  for (const auto& [name, date] :
       {std::pair{"pid", &into.pid}, std::pair{"secret_key", &into.secret_key},
        std::pair{"ticket_alone", &into.ticket_alone}}) {
    std::string text;
    MINBEN_CHECK(one.text(name, text, 10, false));
    if (text.empty()) continue;
    const auto until = parse_date(text);
    if (!until) return reader.bad("old_forms", "the last day, as 2027-06-30");
    *date = *until;
  }
  return one.no_others();
}

Result<void> read_encryption(SettingsReader& reader, bool& gcm) {
  std::string text;
  MINBEN_CHECK(reader.text("encryption", text, 40, false));
  gcm = text == "A256GCMKW+A256GCM";
  if (text.empty() || gcm || text == "A256KW+A256CBC-HS512") return {};
  return reader.bad("encryption", "A256KW+A256CBC-HS512 or A256GCMKW+A256GCM");
}

JsonArray list_of(const std::vector<std::string>& texts) {
  return JsonArray(texts.begin(), texts.end());
}

Json settings_of(const ServiceProvider& provider) {
  JsonObject old;
  if (provider.old_forms.pid) old["pid"] = to_string(*provider.old_forms.pid);
  if (provider.old_forms.secret_key) old["secret_key"] = to_string(*provider.old_forms.secret_key);
  if (provider.old_forms.ticket_alone)
    old["ticket_alone"] = to_string(*provider.old_forms.ticket_alone);
  return JsonObject{{"client_id", provider.client_id},
                    {"name", to_json(provider.name)},
                    {"return_urls", list_of(provider.return_urls)},
                    {"notify_url", provider.notify_url},
                    {"addresses", list_of(provider.addresses)},
                    {"resources", list_of(provider.resources)},
                    {"recipient", provider.recipient.value},
                    {"recipient_subsystem", provider.recipient_subsystem},
                    {"purpose_code", provider.purpose_code},
                    {"purpose", to_json(provider.purpose)},
                    {"legal_basis", to_json(provider.legal_basis)},
                    {"retention_days", provider.retention_days},
                    {"encryption", provider.gcm ? "A256GCMKW+A256GCM" : "A256KW+A256CBC-HS512"},
                    {"old_forms", std::move(old)}};
}

std::string write_secrets(const ProviderSecrets& secrets) {
  return write_json(JsonObject{{"key", base64url_encode(secrets.key)},
                               {"data_token", secrets.data_token},
                               {"api_key", secrets.api_key},
                               {"client_secret", secrets.client_secret},
                               {"cbc_iv", secrets.cbc_iv}});
}

Result<ProviderSecrets> read_secrets(std::string_view text) {
  MINBEN_TRY(json, parse_json(text));
  const auto key = base64url_decode(string_or(json, "key"));
  if (!key || key->size() != 32) return fail(Kind::internal, "not_openable", "secrets of a client");
  return ProviderSecrets{*key, string_or(json, "data_token"), string_or(json, "api_key"),
                         string_or(json, "client_secret"), string_or(json, "cbc_iv")};
}

ProviderSecrets make_secrets(Random& random) {
  ProviderSecrets made;
  made.key.resize(32);
  random.fill(made.key);
  made.data_token = random.token();
  made.api_key = random.token();
  made.client_secret = random.token().substr(0, old_secret);
  made.cbc_iv = random.token().substr(0, old_secret);
  return made;
}

}  // namespace

Result<ServiceProvider> parse_service_provider(std::string_view text) {
  MINBEN_TRY(json, parse_json(text, {.max_bytes = max_settings, .max_depth = 8}));
  if (!json.is_object()) return fail(Kind::invalid, "bad_client", "expected an object");
  SettingsReader reader(json, "bad_client");
  ServiceProvider out;
  MINBEN_CHECK(reader.text("client_id", out.client_id, 64, true));
  if (!is_public_name(out.client_id))
    return reader.bad("client_id", "expected [A-Za-z0-9._-]{1,64}");
  MINBEN_CHECK(reader.both("name", out.name));
  MINBEN_CHECK(reader.texts("return_urls", out.return_urls, 1, 20));
  MINBEN_CHECK(reader.text("notify_url", out.notify_url, 1000, true));
  for (const std::string& url : out.return_urls)
    if (!is_address_of_page(url)) return reader.bad("return_urls", "https addresses");
  if (!is_address_of_page(out.notify_url)) return reader.bad("notify_url", "an https address");
  MINBEN_CHECK(reader.texts("addresses", out.addresses, 1, 64));
  MINBEN_CHECK(reader.texts("resources", out.resources, 1, 64));
  MINBEN_CHECK(reader.agency("recipient", out.recipient));
  MINBEN_CHECK(reader.text("recipient_subsystem", out.recipient_subsystem, 64, true));
  MINBEN_CHECK(reader.text("purpose_code", out.purpose_code, 64, true));
  MINBEN_CHECK(reader.both("purpose", out.purpose));
  MINBEN_CHECK(reader.both("legal_basis", out.legal_basis));
  MINBEN_CHECK(reader.number("retention_days", out.retention_days, 1, 36500));
  MINBEN_CHECK(read_encryption(reader, out.gcm));
  MINBEN_CHECK(read_old_forms(reader, out.old_forms));
  MINBEN_CHECK(reader.no_others());
  return out;
}

struct ServiceProviders::Impl {
  store::Database& database;
  const Clock& clock;
  Random& random;
  const keys::Keys& keys;

  struct Remembered {
    std::shared_ptr<const KnownProvider> provider;
    Instant until;
  };
  std::mutex mutex{};
  std::map<std::string, Remembered, std::less<>> known{};

  void forget(std::string_view client_id) {
    const std::lock_guard lock(mutex);
    if (const auto found = known.find(client_id); found != known.end()) known.erase(found);
  }
};

ServiceProviders::ServiceProviders(store::Database& database, const Clock& clock, Random& random,
                                   const keys::Keys& keys)
    : impl_(new Impl{database, clock, random, keys}) {}
ServiceProviders::~ServiceProviders() = default;

Result<std::optional<ProviderSecrets>> ServiceProviders::add(const ServiceProvider& provider) {
  ProviderSecrets secrets = make_secrets(impl_->random);
  const std::string context = key_context(provider.client_id);
  const auto key = trust::DataKey::generate(impl_->random);
  std::string text = write_secrets(secrets);
  MINBEN_TRY(sealed, trust::seal(key, as_bytes(text), context, impl_->random));
  trust::wipe(text);
  MINBEN_TRY(inserted, impl_->database.transact([&](store::Transaction& tx) -> Result<bool> {
    MINBEN_TRY(wrapped, impl_->keys.wrap(tx, key, context));
    MINBEN_TRY(rows, tx.run(upsert_provider, provider.client_id, settings_of(provider), wrapped,
                            sealed, impl_->clock.now()));
    return rows.front().boolean("inserted");
  }));
  impl_->forget(provider.client_id);
  if (!inserted) return std::nullopt;
  return secrets;
}

Result<std::vector<ServiceProvider>> ServiceProviders::list() {
  MINBEN_TRY(rows, impl_->database.run(all_providers));
  std::vector<ServiceProvider> out;
  for (const store::Row row : rows) {
    out.push_back(stored(parse_service_provider(write_json(row.json("settings")))));
    out.back().suspended = row.boolean("suspended");
  }
  return out;
}

Result<void> ServiceProviders::suspend(std::string_view client_id, bool suspended) {
  MINBEN_TRY(rows, impl_->database.run(suspend_provider, client_id, suspended));
  impl_->forget(client_id);
  if (rows.affected() == 0) return fail(Kind::not_found, "no_such_client");
  return {};
}

Result<std::shared_ptr<const KnownProvider>> ServiceProviders::find(std::string_view client_id) {
  {
    const std::lock_guard lock(impl_->mutex);
    const auto found = impl_->known.find(client_id);
    if (found != impl_->known.end() && found->second.until > impl_->clock.now())
      return found->second.provider;
  }
  if (!is_public_name(client_id)) return fail(Kind::not_found, "no_such_client");
  MINBEN_TRY(rows, impl_->database.run(find_provider, client_id));
  if (rows.empty()) return fail(Kind::not_found, "no_such_client");
  const store::Row row = rows.front();
  auto made = std::make_shared<KnownProvider>();
  made->settings = stored(parse_service_provider(write_json(row.json("settings"))));
  made->settings.suspended = row.boolean("suspended");
  const std::string context = key_context(client_id);
  MINBEN_TRY(key, impl_->keys.unwrap(row.bytes("wrapped_key"), context));
  MINBEN_TRY(text, trust::open(key, row.bytes("sealed_secrets"), context));
  MINBEN_TRY(secrets, read_secrets(as_text(text)));
  trust::wipe(text);
  made->secrets = std::move(secrets);
  const std::lock_guard lock(impl_->mutex);
  if (impl_->known.size() >= most_remembered) impl_->known.clear();
  impl_->known.insert_or_assign(std::string(client_id),
                                Impl::Remembered{made, impl_->clock.now() + remembered});
  return made;
}

keys::Holder service_provider_keys() {
  return {.name = "service providers",
          .count = {"mydata_count_keys",
                    "select encode(substring(wrapped_key from 2 for 8), 'hex') as master, "
                    "count(*) as held from mydata.service_provider group by 1"},
          .take = {"mydata_take_keys",
                   "select client_id as id, wrapped_key as wrapped from mydata.service_provider "
                   "where substring(wrapped_key from 2 for 8) = decode($1, 'hex') "
                   "and client_id > coalesce($3::text, '') "
                   "order by client_id limit $2 for update skip locked"},
          .put = {"mydata_put_key",
                  "update mydata.service_provider set wrapped_key = $2 where client_id = $1"},
          .context = key_context};
}

}  // namespace minben::mydata
