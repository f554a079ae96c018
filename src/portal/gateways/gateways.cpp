#include "gateways/gateways.hpp"

#include <fmt/format.h>

#include "visit.hpp"

namespace minben::gateways {

namespace {

constexpr net::Access operators{"operator"};  ///< whoever signed in; checked by Guarded
constexpr net::Access nearby{"nearby"};       ///< from this machine

using Page = net::Response (*)(const Visit&);

net::Response refused(const Visit& visit) {
  const Language language = visit.language;
  return html_page(visit,
                   {.title = std::string(msg::gateways_refused_title(language)),
                    .place = "sign-in",
                    .status = 403},
                   [&](Writer& page) {
                     page::heading(page, 1, msg::gateways_refused_title(language), page::Size::l);
                     page::paragraph(page, msg::gateways_refused_text(language));
                   });
}

net::Response old_form(const Visit& visit) {
  const Language language = visit.language;
  return html_page(
      visit,
      {.title = std::string(msg::gateways_form_old_title(language)), .place = "", .status = 400},
      [&](Writer& page) {
        page::heading(page, 1, msg::gateways_form_old_title(language), page::Size::l);
        page::paragraph(page, msg::gateways_form_old_text(language));
      });
}

net::Response sign_in_page(const Visit& visit, bool wrong) {
  const Language language = visit.language;
  const std::string error(wrong ? msg::gateways_secret_wrong(language) : "");
  Sheet sheet{.title = std::string(msg::gateways_sign_in_title(language)), .place = "sign-in"};
  if (wrong) {
    sheet.errors.push_back({"secret", error});
    sheet.status = 422;
  }
  return html_page(visit, sheet, [&](Writer& page) {
    page << "<div class=\"mb-column\">";
    page::heading(page, 1, msg::gateways_sign_in_title(language), page::Size::l);
    if (visit.request.query.has("again"))
      page::inset_text(page, [&](Writer& p) { p << msg::gateways_signed_out(language); });
    page::paragraph(page, msg::gateways_sign_in_text(language));
    page << "<pre class=\"mb-command\"><code>cat state/admin.token</code></pre>";
    form(page, visit, visit.url({"sign-in"}), [&](Writer& p) {
      page::text_input(
          p,
          {.name = "secret",
           .label = std::string(msg::gateways_secret(language)),
           .hint = std::string(msg::gateways_secret_hint(language)),
           .error = error,
           .is_heading = false},
          {.type = "password", .autocomplete = "current-password", .spellcheck = false});
      page::button(p, msg::gateways_sign_in(language));
    });
    page << "</div>";
  });
}

net::Response to(const Url& url) { return net::Response::see_other(url.text()); }

net::Response show_sign_in(const Visit& visit) { return sign_in_page(visit, false); }

net::Response sign_in(const Visit& visit) {
  if (!visit.room.operations.is_administrator(trim(visit.request.form.get("secret"))))
    return sign_in_page(visit, true);
  auto response = to(visit.url());
  response.headers.add("Set-Cookie",
                       fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict",
                                   cookie_name(visit.room.member), visit.room.sessions.begin()));
  return response;
}

net::Response sign_out(const Visit& visit) {
  const std::string name = cookie_name(visit.room.member);
  visit.room.sessions.end(visit.request.cookie(name));
  auto response = to(visit.url({"sign-in"}));
  response.headers.add("Set-Cookie", name + "=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
  return response;
}

/// Routes of both languages; every one looks first at who asks.
class Guarded {
 public:
  explicit Guarded(std::shared_ptr<Room> room) : room_(std::move(room)) {}

  void add(net::Method method, std::string_view place, Page page, bool signed_in = true) {
    for (const Language language : {Language::zh_hant, Language::en})
      routes.push_back({method, fmt::format("/{}/gateway{}", language_tag(language), place),
                        signed_in ? operators : nearby, method == net::Method::post ? 8192u : 0u,
                        [room = room_, language, page, signed_in](net::Request& request) {
                          return answer({*room, request, language, {}}, page, signed_in);
                        }});
  }

  std::vector<net::Route> routes;

 private:
  static net::Response answer(Visit visit, Page page, bool signed_in) {
    if (!visit.room.operations.is_near(visit.request)) return refused(visit);
    const std::string_view token = visit.request.cookie(cookie_name(visit.room.member));
    if (signed_in) visit.form_token = visit.room.sessions.form_token(token).value_or("");
    if (signed_in && visit.form_token.empty()) {
      const Url url = visit.url({"sign-in"});
      return to(token.empty() ? url : url.with("again", "1"));
    }
    if (visit.request.method == net::Method::post && !is_own_form(visit)) return old_form(visit);
    return page(visit);
  }

  std::shared_ptr<Room> room_;
};

/// To the language that the browser asks for first.
net::Response choose_language(net::Request& request) {
  const bool english = to_lower_ascii(request.headers.get("Accept-Language")).starts_with("en");
  return to(Url::page(english ? Language::en : Language::zh_hant, {"gateway"}));
}

}  // namespace

Result<gateway::OperatorRoutes> pages(const std::filesystem::path& static_files, const Clock& clock,
                                      Random& random) {
  MINBEN_TRY(assets, page::Assets::load(static_files));
  return [assets = std::move(assets), &clock, &random](gateway::Operations& operations) {
    const gateway::Overview now = operations.overview();
    Guarded guarded(std::shared_ptr<Room>(
        new Room{operations, assets, Sessions(clock, random), now.member, now.name}));
    using net::Method;
    guarded.add(Method::get, "/sign-in", show_sign_in, false);
    guarded.add(Method::post, "/sign-in", sign_in, false);
    guarded.add(Method::post, "/sign-out", sign_out);
    guarded.add(Method::get, "", overview);
    guarded.add(Method::post, "/log-level", change_log_level);
    guarded.add(Method::get, "/trace", trace_form);
    guarded.add(Method::post, "/trace", trace);
    guarded.routes.push_back({Method::get, "/gateway", nearby, 0, choose_language});
    guarded.routes.push_back(assets.route());
    return std::move(guarded.routes);
  };
}

}  // namespace minben::gateways
