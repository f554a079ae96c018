// Agencies that want to join: what they sent, and what an officer decides about it.
#include <fmt/format.h>

#include "exchange/authorities.hpp"
#include "impl.hpp"

namespace minben::registry {

namespace {

constexpr int most_waiting = 200;
constexpr int most_shown = 100;
constexpr int most_renewals = 5;  ///< of one gateway in a day, without an officer
constexpr std::size_t longest_reason = 500;

constexpr Query insert_request{"registry_insert_request", R"(
  insert into registry.request (id, member_code, gateway, content, state, received_at)
  values ($1, $2, $3, $4, 'received', $5) on conflict do nothing)"};
constexpr Query count_waiting{
    "registry_count_waiting",
    "select count(*) as n from registry.request where state = 'received'"};
constexpr Query list_requests{"registry_list_requests", R"(
  select id, content, state, received_at, decided_at, decided_by, reason from registry.request
  order by state = 'received' desc, received_at desc, id limit $1)"};
constexpr Query find_request{"registry_find_request", R"(
  select id, content, state, received_at, decided_at, decided_by, reason from registry.request
  where id = $1)"};
constexpr Query set_decision{"registry_set_decision", R"(
  update registry.request set state = $2, decided_at = $3, decided_by = $4, reason = $5
  where id = $1 and state = 'received')"};

constexpr Query insert_member{"registry_insert_member", R"(
  insert into registry.member (code, class, name_zh, name_en, added_at, added_by)
  values ($1, $2, $3, $4, $5, $6) on conflict do nothing)"};
constexpr Query find_member{"registry_find_member",
                            "select class from registry.member where code = $1"};
constexpr Query insert_subsystem{"registry_insert_subsystem", R"(
  insert into registry.subsystem (member_code, name, added_at, added_by)
  values ($1, $2, $3, $4) on conflict do nothing)"};
constexpr Query find_gateway{"registry_find_gateway", R"(
  select signing_key from registry.gateway where member_code = $1 and name = $2)"};
constexpr Query put_gateway{"registry_put_gateway", R"(
  insert into registry.gateway (member_code, name, url, signing_key, added_at, added_by)
  values ($1, $2, $3, $4, $5, $6)
  on conflict (member_code, name) do update set url = excluded.url, ended_at = null, ended_by = null)"};
constexpr Query insert_certificate{"registry_insert_certificate", R"(
  insert into registry.certificate (member_code, serial, gateway, usage, request_id, pem, issued_at,
                                    issued_by, expires_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9))"};
constexpr Query supersede{"registry_supersede", R"(
  update registry.certificate set superseded_at = $3
  where member_code = $1 and gateway = $2 and revoked_at is null and expires_at > $3
    and superseded_at is null)"};
constexpr Query count_renewals{"registry_count_renewals", R"(
  select count(*) as n from registry.request
  where member_code = $1 and gateway = $2 and state = 'approved' and decided_by is null
    and decided_at > $3)"};
constexpr Query note_reason{"registry_note_reason", R"(
  update registry.request set reason = $2 where id = $1 and state = 'received')"};
/// The same one may come again with a request that changes something else.
constexpr Query insert_outside{"registry_insert_outside", R"(
  insert into registry.certificate (member_code, serial, gateway, usage, request_id, pem, issued_at,
                                    issued_by, expires_at, outside)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, true)
  on conflict (member_code, serial) do update set request_id = excluded.request_id
  where certificate.pem = excluded.pem and certificate.usage = excluded.usage
  and certificate.gateway = excluded.gateway)"};
constexpr Query certificates_of_request{"registry_certificates_of_request", R"(
  select * from registry.certificate where request_id = $1 order by usage desc, issued_at desc)"};

RequestState parse_state(std::string_view text) {
  if (text == "approved") return RequestState::approved;
  return text == "refused" ? RequestState::refused : RequestState::received;
}

/// What others know of now, to tell what a request would change.
struct Known {
  std::shared_ptr<const Configuration> configuration;

