// Members with their certificates, services and access rules.
#include <fmt/format.h>

#include "exchange/path.hpp"
#include "exchange/values.hpp"
#include "impl.hpp"

namespace minben::registry {

namespace {

constexpr std::size_t longest_title = 100;
constexpr int most_certificates = 5000;

constexpr Query member_acts{"registry_member_acts",
                            "select code, added_at, added_by from registry.member"};
constexpr Query list_certificates{"registry_list_certificates", R"(
  select * from registry.certificate order by issued_at desc, usage desc limit $1)"};
constexpr Query find_certificate{"registry_find_certificate",
                                 "select * from registry.certificate where serial = $1"};
constexpr Query revoke_certificate{"registry_revoke_certificate", R"(
  update registry.certificate set revoked_at = $2, revoked_by = $3, reason = $4
  where serial = $1 and revoked_at is null)"};
constexpr Query end_one_gateway{"registry_end_gateway", R"(
  update registry.gateway set ended_at = $3, ended_by = $4
  where member_code = $1 and name = $2 and ended_at is null)"};
constexpr Query revoke_all_of{"registry_revoke_all_of", R"(
  update registry.certificate set revoked_at = $3, revoked_by = $4, reason = $5
  where member_code = $1 and gateway = $2 and revoked_at is null and expires_at > $3)"};
constexpr Query add_known_certificate{"registry_add_known_certificate", R"(
  insert into registry.certificate (member_code, serial, gateway, usage, request_id, pem, issued_at,
                                    issued_by, expires_at)
  values ($1, $2, '', $3, '', $4, $5, $6, $7) on conflict do nothing)"};
constexpr Query list_services{"registry_list_services", R"(
  select id, operations, openapi_sha256, added_at, added_by from registry.service
  where ended_at is null)"};
constexpr Query find_openapi{
    "registry_find_openapi",
    "select openapi from registry.service where id = $1 and ended_at is null"};
constexpr Query put_service{"registry_put_service", R"(
  insert into registry.service (id, content, operations, openapi, openapi_sha256, added_at, added_by)
  values ($1, $2, $3, $4, $5, $6, $7)
  on conflict (id) do update set content = excluded.content, operations = excluded.operations,
    openapi = excluded.openapi, openapi_sha256 = excluded.openapi_sha256,
    added_at = excluded.added_at, added_by = excluded.added_by, ended_at = null, ended_by = null)"};
constexpr Query end_one_service{"registry_end_service", R"(
  update registry.service set ended_at = $2, ended_by = $3 where id = $1 and ended_at is null)"};
constexpr Query end_rules_of{"registry_end_rules_of", R"(
  update registry.rule set ended_at = $2, ended_by = $3
  where content->>'service' = $1 and ended_at is null)"};
constexpr Query list_rules{"registry_list_rules", R"(
  select id, content, added_at, added_by from registry.rule
  where ended_at is null order by added_at, id)"};
constexpr Query insert_rule{"registry_insert_rule", R"(
  insert into registry.rule (id, content, added_at, added_by) values ($1, $2, $3, $4))"};
constexpr Query end_one_rule{"registry_end_rule", R"(
  update registry.rule set ended_at = $2, ended_by = $3 where id = $1 and ended_at is null)"};

JsonArray to_json(const std::vector<Operation>& operations) {
  JsonArray list;
  for (const Operation& one : operations)
    list.push_back(JsonObject{{"method", one.method}, {"path", one.path}});
  return list;
}

std::vector<Operation> operations_from(const Json& json) {
  std::vector<Operation> list;
  for (const Json& one : json.as_array())
    list.push_back({string_or(one, "method"), string_or(one, "path")});
  return list;
}

bool is_title(std::string_view text) {
  return !trim(text).empty() && is_utf8(text) && length_in_characters(text) <= longest_title;
}

Result<exchange::Service> read_service(const Configuration& known, const NewService& wanted,
                                       const Description& description) {
  const exchange::Member* member = known.member(wanted.provider.member);
  if (!member || member->member_class != wanted.provider.member_class ||
      wanted.provider.instance != known.instance ||
      std::ranges::find(member->subsystems, wanted.provider.subsystem) == member->subsystems.end())
    return fail(Kind::invalid, "unknown_subsystem", to_string(wanted.provider), "provider");
  exchange::Service service;
  const auto id =
      exchange::ServiceId::parse(fmt::format("{}/{}", to_string(wanted.provider), wanted.code));
  if (!id) return fail(Kind::invalid, "bad_service", "letters, digits and '()+,-.=?_", "code");
  if (exchange::metaservice(id->service))
    return fail(Kind::invalid, "bad_service", "a metaservice has that name", "code");
  if (!is_title(wanted.title.zh_hant) || !is_title(wanted.title.en))
    return fail(Kind::invalid, "bad_service", "1 to 100 characters in both languages", "title");
  service.id = *id;
  service.title = wanted.title;
  service.about_a_person = wanted.about_a_person;
  service.fields = description.fields;
  for (const Operation& operation : description.operations) {
    MINBEN_TRY(method, exchange::parse_method(operation.method));
    service.endpoints.push_back({method, operation.path == "/" ? "" : operation.path});
  }
  service.openapi_sha256 = hex_encode(sha256(wanted.openapi));
  return service;
}

}  // namespace

Result<std::vector<RegisteredMember>> Registry::members() {
  MINBEN_TRY(now, published());
  MINBEN_TRY(acts, impl_->database.run(member_acts));
  MINBEN_TRY(rows, impl_->database.run(list_certificates, most_certificates));
  std::map<std::string, Act> added;
  for (const auto row : acts) added.emplace(row.text("code"), act_of(row, "added_at", "added_by"));
  std::vector<RegisteredMember> all;
  for (const exchange::Member& member : now->configuration->members) {
    RegisteredMember one{member, {}, std::nullopt};
    if (const auto act = added.find(member.code.value); act != added.end()) one.added = act->second;
    for (const auto row : rows)
      if (row.text("member_code") == member.code.value)
        one.certificates.push_back(read_issued(row));
    all.push_back(std::move(one));
  }
  return all;
}

namespace {

Result<IssuedCertificate> revoke_known(Transaction& tx, OfficerId officer, std::string_view serial,
                                       trust::RevocationReason reason) {
  MINBEN_TRY(rows, tx.run(find_certificate, serial));
  if (rows.empty()) return fail(Kind::not_found, "unknown_certificate");
  MINBEN_TRY(done, tx.run(revoke_certificate, serial, tx.now(), officer, to_string(reason)));
  if (done.affected() == 0)
    return fail(Kind::conflict, "certificate_revoked", "it is revoked already");
  IssuedCertificate one = read_issued(rows.front());
  MINBEN_CHECK(record(tx, officer, "certificate_revoked",
                      fmt::format("{}/{}", one.member.value, one.gateway),
                      fmt::format("{} {}", serial, to_string(reason))));
  return one;
}

}  // namespace

Result<void> Registry::revoke(OfficerId officer, std::string_view serial,
                              trust::RevocationReason reason) {
  return impl_->change([&](Transaction& tx, const Configuration&) -> Result<void> {
    MINBEN_CHECK(revoke_known(tx, officer, serial, reason));
    return {};
  });
}

Result<IssuedCertificate> Registry::revoke_file(OfficerId officer, std::string_view pem,
                                                trust::RevocationReason reason) {
  MINBEN_TRY(certificate, trust::certificate_from_pem(pem));
  MINBEN_TRY(info, impl_->authority.check(certificate.der, impl_->clock.now()));
  if (info.member.empty())
    return fail(Kind::invalid, "certificate_without_member", "it names no member", info.subject);
  return impl_->change([&](Transaction& tx, const Configuration&) -> Result<IssuedCertificate> {
    MINBEN_CHECK(tx.run(add_known_certificate, info.member, info.serial,
                        info.for_seals ? "seal" : "tls", certificate.pem, info.not_before, officer,
                        info.not_after));
    return revoke_known(tx, officer, info.serial, reason);
  });
}

Result<void> Registry::end_gateway(OfficerId officer, const AgencyCode& member,
                                   std::string_view gateway) {
  return impl_->change([&](Transaction& tx, const Configuration&) -> Result<void> {
    MINBEN_TRY(done, tx.run(end_one_gateway, member, gateway, tx.now(), officer));
    if (done.affected() == 0) return fail(Kind::not_found, "unknown_gateway");
    MINBEN_CHECK(tx.run(revoke_all_of, member, gateway, tx.now(), officer,
                        to_string(trust::RevocationReason::cessation_of_operation)));
    return record(tx, officer, "gateway_ended", fmt::format("{}/{}", member.value, gateway));
  });
}

Result<std::vector<RegisteredService>> Registry::services() {
  MINBEN_TRY(now, published());
  MINBEN_TRY(rows, impl_->database.run(list_services));
  std::vector<RegisteredService> all;
  for (const exchange::Service& service : now->configuration->services) {
    RegisteredService one{service, {}, "", std::nullopt};
    for (const auto row : rows) {
      if (row.text("id") != to_string(service.id)) continue;
      one.operations = operations_from(row.json("operations"));
      one.openapi_sha256 = hex_encode(row.bytes("openapi_sha256"));
      one.added = act_of(row, "added_at", "added_by");
    }
    all.push_back(std::move(one));
  }
  return all;
}

Result<RegisteredService> Registry::add_service(OfficerId officer, const NewService& wanted) {
  MINBEN_TRY(description, read_openapi(wanted.openapi));
  return impl_->change(
      [&](Transaction& tx, const Configuration& base) -> Result<RegisteredService> {
        MINBEN_TRY(known, impl_->assemble(tx, base));
        MINBEN_TRY(service, read_service(known, wanted, description));
        const std::string id = to_string(service.id);
        if (base.service(service.id))
          return fail(Kind::conflict, "service_taken", "the exchange's plan has that service", id);
        const Sha256 digest = sha256(wanted.openapi);
        MINBEN_CHECK(tx.run(put_service, id, Json(exchange::service_to_json(service)),
                            Json(to_json(description.operations)), wanted.openapi,
                            std::span<const std::uint8_t>(digest), tx.now(), officer));
        MINBEN_CHECK(record(tx, officer, "service_added", id, hex_encode(digest)));
        return RegisteredService{std::move(service), description.operations, hex_encode(digest),
                                 Act{tx.now(), officer}};
      });
}

Result<std::string> Registry::openapi(const exchange::ServiceId& id) {
  MINBEN_TRY(rows, impl_->database.run(find_openapi, to_string(id)));
  if (rows.empty()) return fail(Kind::not_found, "unknown_service");
  return rows.front().text("openapi");
}

Result<void> Registry::end_service(OfficerId officer, const exchange::ServiceId& id) {
  return impl_->change([&](Transaction& tx, const Configuration&) -> Result<void> {
    MINBEN_TRY(done, tx.run(end_one_service, to_string(id), tx.now(), officer));
    if (done.affected() == 0) return fail(Kind::not_found, "unknown_service");
    MINBEN_CHECK(tx.run(end_rules_of, to_string(id), tx.now(), officer));
    return record(tx, officer, "service_ended", to_string(id));
  });
}

Result<std::vector<RegisteredRule>> Registry::rules() {
  return impl_->database.transact([&](Transaction& tx) -> Result<std::vector<RegisteredRule>> {
    MINBEN_TRY(base, impl_->lock_base(tx));
    MINBEN_TRY(rows, tx.run(list_rules));
    std::vector<RegisteredRule> all;
    for (const auto row : rows)
      if (auto rule = exchange::rule_from_json(row.json("content")))
        all.push_back(
            {row.id<RuleId>("id"), std::move(*rule), act_of(row, "added_at", "added_by")});
    for (exchange::AccessRule& rule : base.rules)
      all.push_back({{}, std::move(rule), std::nullopt});
    return all;
  });
}

Result<RuleId> Registry::add_rule(OfficerId officer, const exchange::AccessRule& rule) {
  return impl_->change([&](Transaction& tx, const Configuration& base) -> Result<RuleId> {
    // Publishing would pass over a rule whose parts are missing; whoever adds it is to know.
    MINBEN_TRY(next, impl_->assemble(tx, base));
    MINBEN_CHECK(check_parts(next, rule));
    next.rules.push_back(rule);
    MINBEN_CHECK(exchange::sign_configuration(next, impl_->keys->current()->key));
    const RuleId id = RuleId::make(impl_->clock, impl_->random);
    MINBEN_CHECK(tx.run(insert_rule, id, Json(exchange::rule_to_json(rule)), tx.now(), officer));
    MINBEN_CHECK(record(tx, officer, "rule_added", to_string(rule.service),
                        fmt::format("{} {}", to_string(id), to_string(rule.consumer))));
    return id;
  });
}

Result<void> Registry::end_rule(OfficerId officer, RuleId id) {
  return impl_->change([&](Transaction& tx, const Configuration&) -> Result<void> {
    MINBEN_TRY(done, tx.run(end_one_rule, id, tx.now(), officer));
    if (done.affected() == 0) return fail(Kind::not_found, "unknown_rule");
    return record(tx, officer, "rule_ended", to_string(id));
  });
}

}  // namespace minben::registry
