// The guard, forms and held forms against a real database and real sessions.
#include <fstream>

#include <gtest/gtest.h>

#include "page/page.hpp"
#include "support/database.hpp"

namespace minben::page {
namespace {

using identity::Assurance;

class Guard : public testing::Test {
 protected:
  Guard() {
    std::filesystem::create_directories(static_);
    std::ofstream(static_ / "manifest.json")
        << R"({"minben.css":"minben-1.css","minben.js":"minben-1.js","icon.svg":"icon-1.svg"})";
    auto opened = Site::open({.origin = "http://localhost:8080", .static_directory = static_},
                             db_.database(), identity_, *keys_, clock_, random_);
    EXPECT_TRUE(opened) << describe(opened.error());
    site_ = std::move(*opened);
    site_->define(access::applicant_of_case, identity::Realm::person,
                  [](const net::Request& request, const identity::Session&) -> Result<void> {
                    if (request.parameter("case") == "mine") return {};
                    return fail(Kind::not_found, "case_not_found");
                  });
    hooks_ = site_->hooks();
    person_ = add_person("lin@example.test");
  }
  ~Guard() override { std::filesystem::remove_all(static_); }

  PersonId add_person(std::string email) {
    auto id = db_->transact([&](store::Transaction& tx) {
      return identity_.add_person(
          tx, {.name = "林", .name_latin = "", .email = email, .national_id = ""});
    });
    EXPECT_TRUE(id) << describe(id.error());
    return *id;
  }

  identity::SignedIn sign_in(PersonId person, Assurance assurance = Assurance::substantial) {
    return *identity_.sign_in_unchecked(person, assurance);
  }

  /// As a browser: cookies are kept, the form's token is taken from the page that was shown.
  net::Request request(net::Method method, std::string path) {
    net::Request made;
    made.method = method;
    made.target = path;
    made.path = path.substr(0, path.find('?'));
    made.headers.set("Accept", "text/html");
    made.headers.set("Host", "localhost:8080");
    std::string cookies;
    for (const auto& [name, value] : cookies_) cookies += name + "=" + value + "; ";
    made.headers.set("Cookie", cookies);
    return made;
  }

  /// Guard → handler → finish, as net does it.
  net::Response run(const net::Route& route, net::Request& made) {
    auto refused = hooks_.guard(route, made);
    net::Response response = refused ? std::move(*refused) : route.handler(made);
    hooks_.finish(made, response);
    for (const auto& [name, value] : response.headers.all())
      if (name == "Set-Cookie") keep_cookie(value);
    return response;
  }

  void keep_cookie(std::string_view line) {
    const std::string_view pair = line.substr(0, line.find(';'));
    const auto equals = pair.find('=');
    const std::string name(pair.substr(0, equals));
    if (line.find("Max-Age=-") != line.npos) cookies_.erase(name);
    else cookies_[name] = std::string(pair.substr(equals + 1));
  }

  static std::string token_in(std::string_view html) {
    const std::string_view before = "name=\"_csrf\" value=\"";
    const auto at = html.find(before) + before.size();
    return std::string(html.substr(at, html.find('"', at) - at));
  }

  const net::Route& route(std::span<const net::Route> routes, net::Method method,
                          std::string_view pattern) {
    for (const auto& one : routes)
      if (one.method == method && one.pattern == pattern) return one;
    ADD_FAILURE() << pattern;
    return routes.front();
  }

  /// A page with a form, and where it is sent to.
  std::vector<net::Route> notes(net::Access access) {
    PageRoutes pages(*site_);
    pages.get("/note", access::anyone, [](Visit& visit) {
      return html_page(visit, {.title = "Note"}, [&](Writer& page) {
        form(page, visit, visit.url({"note"}), [](Writer& p) { button(p, "Send"); });
      });
    });
    pages.post("/note", access, 1000, [this](Visit& visit) {
      received_ = visit.request.form.get("text");
      return redirect_with(visit, visit.url({"note"}), Notice::success, "Thank you <you>");
    });
    return pages.take();
  }

  net::Response post_note(std::span<const net::Route> routes, std::string_view token) {
    auto made = request(net::Method::post, "/en/note");
    made.form.add("_csrf", std::string(token));
    made.form.add("text", "Long & <careful>");
    return run(route(routes, net::Method::post, "/en/note"), made);
  }

  net::Response show_note(std::span<const net::Route> routes) {
    auto made = request(net::Method::get, "/en/note");
    return run(route(routes, net::Method::get, "/en/note"), made);
  }

