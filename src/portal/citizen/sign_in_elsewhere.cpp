// Signing in with another OpenID provider, and adding it to an account that one has here already.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "messages/account.hpp"
#include "messages/elsewhere.hpp"
#include "openid/relying_party.hpp"
#include "page/kept.hpp"
#include "page/sign_in.hpp"
#include "parts.hpp"
#include "sign_in_pages.hpp"

namespace minben::citizen {

namespace {

constexpr std::string_view ticket_cookie = "minben-elsewhere";
constexpr std::string_view proof_cookie = "minben-proof";

Result<const openid::OutsideProvider*> provider_of(const Parts& parts, const Visit& visit) {
  const openid::OutsideProvider* found =
      parts.relying_party == nullptr
          ? nullptr
          : parts.relying_party->find(visit.request.parameter("provider"));
  if (found == nullptr) return fail(Kind::not_found, "no_such_provider");
  return found;
}

/// As it is registered with the provider: one for each language.
std::string callback_of(const Visit& visit, std::string_view provider) {
  return visit.site.config().origin +
         std::string(visit.url({"sign-in", "with", provider, "callback"}).text());
}

std::string why(const Visit& visit, std::string_view code) {
  const auto known = msg::find_in_elsewhere(visit.language, fmt::format("elsewhere_{}", code));
  return known ? std::string(*known) : page::error_text(visit.language, code);
}

/// The sign-in page with what went wrong; faults of the provider are the operator's to know.
net::Response failed(const Visit& visit, const Error& error) {
  if (error.kind == Kind::internal || error.kind == Kind::unavailable)
    spdlog::warn("signing in elsewhere: {}", describe(error));
  return sign_in_page_with(visit, {{}, why(visit, error.code)});
}

/// Why one signs in anew: what is asked of the provider then ("strongly", "again"), or "".
std::string_view anew(const Visit& visit) {
  const std::string_view why = visit.request.query.get("why");
  return why == "strongly" || why == "again" ? why : "";
}

/// A session that they still have there does for a first sign-in here. Whoever is asked to sign in
/// anew, or more strongly, has to do it there as well: or it would be stronger in name only.
openid::RelyingParty::Trip trip_of(const Visit& visit, std::string_view provider,
                                   std::string_view callback, std::string_view back) {
  openid::RelyingParty::Trip trip{provider, callback, back, visit.language};
  if (visit.signed_in() || !anew(visit).empty()) trip.max_age = seconds{0};
  if (anew(visit) == "strongly") trip.authenticator = 2;
  return trip;
}

Result<net::Response> leave(const Parts& parts, Visit& visit) {
  MINBEN_TRY(provider, provider_of(parts, visit));
  const std::string callback = callback_of(visit, provider->id);
  const std::string back = page::return_address(visit);
  const auto departure = parts.relying_party->leave(trip_of(visit, provider->id, callback, back));
  if (!departure) return failed(visit, departure.error());
  MINBEN_TRY(address, page::Url::outside(departure->url));
  net::Response response = page::redirect(address);
  page::keep_in_browser(visit, response, ticket_cookie, departure->ticket, openid::ticket_lifetime);
  return response;
}

/// Nobody's yet: it waits in the browser until its person has signed in otherwise.
net::Response wait_for_owner(const Parts& parts, const Visit& visit,
                             const openid::OutsideProvider& provider,
                             const identity::Proof& proof) {
  net::Response response = page::redirect(visit.url({"account", "methods", "with", provider.id}));
  page::keep_in_browser(visit, response, proof_cookie, parts.relying_party->hold(proof),
                        openid::ticket_lifetime);
  return response;
}

Result<net::Response> arrive(const Parts& parts, Visit& visit) {
  MINBEN_TRY(provider, provider_of(parts, visit));
  const std::string callback = callback_of(visit, provider->id);
  const auto arrival = parts.relying_party->arrive(provider->id, callback, visit.request.query,
                                                   page::kept_in_browser(visit, ticket_cookie));
  net::Response response;
  if (!arrival) {
    response = failed(visit, arrival.error());
  } else {
    const auto signed_in = parts.identity.sign_in_with_proof(
        arrival->proof,
        {.token = visit.visitor.token, .user_agent = visit.request.headers.get("User-Agent")});
    if (signed_in) response = visit.site.signed_in(visit, *signed_in, arrival->return_to);
    else if (signed_in.error().code == "not_bound")
      response = wait_for_owner(parts, visit, *provider, arrival->proof);
    else return fail(signed_in.error());
  }
  page::drop_from_browser(visit, response, ticket_cookie);
  return response;
}

net::Response add_page(const Visit& visit, const openid::OutsideProvider& provider,
                       const std::string& error = {}) {
  const Language language = visit.language;
  const std::string& name = provider.name.in(language);
  const std::string title = msg::elsewhere_add_title(language, name);
  Frame made = frame(visit, title, Section::account);
  made.back = page::Link{std::string(msg::back(language)), visit.url({"account"})};
  if (!error.empty()) made.errors.push_back({{}, error});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, title, Size::l);
        page::paragraph(page, msg::elsewhere_add_text(language, name));
        page::form(page, visit, visit.url({"account", "methods", "with", provider.id}),
                   [&](Writer& p) {
                     page::button_group(p, [&](Writer& group) {
                       page::button(group, msg::elsewhere_add(language));
                       page::link(group, msg::elsewhere_not_now(language), visit.url({"account"}));
                     });
                   });
      },
      error.empty() ? 200 : 422);
}

