// On every request: who is it, may they, and did the form come from our own page.
#include <spdlog/spdlog.h>

#include "site.hpp"

namespace minben::page {

namespace {

bool is_unsafe(net::Method method) {
  return method != net::Method::get && method != net::Method::head;
}

/// 43 characters of base64url: 32 random bytes. Anything else was not made here.
bool is_anchor(std::string_view text) {
  const auto bytes = base64url_decode(text);
  return bytes && bytes->size() == 32;
}

bool is_our_fault(const Error& error) {
  return error.kind == Kind::unavailable || error.kind == Kind::internal;
}

void find_session(const Site::Impl& site, const Place& place, const net::Request& request,
                  Visitor& visitor) {
  visitor.token = read_cookie(site, request, session_cookie(place.realm));
  if (visitor.token.empty()) return;
  auto session = site.identity.session(visitor.token);
  if (session && identity::realm_of(session->subject) == place.realm)
    visitor.session = std::move(*session);
  else if (!session && is_our_fault(session.error())) visitor.session_unknown = session.error();
  else visitor.session_expired = !session && session.error().code == "session_expired";
}

std::shared_ptr<Visitor> meet(const Site::Impl& site, const net::Request& request) {
  auto visitor = std::make_shared<Visitor>();
  const auto place = place_of(request.path);
  visitor->language = place ? place->language : preferred_language(site, request);
  visitor->anchor = read_cookie(site, request, cookie::anchor);
  if (!is_anchor(visitor->anchor)) {
    visitor->anchor = site.random.token(32);
    visitor->anchor_is_new = true;
  }
  if (place) find_session(site, *place, request, *visitor);
  return visitor;
}

net::Response refuse(const Visit& visit, const Error& error) {
  if (wants_problem(visit.request)) return net::Response::problem(error);
  return error_page(visit, error);
}

net::Response ask_to_sign_in(const Visit& visit, identity::Realm realm, bool strongly) {
  if (wants_problem(visit.request))
    return net::Response::problem(error_of(Kind::unauthorised, "sign_in_needed"));
  return visit.site.to_sign_in(visit, realm, strongly);
}

/// A form made for one person is not sent by another who signed in meanwhile.
bool fits_owner(const Site::Impl& site, const Visitor& visitor, const OwnerTag& owner) {
  return is_nobody(owner) || !visitor.session || owner_tag(site, visitor.session) == owner;
}

std::optional<net::Response> check_access(const Visit& visit, const net::Route& route) {
  const auto meaning = visit.site.impl().meanings.find(route.access.name);
  if (meaning == visit.site.impl().meanings.end())
    return refuse(visit, error_of(Kind::internal, "access_undefined"));
  const identity::Realm realm = meaning->second.realm;
  if (!visit.signed_in() || identity::realm_of(visit.session().subject) != realm)
    return ask_to_sign_in(visit, realm, false);
  const auto allowed = meaning->second.check(visit.request, visit.session());
  if (allowed) return std::nullopt;
  if (allowed.error().kind == Kind::unauthorised) return ask_to_sign_in(visit, realm, true);
  return refuse(visit, allowed.error());
}

}  // namespace

std::optional<net::Response> guard(const Site& site, const net::Route& route,
                                   net::Request& request) {
  const auto visitor = meet(site.impl(), request);
  request.caller = visitor;
  if (route.access == access::machine) return std::nullopt;

  const Visit visit{request, *visitor, site, visitor->language};
  // Nobody is sent to sign in, or served as a stranger, because the database is away for a moment.
  if (visitor->session_unknown) return refuse(visit, *visitor->session_unknown);
  if (is_unsafe(route.method)) {
    const auto owner = check_csrf(site.impl(), request, *visitor);
    if (!owner || !fits_owner(site.impl(), *visitor, *owner)) {
      // The pattern, as what stands in an address may be a secret.
      spdlog::warn("{} refused: form_not_ours", route.pattern);
      return refuse(visit, error_of(Kind::forbidden, "form_not_ours"));
    }
  }
  if (!(route.access == access::anyone))
    if (auto refused = check_access(visit, route)) return refused;
  visitor->sent_held_form = is_unsafe(route.method) && request.form.has(held_field);
  return std::nullopt;
}

const Visitor& visitor(const net::Request& request) {
  const auto* known = dynamic_cast<const Visitor*>(request.caller.get());
  MINBEN_ASSERT(known != nullptr);
  return *known;
}

namespace {

Check with_role(std::string_view role) {
  return [role](const net::Request&, const identity::Session& session) -> Result<void> {
    if (session.officer && session.officer->has_role(role)) return {};
    return fail(Kind::forbidden, "role_missing", role);
  };
}

/// What is one's own is not touched while acting for another: nothing is mixed up by mistake.
Result<void> for_oneself(const net::Request&, const identity::Session& session) {
  if (session.acting) return fail(Kind::forbidden, "acting_for_another");
  return {};
}

Check with_power(bool identity::Powers::* power) {
  return [power](const net::Request&, const identity::Session& session) -> Result<void> {
    if (!session.acting || session.acting->powers.*power) return {};
    return fail(Kind::forbidden, "mandate_not_for_this");
  };
}

Result<void> at_least_substantial(const net::Request& request, const identity::Session& session) {
  MINBEN_CHECK(for_oneself(request, session));
  if (session.assurance >= identity::Assurance::substantial) return {};
  return fail(Kind::unauthorised, "assurance_too_low");
}

Result<void> active_officer(const net::Request&, const identity::Session& session) {
  if (session.officer && session.officer->active) return {};
  return fail(Kind::forbidden, "not_an_officer");
}

}  // namespace

void define_built_in(Site& site) {
  using identity::Realm;
  site.define(access::signed_in, Realm::person, for_oneself);
  site.define(access::signed_in_strongly, Realm::person, at_least_substantial);
  site.define(access::for_services, Realm::person, with_power(&identity::Powers::services));
  site.define(access::for_data, Realm::person, with_power(&identity::Powers::data));
  site.define(access::also_acting, Realm::person,
              [](const net::Request&, const identity::Session&) -> Result<void> { return {}; });
  site.define(access::officer, Realm::officer, active_officer);
  site.define(access::team_lead, Realm::officer, with_role(identity::role::team_lead));
  site.define(access::service_owner, Realm::officer, with_role(identity::role::service_owner));
  site.define(access::administrator, Realm::officer, with_role(identity::role::administrator));
  site.define(access::exchange_operator, Realm::officer,
              with_role(identity::role::exchange_operator));
  site.define(access::data_protection_officer, Realm::officer,
              with_role(identity::role::data_protection_officer));
  site.define(access::data_steward, Realm::officer, with_role(identity::role::data_steward));
}

}  // namespace minben::page
