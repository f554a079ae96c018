// From what was approved to the signed configuration.
#include <fstream>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "exchange/authorities.hpp"
#include "exchange/values.hpp"
#include "impl.hpp"

namespace minben::registry {

namespace {

constexpr seconds look_again{2};
constexpr std::string_view authorities_file = "authorities.json";
constexpr int publications_kept = 100;

constexpr Query lock_exchange{"registry_lock_exchange",
                              "select base from registry.exchange where id for update"};
constexpr Query set_base{"registry_set_base", "update registry.exchange set base = $1 where id"};
constexpr Query all_members{"registry_all_members",
                            "select code, class, name_zh, name_en from registry.member "
                            "order by code"};
constexpr Query all_subsystems{"registry_all_subsystems",
                               "select member_code, name from registry.subsystem "
                               "order by member_code, name"};
constexpr Query all_gateways{"registry_all_gateways", R"(
  select member_code, name, url, signing_key from registry.gateway
  where ended_at is null order by member_code, name)"};
constexpr Query seal_certificates{"registry_seal_certificates", R"(
  select member_code, gateway, pem from registry.certificate
  where usage = 'seal' and revoked_at is null and expires_at > $1
  order by issued_at desc, serial)"};
constexpr Query outside_tls_certificates{"registry_outside_tls_certificates", R"(
  select member_code, gateway, pem from registry.certificate
  where usage = 'tls' and outside and revoked_at is null and expires_at > $1
  order by issued_at desc, serial)"};
constexpr Query all_services{"registry_published_services",
                             "select content from registry.service where ended_at is null "
                             "order by id"};
constexpr Query all_rules{"registry_published_rules",
                          "select id, content from registry.rule where ended_at is null "
                          "order by added_at, id"};
constexpr Query all_revoked{"registry_all_revoked", R"(
  select serial, revoked_at, reason from registry.certificate
  where revoked_at is not null and not outside and expires_at > $1 order by serial)"};
constexpr Query newest_publication{"registry_newest_publication", R"(
  select version, issued_at, expires_at, digest from registry.publication
  order by version desc limit 1)"};
constexpr Query newest_text{"registry_newest_text", R"(
  select version, content from registry.publication order by version desc limit 1)"};
constexpr Query insert_publication{"registry_insert_publication", R"(
  insert into registry.publication (version, issued_at, expires_at, digest, content)
  values ($1, $2, $3, $4, $5))"};
/// Receipts are checked with keys that earlier configurations name, for years: of each month the
/// first and the last stay.
constexpr Query forget_publications{"registry_forget_publications", R"(
  delete from registry.publication where version <= $1 and version not in (
    select unnest(array[min(version), max(version)]) from registry.publication
    group by date_trunc('month', issued_at at time zone 'UTC')))"};
constexpr Query find_publication{"registry_find_publication",
                                 "select content from registry.publication where version = $1"};

/// Only what has a successor in force, so that no gateway is left with nothing.
constexpr Query revoke_superseded{"registry_revoke_superseded", R"(
  update registry.certificate old set revoked_at = $2, reason = $3
  where superseded_at <= $1 and revoked_at is null and expires_at > $2 and exists (
    select from registry.certificate new
    where new.member_code = old.member_code and new.gateway = old.gateway
      and new.usage = old.usage and new.superseded_at is null and new.revoked_at is null
      and new.expires_at > $2)
  returning member_code, gateway, serial)"};

exchange::Member* find_member(Configuration& configuration, std::string_view code) {
  for (exchange::Member& member : configuration.members)
    if (member.code.value == code) return &member;
  return nullptr;
}

exchange::GatewayEntry* find_gateway(exchange::Member& member, std::string_view name) {
  for (exchange::GatewayEntry& gateway : member.gateways)
    if (gateway.name == name) return &gateway;
  return nullptr;
}

Result<void> add_members(Transaction& tx, Configuration& out) {
  MINBEN_TRY(members, tx.run(all_members));
  for (const auto row : members) {
    if (find_member(out, row.text("code"))) continue;  // the base has it by now
    exchange::Member member;
    member.member_class = row.text("class");
    member.code = AgencyCode{row.text("code")};
    member.name = {row.text("name_zh"), row.text("name_en")};
    out.members.push_back(std::move(member));
  }
  MINBEN_TRY(subsystems, tx.run(all_subsystems));
  for (const auto row : subsystems) {
    exchange::Member* member = find_member(out, row.text("member_code"));
    if (member &&
        std::ranges::find(member->subsystems, row.text("name")) == member->subsystems.end())
      member->subsystems.push_back(row.text("name"));
  }
  return {};
}

Result<void> add_gateways(Transaction& tx, Configuration& out) {
  MINBEN_TRY(gateways, tx.run(all_gateways));
  for (const auto row : gateways) {
    exchange::Member* member = find_member(out, row.text("member_code"));
    if (!member || find_gateway(*member, row.text("name"))) continue;
    const Bytes key = row.bytes("signing_key");
    member->gateways.push_back(
        {.name = row.text("name"),
         .url = row.text("url"),
         .signing_key = stored(trust::VerifyKey::from_bytes(trust::KeyType::ed25519, key)),
         .certificates = {}});
  }
  MINBEN_TRY(certificates, tx.run(seal_certificates, tx.now()));
  for (const auto row : certificates) {
    exchange::Member* member = find_member(out, row.text("member_code"));
    exchange::GatewayEntry* gateway = member ? find_gateway(*member, row.text("gateway")) : nullptr;
    if (gateway) gateway->certificates.push_back(row.text("pem"));
  }
  MINBEN_TRY(outside, tx.run(outside_tls_certificates, tx.now()));
  for (const auto row : outside) {
    exchange::Member* member = find_member(out, row.text("member_code"));
    exchange::GatewayEntry* gateway = member ? find_gateway(*member, row.text("gateway")) : nullptr;
    const auto certificate = stored(trust::certificate_from_pem(row.text("pem")));
    if (gateway) gateway->tls_certificates.push_back(hex_encode(sha256(certificate.der)));
  }
  // A member speaks through a gateway or not at all.
  std::erase_if(out.members, [](const exchange::Member& each) { return each.gateways.empty(); });
  return {};
}

/// Those whose members, services and subsystems are still there: a base may have changed below
/// them.
Result<void> add_services_and_rules(Transaction& tx, Configuration& out) {
  MINBEN_TRY(services, tx.run(all_services));
  for (const auto row : services) {
    auto service = exchange::service_from_json(row.json("content"));
    if (!service) spdlog::error("registry: a service is unreadable: {}", describe(service.error()));
    else if (out.member(service->id.provider.member) && !out.service(service->id))
      out.services.push_back(std::move(*service));
  }
  MINBEN_TRY(rules, tx.run(all_rules));
  for (const auto row : rules) {
    auto rule = exchange::rule_from_json(row.json("content"));
    const auto sound = rule ? check_parts(out, *rule) : Result<void>(std::unexpected(rule.error()));
    if (sound) out.rules.push_back(std::move(*rule));
    else
      spdlog::warn("registry: rule {} is not published: {}", row.text("id"),
                   describe(sound.error()));
  }
  return {};
}

/// The same for the same content, whatever its version and times: signatures by Ed25519 are
/// deterministic, and the list of revoked certificates is told by what it lists.
Result<Sha256> digest_of(Configuration configuration, std::span<const trust::Revoked> revoked,
                         const trust::SigningKey& key) {
  configuration.version = 0;
  configuration.issued_at = configuration.expires_at = Instant{};
  for (const trust::Revoked& each : revoked)
    configuration.revocation_lists.push_back(
        fmt::format("{} {} {}", each.serial, to_string(each.at), to_string(each.reason)));
  MINBEN_TRY(text, exchange::sign_configuration(configuration, key));
  return sha256(text);
}

}  // namespace

Result<void> check_parts(const Configuration& configuration, const exchange::AccessRule& rule) {
  if (const auto* group = std::get_if<exchange::GroupCode>(&rule.consumer)) {
    if (!configuration.group(*group))
      return fail(Kind::invalid, "unknown_group", to_string(rule.consumer), "group");
  } else {
    const auto& id = std::get<exchange::SubsystemId>(rule.consumer);
    const exchange::Member* consumer = configuration.member(id.member);
    if (!consumer ||
        std::ranges::find(consumer->subsystems, id.subsystem) == consumer->subsystems.end())
      return fail(Kind::invalid, "unknown_subsystem", to_string(rule.consumer), "consumer");
  }
  if (!configuration.service(rule.service))
    return fail(Kind::invalid, "unknown_service", to_string(rule.service), "service");
  return {};
}

Result<Configuration> Registry::Impl::read_base(std::string_view text) const {
  // A base tells what there is, not until when: its own times do not matter here.
  if (!text.empty()) return verify_own(text, Instant{});
  Configuration base;
  base.instance = config.instance;
  base.consent_key = config.consent_key;
  base.other_consent_key = config.other_consent_key;
  base.usage_url = config.usage_url;
  base.timestamp_urls = config.timestamp_urls;
  base.timestamp_roots = config.timestamp_roots;
  return base;
}

Result<Configuration> Registry::Impl::verify_own(std::string_view text, Instant now) const {
  const auto all = keys->current()->all();
  Result<Configuration> read = exchange::verify_configuration(text, all.back(), now);
  for (auto key = all.rbegin() + 1; key != all.rend(); ++key) {
    if (read || read.error().code != "configuration_forged") break;
    read = exchange::verify_configuration(text, *key, now);
  }
  return read;
}

Result<Configuration> Registry::Impl::lock_base(Transaction& tx) const {
  MINBEN_TRY(rows, tx.run(lock_exchange));
  MINBEN_ASSERT(rows.size() == 1);
  return read_base(rows.front().text("base"));
}

Result<std::vector<trust::Revoked>> Registry::Impl::revoked(Transaction& tx) const {
  MINBEN_TRY(rows, tx.run(all_revoked, tx.now()));
  std::vector<trust::Revoked> all;
  for (const auto row : rows)
    all.push_back({row.text("serial"), row.instant("revoked_at"),
                   stored(trust::parse_revocation_reason(row.text("reason")))});
  return all;
}

Result<void> Registry::Impl::withdraw(Transaction& tx) const {
  MINBEN_TRY(rows, tx.run(revoke_superseded, tx.now() - days(config.overlap_days), tx.now(),
                          to_string(trust::RevocationReason::superseded)));
  for (const auto row : rows)
    MINBEN_CHECK(record(tx, std::nullopt, "certificate_revoked",
                        fmt::format("{}/{}", row.text("member_code"), row.text("gateway")),
                        fmt::format("{} superseded", row.text("serial"))));
  return {};
}

Result<void> Registry::Impl::add_authorities(Configuration& out) const {
  const auto file = config.directory / authorities_file;
  std::ifstream in(file, std::ios::binary);
  if (!in) return {};
  const std::string text(std::istreambuf_iterator<char>(in), {});
  MINBEN_TRY(json, parse_json(text));
  out.authorities.clear();
  out.revocation = {};
  if (auto read = exchange::read_authorities(json, out); !read)
    return fail(Kind::invalid, "bad_authority", describe(read.error()), file.string());
  return {};
}

Result<Configuration> Registry::Impl::assemble(Transaction& tx, Configuration base) const {
  MINBEN_CHECK(add_authorities(base));
  MINBEN_CHECK(add_members(tx, base));
  MINBEN_CHECK(add_gateways(tx, base));
  MINBEN_CHECK(add_groups(tx, base));
  MINBEN_CHECK(add_services_and_rules(tx, base));
  const std::string& own = authority.certificate().pem;
  if (std::ranges::find(base.trust_anchors, own) == base.trust_anchors.end())
    base.trust_anchors.push_back(own);
  return base;
}

Result<bool> Registry::Impl::publish(Transaction& tx, const Configuration& base) const {
  MINBEN_TRY(next, assemble(tx, base));
  MINBEN_TRY(revoked, this->revoked(tx));
  const auto signing = keys->current();
  next.handovers = signing->handovers;  // of the same moment as the key
  MINBEN_TRY(digest, digest_of(next, revoked, signing->key));
  MINBEN_TRY(rows, tx.run(newest_publication));
  std::int64_t newest = 0;
  if (!rows.empty()) {
    const auto row = rows.front();
    newest = row.integer("version");
    const Instant half =
        row.instant("issued_at") + (row.instant("expires_at") - row.instant("issued_at")) / 2;
    const Bytes known = row.bytes("digest");
    const bool same = std::ranges::equal(known, digest);
    if (same && tx.now() < half && base.version < newest) return false;
  }
  // Gateways may have seen the base itself, whose versions must stay behind.
  next.version = std::max(newest, base.version) + 1;
  next.issued_at = tx.now();
  next.expires_at = tx.now() + days(config.valid_days);
  MINBEN_TRY(list, trust::make_revocation_list(authority, revoked, next.version, next.issued_at,
                                               next.expires_at));
  next.revocation_lists.push_back(std::move(list));
  MINBEN_TRY(text, exchange::sign_configuration(next, signing->key));
  if (text.size() > max_configuration)
    return fail(Kind::too_large, "configuration_too_large", fmt::format("{} bytes", text.size()));
  MINBEN_CHECK(tx.run(insert_publication, next.version, next.issued_at, next.expires_at,
                      std::span<const std::uint8_t>(digest), text));
  MINBEN_CHECK(tx.run(forget_publications, next.version - publications_kept));
  tx.after_commit([version = next.version] { spdlog::info("registry: version {}", version); });
  return true;
}

Result<void> Registry::import(std::string_view signed_configuration) {
  MINBEN_TRY(offered, impl_->verify_own(signed_configuration, impl_->clock.now()));
  MINBEN_CHECK(impl_->database.transact([&](Transaction& tx) -> Result<void> {
    MINBEN_TRY(known, impl_->lock_base(tx));
    // Another node may have brought a newer one; this one's file is out of date then.
    const bool newer = offered.version >= known.version;
    if (newer) MINBEN_CHECK(tx.run(set_base, signed_configuration));
    else
      spdlog::warn("registry: version {} of the plan is older than {}", offered.version,
                   known.version);
    MINBEN_CHECK(impl_->publish(tx, newer ? offered : known));
    return {};
  }));
  return impl_->look();
}

Result<bool> Registry::publish() {
  MINBEN_TRY(done, impl_->database.transact([&](Transaction& tx) -> Result<bool> {
    MINBEN_TRY(base, impl_->lock_base(tx));
    MINBEN_CHECK(impl_->withdraw(tx));
    return impl_->publish(tx, base);
  }));
  MINBEN_CHECK(impl_->look());
  return done;
}

Result<std::string> Registry::publication(std::int64_t version) const {
  MINBEN_TRY(rows, impl_->database.run(find_publication, version));
  if (rows.empty()) return fail(Kind::not_found, "unknown_version");
  return rows.front().text("content");
}

Result<void> Registry::Impl::look() const {
  MINBEN_TRY(rows, database.run(newest_text));
  if (rows.empty())
    return fail(Kind::unavailable, "nothing_published", "the registry has published nothing yet");
  const auto row = rows.front();
  const std::lock_guard lock(mutex);
  looked_at = clock.now();
  if (current && current->configuration->version >= row.integer("version")) return {};
  auto made = std::make_shared<Published>();
  made->text = row.text("content");
  made->etag = fmt::format("\"{}\"", hex_encode(sha256(made->text)).substr(0, 32));
  // One that a newer version of this program published may be beyond this one.
  MINBEN_TRY(read, verify_own(made->text, Instant{}));
  made->configuration = std::make_shared<const Configuration>(std::move(read));
  current = std::move(made);
  return {};
}

Result<std::shared_ptr<const Published>> Registry::published() const {
  const Instant now = impl_->clock.now();
  {
    const std::lock_guard lock(impl_->mutex);
    const bool fresh = now >= impl_->looked_at && now < impl_->looked_at + look_again;
    // One caller looks and the others go on with what they have: some hold a connection to the
    // database while they ask, and must not wait for somebody who needs another one.
    if (impl_->current && (fresh || impl_->looking)) return impl_->current;
    impl_->looking = true;
  }
  const auto looked = impl_->look();
  const std::lock_guard lock(impl_->mutex);
  impl_->looking = false;
  if (impl_->current) return impl_->current;  // also while the database is away
  return std::unexpected(looked.error());
}

}  // namespace minben::registry