Result<net::Response> ask(const Parts& parts, Visit& visit) {
  MINBEN_TRY(provider, provider_of(parts, visit));
  const auto proof = parts.relying_party->held(page::kept_in_browser(visit, proof_cookie));
  if (!proof || proof->issuer != provider->issuer) return page::redirect(visit.url({"account"}));
  return add_page(visit, *provider);
}

Result<net::Response> add(const Parts& parts, Visit& visit) {
  MINBEN_TRY(provider, provider_of(parts, visit));
  const auto proof = parts.relying_party->held(page::kept_in_browser(visit, proof_cookie));
  if (!proof || proof->issuer != provider->issuer)
    return add_page(visit, *provider, why(visit, "no_ticket"));
  const auto added = parts.transact(
      [&](store::Transaction& tx) { return parts.identity.link(tx, visit.session(), *proof); });
  if (!added && added.error().kind == Kind::unauthorised)
    return visit.site.to_sign_in(visit, identity::Realm::person, true);
  if (!added && (added.error().kind == Kind::conflict || added.error().kind == Kind::too_many))
    return add_page(visit, *provider, why(visit, added.error().code));
  if (!added) return fail(added.error());
  net::Response response = page::redirect_with(visit, visit.url({"account"}), page::Notice::success,
                                               msg::elsewhere_added(visit.language));
  page::drop_from_browser(visit, response, proof_cookie);
  return response;
}

}  // namespace

void elsewhere_waiting(Writer& page, const Visit& visit) {
  const std::string back = page::return_address(visit);
  for (const auto& [id, name] : visit.site.config().outside_providers)
    if (back == visit.url({"account", "methods", "with", id}).text())
      page::inset_text(page, [&](Writer& p) {
        page::paragraph(p, msg::elsewhere_first_sign_in(visit.language, name.in(visit.language)));
      });
}

void elsewhere_part(Writer& page, const Visit& visit) {
  const auto& providers = visit.site.config().outside_providers;
  if (providers.empty()) return;
  const Language language = visit.language;
  page::heading(page, 2, msg::elsewhere_heading(language));
  page::paragraph(page, msg::elsewhere_text(language));
  page::button_group(page, [&](Writer& group) {
    for (const auto& [id, name] : providers) {
      Url to = visit.url({"sign-in", "with", id});
      if (const std::string back = page::return_address(visit); !back.empty())
        to = to.with("return", back);
      if (!anew(visit).empty()) to = to.with("why", anew(visit));
      page::link_button(group, msg::elsewhere_with(language, name.in(language)), to,
                        page::ButtonStyle::secondary);
    }
  });
}

void add_sign_in_elsewhere(Pages& pages) {
  using page::access::anyone;
  using page::access::signed_in;
  pages.get("/sign-in/with/{provider}", anyone, leave);
  pages.get("/sign-in/with/{provider}/callback", anyone, arrive);
  pages.get("/account/methods/with/{provider}", signed_in, ask);
  pages.post("/account/methods/with/{provider}", signed_in, add, 4096);
}

}  // namespace minben::citizen
