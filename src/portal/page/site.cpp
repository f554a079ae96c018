#include "site.hpp"

#include <spdlog/spdlog.h>

#include "messages/common.hpp"

namespace minben::page {

Site::Site(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Site::~Site() = default;

Result<std::unique_ptr<Site>> Site::open(SiteConfig config, store::Database& database,
                                         identity::Identity& identity, const keys::Keys& keys,
                                         const Clock& clock, Random& random) {
  MINBEN_TRY(assets, Assets::load(config.static_directory));
  const bool secure = config.origin.starts_with("https://");
  std::unique_ptr<Site> site(new Site(std::unique_ptr<Impl>(new Impl{.config = std::move(config),
                                                                     .database = database,
                                                                     .identity = identity,
                                                                     .clock = clock,
                                                                     .random = random,
                                                                     .assets = std::move(assets),
                                                                     .keys = keys,
                                                                     .secure = secure})));
  define_built_in(*site);
  return site;
}

void Site::define(net::Access access, identity::Realm realm, Check check) {
  const auto [at, fresh] =
      impl_->meanings.emplace(std::string(access.name), Meaning{realm, std::move(check)});
  MINBEN_ASSERT(fresh);
}

Errors Site::undefined(std::span<const net::Route> routes) const {
  Errors errors;
  for (const net::Route& route : routes) {
    const bool free = route.access == access::anyone || route.access == access::machine;
    if (free || impl_->meanings.contains(route.access.name)) continue;
    const std::string name = std::string(net::to_string(route.method)) + " " + route.pattern;
    errors.push_back(fail(Kind::internal, "access_undefined", route.access.name, name).error());
  }
  return errors;
}

net::Server::Hooks Site::hooks() const {
  return {
      .guard = [this](const net::Route& route,
                      net::Request& request) { return guard(*this, route, request); },
      .finish = [this](const net::Request& request,
                       net::Response& response) { finish(*this, request, response); },
      .error_page = [this](const net::Request& request,
                           const Error& error) { return outer_error(*this, request, error); },
  };
}

std::vector<net::Route> Site::routes() const {
  PageRoutes pages(*this);
  pages.get("/held", access::signed_in, show_held);
  pages.post("/held/discard", access::signed_in, 4096, discard_held);
  pages.get("/desk/held", access::officer, show_held);
  pages.post("/desk/held/discard", access::officer, 4096, discard_held);
  std::vector<net::Route> routes = pages.take();
  routes.push_back(impl_->assets.route());
  routes.push_back({net::Method::get, "/", access::anyone, 0, [this](net::Request& request) {
                      return redirect(Url::page(preferred_language(*impl_, request), {}));
                    }});
  return routes;
}

namespace {

Url sign_in_page(Language language, identity::Realm realm) {
  return realm == identity::Realm::person ? Url::page(language, {"sign-in"})
                                          : Url::page(language, {"desk", "sign-in"});
}

Url first_page(Language language, identity::Realm realm) {
  return realm == identity::Realm::person ? Url::page(language, {"cases"})
                                          : Url::page(language, {"desk"});
}

Url held_page(Language language, identity::Realm realm) {
  return realm == identity::Realm::person ? Url::page(language, {"held"})
                                          : Url::page(language, {"desk", "held"});
}

}  // namespace

net::Response Site::signed_in(const Visit& visit, const identity::SignedIn& signed_in,
                              std::string_view return_to) const {
  const identity::Realm realm = identity::realm_of(signed_in.session.subject);
  Url target = first_page(visit.language, realm);
  if (const auto asked = Url::same_site(return_to)) target = *asked;
  const std::string_view held = read_cookie(*impl_, visit.request, cookie::held);
  const bool holds =
      !held.empty() && find_held(*impl_, held, owner_tag(*impl_, signed_in.session)).has_value();
  net::Response response = redirect(holds ? held_page(visit.language, realm) : target);
  set_cookie(*impl_, response, session_cookie(realm), signed_in.token);
  if (!held.empty() && !holds) clear_cookie(*impl_, response, cookie::held);
  return response;
}

net::Response Site::sign_out(const Visit& visit, const Url& to) const {
  const auto place = place_of(visit.request.path);
  (void)impl_->identity.sign_out(visit.visitor.token);  // the cookie goes in any case
  net::Response response = redirect(to);
  clear_cookie(*impl_, response, session_cookie(place ? place->realm : identity::Realm::person));
  return response;
}

net::Response Site::to_sign_in(const Visit& visit, identity::Realm realm, bool strongly) const {
  Url url = sign_in_page(visit.language, realm);
  if (visit.request.method == net::Method::get) url = url.with("return", visit.request.target);
  if (strongly) {
    spdlog::info("refused: a stronger sign-in is needed");
    url = url.with("why", "strongly");
  } else if (visit.visitor.session_expired) url = url.with("why", "expired");
  net::Response response = redirect(url);
  hold_form(visit, response);
  return response;
}

net::Response download(std::string content, std::string_view media_type,
                       std::string_view file_name) {
  net::Response response = net::Response::bytes(std::move(content), media_type);
  // RFC 6266 with the encoded form only: it carries any name without quoting.
  response.headers.set("Content-Disposition",
                       "attachment; filename*=UTF-8''" + net::percent_encode(file_name));
  response.headers.set("Content-Security-Policy", "default-src 'none'; sandbox");
  return response;
}

std::string Visit::agency(const AgencyCode& code) const {
  const auto names = site.agencies();
  const auto found = names->find(code);
  return found == names->end() ? code.value : found->second.in(language);
}

std::string Visit::agencies(std::span<const AgencyCode> codes) const {
  std::string text;
  for (const AgencyCode& code : codes) {
    if (!text.empty()) text += language == Language::zh_hant ? "、" : ", ";
    text += agency(code);
  }
  return text;
}

const SiteConfig& Site::config() const { return impl_->config; }

std::shared_ptr<const AgencyNames> Site::agencies() const {
  const SiteConfig& config = impl_->config;
  if (config.present_agencies) return config.present_agencies();
  return {std::shared_ptr<const AgencyNames>(), &config.agencies};  // lives as long as the site
}
const Assets& Site::assets() const { return impl_->assets; }
Instant Site::now() const { return impl_->clock.now(); }

// ------------------------------------------------------------------------------ page routes

void PageRoutes::add(net::Method method, std::string_view pattern, net::Access access,
                     std::size_t max_body, const PageHandler& handler) {
  for (const Language language : {Language::zh_hant, Language::en}) {
    const std::string prefix = "/" + std::string(language_tag(language));
    const Site* site = &site_;
    routes_.push_back({method, pattern == "/" ? prefix : prefix + std::string(pattern), access,
                       max_body, [site, handler, language](net::Request& request) {
                         Visit visit{request, visitor(request), *site, language};
                         return handler(visit);
                       }});
  }
}

void PageRoutes::get(std::string_view pattern, net::Access access, PageHandler handler) {
  add(net::Method::get, pattern, access, 0, handler);
}

void PageRoutes::post(std::string_view pattern, net::Access access, std::size_t max_body,
                      PageHandler handler) {
  add(net::Method::post, pattern, access, max_body, handler);
}

}  // namespace minben::page