  void look(JoinCase& one) const {
    const exchange::Member* member =
        configuration ? configuration->member(one.request.member.value) : nullptr;
    one.member_is_known = member != nullptr;
    one.gateway_is_known = member != nullptr && member->gateway(one.request.gateway) != nullptr;
  }
};

JoinCase read_case(const store::Row& row, const Known& known) {
  JoinCase one;
  one.id = row.text("id");
  const ReadJoinRequest read = stored(read_join_request(row.text("content")));
  one.request = read.request;
  one.renewal = read.renews.has_value();
  one.state = parse_state(row.text("state"));
  one.received_at = row.instant("received_at");
  one.decided = optional_act_of(row, "decided_at", "decided_by");
  one.reason = row.text("reason");
  known.look(one);
  return one;
}

std::unexpected<Error> unknown_request() { return fail(Kind::not_found, "unknown_request"); }

bool is_id(std::string_view id) { return id.size() == 64 && hex_decode(id).has_value(); }

}  // namespace

std::string_view to_string(RequestState state) {
  switch (state) {
    case RequestState::received:
      return "received";
    case RequestState::approved:
      return "approved";
    case RequestState::refused:
      return "refused";
  }
  return {};
}

IssuedCertificate read_issued(const store::Row& row) {
  IssuedCertificate one;
  one.serial = row.text("serial");
  one.member = AgencyCode{row.text("member_code")};
  one.gateway = row.text("gateway");
  one.usage = row.text("usage") == "seal" ? trust::Usage::seal : trust::Usage::tls_server;
  one.pem = row.text("pem");
  one.expires_at = row.instant("expires_at");
  one.issued = act_of(row, "issued_at", "issued_by");
  if (!row.is_null("superseded_at")) one.superseded_at = row.instant("superseded_at");
  one.revoked = optional_act_of(row, "revoked_at", "revoked_by");
  one.reason = row.text("reason");
  one.outside = row.boolean("outside");
  return one;
}

Result<JoinCase> Registry::receive(std::string_view file, std::optional<OfficerId> officer) {
  MINBEN_TRY(read, read_join_request(file));
  const auto take = [&](Transaction& tx) -> Result<bool> {
    MINBEN_TRY(waiting, tx.run(count_waiting));
    MINBEN_TRY(known, tx.run(find_request, read.id));
    if (known.empty() && !officer && waiting.front().integer("n") >= most_waiting)
      return fail(Kind::too_many, "registry_full", "too many requests wait; try again tomorrow");
    MINBEN_TRY(added, tx.run(insert_request, read.id, read.request.member, read.request.gateway,
                             file, tx.now()));
    if (added.affected() == 0) return false;
    MINBEN_CHECK(record(tx, officer, "request_received", read.request.member.value, read.id));
    return true;
  };
  if (read.renews) {
    MINBEN_CHECK(impl_->change([&](Transaction& tx, const Configuration& base) -> Result<bool> {
      MINBEN_TRY(is_new, take(tx));
      return is_new ? impl_->renew(tx, base, read) : Result<bool>(false);
    }));
  } else {
    MINBEN_CHECK(impl_->database.transact(take));
  }
  return request(read.id);
}

namespace {

/// What an officer has to look at, though the request is shown with a key of the exchange; "" =
/// nothing.
std::string objection(const Configuration& published, std::span<const trust::Revoked> revoked,
                      const ReadJoinRequest& read, Instant now) {
  const JoinRequest& asked = read.request;
  const exchange::Member* member = published.member(asked.member.value);
  const exchange::GatewayEntry* entry = member ? member->gateway(asked.gateway) : nullptr;
  if (!entry) return "the exchange does not know this gateway";
  if (member->member_class != asked.member_class) return "another class of members";
  if (!(entry->signing_key == read.signing_key)) return "another signing key";
  if (entry->url != asked.url) return "another address";
  for (const std::string& subsystem : asked.subsystems)
    if (std::ranges::find(member->subsystems, subsystem) == member->subsystems.end())
      return "another subsystem";
  const auto is_this = [&](const std::string& pem) {
    const auto each = trust::certificate_from_pem(pem);
    return each && each->der == read.renews->der;
  };
  if (std::ranges::none_of(entry->certificates, is_this))
    return "not shown with a certificate of this gateway";
  const auto roots = trust::PathValidator::make(published.trust_anchors, {});
  const auto info = roots ? roots->check(read.renews->der, now, trust::Usage::seal)
                          : Result<trust::CertificateInfo>(std::unexpected(roots.error()));
  if (!info) return info.error().code;
  const auto withdrawn = std::ranges::find(revoked, info->serial, &trust::Revoked::serial);
  return withdrawn == revoked.end() ? "" : "certificate_revoked";
}

}  // namespace