  std::filesystem::path static_ =
      std::filesystem::temp_directory_path() / ("minben-static-" + std::to_string(::getpid()));
  VirtualClock clock_{*parse_instant("2026-11-23T02:00:00Z")};
  SystemRandom random_;
  test::TestDatabase db_{clock_, {keys::migrations(), identity::migrations(), page::migrations()}};
  std::unique_ptr<keys::Keys> keys_ =
      *keys::Keys::open(db_.database(), clock_, random_, std::make_shared<trust::KeyRing>());
  identity::Identity identity_{db_.database(), clock_, random_, *keys_, {}};
  std::unique_ptr<Site> site_;
  net::Server::Hooks hooks_;
  PersonId person_;
  std::map<std::string, std::string> cookies_;
  std::string received_;
};

TEST_F(Guard, SendsAFormOnlyWithItsOwnToken) {
  const auto routes = notes(access::anyone);
  const std::string token = token_in(show_note(routes).body);
  EXPECT_EQ(post_note(routes, token).status, 303);
  EXPECT_EQ(received_, "Long & <careful>");
  EXPECT_EQ(post_note(routes, "").status, 403);
  EXPECT_EQ(post_note(routes, token.substr(1) + "A").status, 403);
  cookies_.erase("minben-anchor");
  EXPECT_EQ(post_note(routes, token).status, 403) << "another browser";
}

TEST_F(Guard, RefusesAFormThatAnotherSiteSent) {
  const auto routes = notes(access::anyone);
  const std::string token = token_in(show_note(routes).body);
  auto made = request(net::Method::post, "/en/note");
  made.form.add("_csrf", token);
  made.headers.set("Origin", "http://evil.example");
  EXPECT_EQ(run(route(routes, net::Method::post, "/en/note"), made).status, 403);
  made.headers.set("Origin", "http://localhost:8080");
  EXPECT_EQ(run(route(routes, net::Method::post, "/en/note"), made).status, 303);
  made.headers.set("Sec-Fetch-Site", "cross-site");
  EXPECT_EQ(run(route(routes, net::Method::post, "/en/note"), made).status, 403);
}

TEST_F(Guard, ShowsAFlashMessageOnce) {
  const auto routes = notes(access::anyone);
  post_note(routes, token_in(show_note(routes).body));
  EXPECT_NE(show_note(routes).body.find("Thank you &lt;you&gt;"), std::string::npos);
  EXPECT_EQ(show_note(routes).body.find("Thank you"), std::string::npos);
}

TEST_F(Guard, SendsNobodyToSignInWhenTheDatabaseDoesNotAnswer) {
  cookies_["minben"] = sign_in(person_).token;
  const net::Route cases{net::Method::get, "/en/cases", access::signed_in, 0,
                         [](net::Request&) { return net::Response::text("mine"); }};
  const auto status = [&] {
    auto made = request(net::Method::get, "/en/cases");
    return run(cases, made).status;
  };
  ASSERT_EQ(status(), 200);
  static constexpr store::Query hide{"hide", "alter table identity.session rename to away"};
  static constexpr store::Query show{"show", "alter table identity.away rename to session"};
  ASSERT_TRUE(db_->run(hide));
  EXPECT_GE(status(), 500);
  ASSERT_TRUE(db_->run(show));
  EXPECT_EQ(status(), 200) << "still signed in";
}

TEST_F(Guard, LeadsToSignInAndBack) {
  auto made = request(net::Method::get, "/en/cases?x=1");
  const net::Route cases{net::Method::get, "/en/cases", access::signed_in, 0, {}};
  const auto refused = run(cases, made);
  EXPECT_EQ(refused.status, 303);
  EXPECT_EQ(refused.headers.get("Location"), "/en/sign-in?return=%2Fen%2Fcases%3Fx%3D1");
}

TEST_F(Guard, KeepsWhatWasTypedUntilTheSamePersonSignsInAgain) {
  const auto routes = notes(access::signed_in);
  cookies_["minben"] = sign_in(person_).token;
  const std::string token = token_in(show_note(routes).body);
  clock_.advance(hours{2});  // idle for too long

  const auto refused = post_note(routes, token);
  EXPECT_EQ(refused.headers.get("Location"), "/en/sign-in?why=expired");
  EXPECT_TRUE(received_.empty());

  auto made = request(net::Method::post, "/en/sign-in");
  ASSERT_FALSE(hooks_.guard({net::Method::post, "/en/sign-in", access::machine, 0, {}}, made));
  const Visit visit{made, visitor(made), *site_, Language::en};
  auto signed_in = site_->signed_in(visit, sign_in(person_), "/en/cases");
  EXPECT_EQ(signed_in.headers.get("Location"), "/en/held");
  keep_cookie(signed_in.headers.get("Set-Cookie"));

  const auto own = site_->routes();
  auto held = request(net::Method::get, "/en/held");
  const auto shown = run(route(own, net::Method::get, "/en/held"), held);
  EXPECT_NE(shown.body.find("value=\"Long &amp; &lt;careful&gt;\""), std::string::npos)
      << shown.body;
  EXPECT_NE(shown.body.find("action=\"/en/note\""), std::string::npos);

  auto again = request(net::Method::post, "/en/note");
  again.form.add("_csrf", token_in(shown.body));
  again.form.add("text", "Long & <careful>");
  again.form.add("_held", "yes");
  EXPECT_EQ(run(route(routes, net::Method::post, "/en/note"), again).status, 303);
  EXPECT_EQ(received_, "Long & <careful>");
  EXPECT_FALSE(cookies_.contains("minben-held")) << "sent once, kept no longer";
}

TEST_F(Guard, ShowsAHeldFormToNobodyElse) {
  const auto routes = notes(access::signed_in);
  cookies_["minben"] = sign_in(person_).token;
  const std::string token = token_in(show_note(routes).body);
  clock_.advance(hours{2});
  post_note(routes, token);
  ASSERT_TRUE(cookies_.contains("minben-held"));

  cookies_["minben"] = sign_in(add_person("chen@example.test")).token;
  const auto own = site_->routes();
  auto held = request(net::Method::get, "/en/held");
  EXPECT_EQ(run(route(own, net::Method::get, "/en/held"), held).body.find("careful"),
            std::string::npos);
  EXPECT_EQ(post_note(routes, token).status, 403) << "a form made for somebody else";
}

TEST_F(Guard, HoldsAFormThatWasSentBeforeSigningIn) {
  const auto routes = notes(access::signed_in);
  EXPECT_EQ(post_note(routes, token_in(show_note(routes).body)).headers.get("Location"),
            "/en/sign-in");
  ASSERT_TRUE(cookies_.contains("minben-held"));
  cookies_["minben"] = sign_in(person_).token;
  const auto own = site_->routes();
  auto held = request(net::Method::get, "/en/held");
  EXPECT_NE(run(route(own, net::Method::get, "/en/held"), held).body.find("careful"),
            std::string::npos);
}

TEST_F(Guard, HoldsAFormAnewWhenASignInWasNotStrongEnough) {
  const auto routes = notes(access::signed_in_strongly);
  post_note(routes, token_in(show_note(routes).body));
  const std::string first = cookies_.at("minben-held");
  cookies_["minben"] = sign_in(person_, Assurance::low).token;
  const auto own = site_->routes();
  auto held = request(net::Method::get, "/en/held");
  const auto shown = run(route(own, net::Method::get, "/en/held"), held);

  auto again = request(net::Method::post, "/en/note");
  again.form.add("_csrf", token_in(shown.body));
  again.form.add("text", "Long & <careful>");
  again.form.add("_held", "yes");
  EXPECT_EQ(run(route(routes, net::Method::post, "/en/note"), again).headers.get("Location"),
            "/en/sign-in?why=strongly");
  ASSERT_TRUE(cookies_.contains("minben-held"));
  EXPECT_NE(cookies_["minben-held"], first);
  cookies_["minben"] = sign_in(person_).token;
  auto kept = request(net::Method::get, "/en/held");
  EXPECT_NE(run(route(own, net::Method::get, "/en/held"), kept).body.find("careful"),
            std::string::npos);
}

TEST_F(Guard, GivesEachAccessItsMeaning) {
  cookies_["minben"] = sign_in(person_, Assurance::low).token;
  const auto ask = [&](net::Access access, std::string_view which) {
    auto made = request(net::Method::get, "/en/cases/x");
    made.parameters.emplace_back("case", which);
    const net::Route one{net::Method::get, "/en/cases/{case}", access, 0,
                         [](net::Request&) { return net::Response::text("in"); }};
    return run(one, made);
  };
  EXPECT_EQ(ask(access::signed_in, "").status, 200);
  EXPECT_EQ(ask(access::applicant_of_case, "mine").status, 200);
  EXPECT_EQ(ask(access::applicant_of_case, "other").status, 404);
  EXPECT_EQ(ask(access::signed_in_strongly, "").headers.get("Location").substr(0, 11),
            "/en/sign-in");
  EXPECT_EQ(ask(access::officer, "").status, 303);
  EXPECT_EQ(ask({"never_defined"}, "").status, 500);
  const net::Route undefined[] = {{net::Method::get, "/x", {"never_defined"}, 0, {}}};
  EXPECT_EQ(site_->undefined(undefined).size(), 1u);
}

TEST_F(Guard, SetsSecurityHeadersOnEveryAnswer) {
  auto made = request(net::Method::get, "/no-such");
  auto response = hooks_.error_page(made, fail(Kind::not_found, "no_route", "<secret>").error());
  hooks_.finish(made, response);
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body.find("secret"), std::string::npos);
  const auto policy = response.headers.get("Content-Security-Policy");
  EXPECT_NE(policy.find("script-src 'self';"), std::string_view::npos);
  EXPECT_EQ(policy.find("unsafe"), std::string_view::npos);
  EXPECT_EQ(response.headers.get("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(response.headers.get("Cache-Control"), "no-store");
}

TEST_F(Guard, AnswersProgramsWithProblemDetails) {
  auto made = request(net::Method::get, "/api/x");
  made.headers.set("Accept", "application/json");
  const auto response = hooks_.error_page(made, fail(Kind::too_many, "slow_down").error());
  EXPECT_EQ(response.headers.get("Content-Type").substr(0, 24), "application/problem+json");
}

TEST_F(Guard, SwitchesTheLanguageOnTheSamePage) {
  const auto routes = notes(access::anyone);
  const auto shown = show_note(routes);
  EXPECT_NE(shown.body.find("<html class=\"govuk-template\" lang=\"en\""), std::string::npos);
  EXPECT_NE(shown.body.find("href=\"/zh-Hant/note\""), std::string::npos);
}

TEST_F(Guard, FindsTheVisitorsLanguage) {
  const auto own = site_->routes();
  const auto& start = route(own, net::Method::get, "/");
  auto made = request(net::Method::get, "/");
  made.headers.set("Accept-Language", "de, en-GB;q=0.8, zh-TW;q=0.5");
  EXPECT_EQ(run(start, made).headers.get("Location"), "/en");
  made.headers.set("Accept-Language", "zh-TW, en;q=0.5");
  EXPECT_EQ(run(start, made).headers.get("Location"), "/zh-Hant");
}

TEST_F(Guard, ServesOnlyFilesOfTheManifest) {
  std::ofstream(static_ / "minben-1.css") << "a{}";
  const auto asset = site_->assets().route();
  const auto ask = [&](std::string_view name, std::string_view tag) {
    auto made = request(net::Method::get, "/static/x");
    made.parameters.emplace_back("file", name);
    if (!tag.empty()) made.headers.set("If-None-Match", tag);
    return asset.handler(made);
  };
  EXPECT_EQ(ask("minben-1.css", "").headers.get("Cache-Control"),
            "public, max-age=31536000, immutable");
  EXPECT_EQ(ask("minben-1.css", "\"minben-1.css\"").status, 304);
  EXPECT_EQ(ask("manifest.json", "").status, 404);
  EXPECT_EQ(ask("../secret", "").status, 404);
}

TEST_F(Guard, AgenciesThatJoinShowWithTheirNamesAtOnce) {
  auto present = std::make_shared<const AgencyNames>();
  site_ = std::move(*Site::open({.origin = "http://localhost:8080",
                                 .static_directory = static_,
                                 .present_agencies = [&] { return present; }},
                                db_.database(), identity_, *keys_, clock_, random_));
  hooks_ = site_->hooks();
  PageRoutes pages(*site_);
  pages.get("/who", access::anyone,
            [](Visit& visit) { return net::Response::text(visit.agency(AgencyCode{"hpa"})); });
  const auto routes = pages.take();
  const auto shown = [&] {
    auto made = request(net::Method::get, "/en/who");
    return run(route(routes, net::Method::get, "/en/who"), made).body;
  };
  EXPECT_EQ(shown(), "hpa") << "nobody named it yet";
  present = std::make_shared<const AgencyNames>(
      AgencyNames{{AgencyCode{"hpa"}, {"國民健康署", "Health Promotion"}}});
  EXPECT_EQ(shown(), "Health Promotion");
}

}  // namespace
}  // namespace minben::page