/// Whether no officer is needed. The new certificates are for the names that an officer let in, and
/// the keys in force vouch for the new ones as they vouch for every message.
Result<bool> Registry::Impl::renew(Transaction& tx, const Configuration& base,
                                   const ReadJoinRequest& read) const {
  const JoinRequest& asked = read.request;
  MINBEN_TRY(published, assemble(tx, base));
  MINBEN_TRY(known_revoked, revoked(tx));
  std::string reason = objection(published, known_revoked, read, tx.now());
  const exchange::Member* planned = base.member(asked.member.value);
  if (planned && planned->gateway(asked.gateway)) reason = "the exchange's plan has this gateway";
  MINBEN_TRY(renewals, tx.run(count_renewals, asked.member, asked.gateway, tx.now() - days(1)));
  if (reason.empty() && renewals.front().integer("n") >= most_renewals)
    reason = "many renewals in one day";
  if (!reason.empty()) {
    MINBEN_CHECK(tx.run(note_reason, read.id, reason));
    return false;
  }
  MINBEN_CHECK(issue(tx, read, std::nullopt));
  MINBEN_CHECK(tx.run(set_decision, read.id, to_string(RequestState::approved), tx.now(),
                      std::optional<OfficerId>(), ""));
  MINBEN_CHECK(record(tx, std::nullopt, "certificates_renewed",
                      fmt::format("{}/{}", asked.member.value, asked.gateway), read.id));
  return true;
}

Result<std::vector<JoinCase>> Registry::requests() {
  const auto now = published();
  const Known known{now ? (*now)->configuration : nullptr};
  MINBEN_TRY(rows, impl_->database.run(list_requests, most_shown));
  std::vector<JoinCase> all;
  for (const auto row : rows) all.push_back(read_case(row, known));
  return all;
}

Result<JoinCase> Registry::request(std::string_view id) {
  if (!is_id(id)) return unknown_request();
  const auto now = published();
  MINBEN_TRY(rows, impl_->database.run(find_request, id));
  if (rows.empty()) return unknown_request();
  return read_case(rows.front(), {now ? (*now)->configuration : nullptr});
}

Result<std::vector<IssuedCertificate>> Registry::certificates_of(std::string_view id) {
  MINBEN_TRY(rows, impl_->database.run(certificates_of_request, id));
  std::vector<IssuedCertificate> all;
  for (const auto row : rows) all.push_back(read_issued(row));
  return all;
}

/// The member, its subsystems and the gateway, when they are not there yet.
Result<void> Registry::Impl::admit(Transaction& tx, const Configuration& base,
                                   const ReadJoinRequest& read, OfficerId officer) const {
  const JoinRequest& request = read.request;
  const exchange::Member* planned = base.member(request.member.value);
  if (planned && planned->gateway(request.gateway))
    return fail(Kind::conflict, "gateway_taken", "the exchange's plan has that gateway",
                request.gateway);
  MINBEN_TRY(members, tx.run(find_member, request.member));
  const std::string known_class = planned           ? planned->member_class
                                  : members.empty() ? request.member_class
                                                    : members.front().text("class");
  if (known_class != request.member_class)
    return fail(Kind::conflict, "other_class", "the member is known under " + known_class,
                request.member.value);
  MINBEN_TRY(gateways, tx.run(find_gateway, request.member, request.gateway));
  if (!gateways.empty() && gateways.front().bytes("signing_key") != read.signing_key.bytes())
    return fail(Kind::conflict, "gateway_taken", "another key has a gateway of that name",
                request.gateway);
  if (!planned)
    MINBEN_CHECK(tx.run(insert_member, request.member, request.member_class, request.name.zh_hant,
                        request.name.en, tx.now(), officer));
  for (const std::string& subsystem : request.subsystems)
    MINBEN_CHECK(tx.run(insert_subsystem, request.member, subsystem, tx.now(), officer));
  MINBEN_CHECK(tx.run(put_gateway, request.member, request.gateway, request.url,
                      read.signing_key.bytes(), tx.now(), officer));
  return {};
}

Result<void> Registry::Impl::issue(Transaction& tx, const ReadJoinRequest& read,
                                   std::optional<OfficerId> officer) const {
  MINBEN_CHECK(tx.run(supersede, read.request.member, read.request.gateway, tx.now()));
  for (const bool seal : {false, true}) {
    const trust::SigningRequest& asked = seal ? read.seal : read.tls;
    trust::CertificateRequest names = asked.names;
    names.valid_days = config.certificate_days;
    names.for_seals = seal;
    names.for_server = names.for_client = !seal;
    MINBEN_TRY(certificate, authority.issue(asked.key, names, clock));
    MINBEN_TRY(info, trust::read_certificate(certificate.der));
    MINBEN_CHECK(tx.run(insert_certificate, read.request.member, info.serial, read.request.gateway,
                        seal ? "seal" : "tls", read.id, certificate.pem, tx.now(), officer,
                        info.not_after));
  }
  return {};
}

/// What an outside authority issued counts when the registry trusts it now.
Result<void> Registry::Impl::take_outside(Transaction& tx, const Configuration& base,
                                          const ReadJoinRequest& read, OfficerId officer) const {
  Configuration now = base;
  MINBEN_CHECK(add_authorities(now));
  now.trust_anchors.clear();  // certificates of our own are issued, not brought
  MINBEN_TRY(validator, exchange::path_validator(now));
  for (const bool seal : {false, true}) {
    const std::string& pem = seal ? read.request.seal_certificate : read.request.tls_certificate;
    MINBEN_TRY(certificates, trust::chain_from_pem(pem));
    MINBEN_TRY(path, validator.path(certificates, tx.now(),
                                    seal ? trust::Usage::seal : trust::Usage::tls_server));
    MINBEN_TRY(taken,
               tx.run(insert_outside, read.request.member, path.info.serial, read.request.gateway,
                      seal ? "seal" : "tls", read.id, pem, tx.now(), officer, path.info.not_after));
    if (taken.affected() == 0)
      return fail(Kind::conflict, "serial_taken",
                  "another certificate of this member has the same serial number",
                  path.info.serial);
  }
  return {};
}

Result<JoinCase> Registry::Impl::decide(std::string_view id, OfficerId officer, RequestState state,
                                        std::string_view reason) {
  return change([&](Transaction& tx, const Configuration& base) -> Result<JoinCase> {
    MINBEN_TRY(rows, tx.run(find_request, id));
    if (rows.empty()) return unknown_request();
    MINBEN_TRY(decided, tx.run(set_decision, id, to_string(state), tx.now(), officer, reason));
    if (decided.affected() == 0)
      return fail(Kind::conflict, "request_decided", "somebody has decided it", id);
    const ReadJoinRequest read = stored(read_join_request(rows.front().text("content")));
    if (state == RequestState::approved) {
      MINBEN_CHECK(admit(tx, base, read, officer));
      MINBEN_CHECK(read.request.tls_certificate.empty() ? issue(tx, read, officer)
                                                        : take_outside(tx, base, read, officer));
    }
    MINBEN_CHECK(record(tx, officer, fmt::format("request_{}", to_string(state)),
                        fmt::format("{}/{}", read.request.member.value, read.request.gateway), id));
    MINBEN_TRY(after, tx.run(find_request, id));
    return read_case(after.front(), {});
  });
}

Result<JoinCase> Registry::approve(OfficerId officer, std::string_view id) {
  return impl_->decide(id, officer, RequestState::approved, "");
}

Result<JoinCase> Registry::refuse(OfficerId officer, std::string_view id, std::string_view reason) {
  const std::string_view words = trim(reason);
  if (words.empty() || !is_utf8(words) || length_in_characters(words) > longest_reason)
    return fail(Kind::invalid, "bad_reason", "1 to 500 characters", "reason");
  return impl_->decide(id, officer, RequestState::refused, words);
}

}  // namespace minben::registry
