// What the browser sees between a client's request and its answer.
#include <fstream>

#include <gtest/gtest.h>

#include "authorize/authorize.hpp"
#include "openid/clients.hpp"
#include "support/database.hpp"
#include "support/shared.hpp"

namespace minben::authorize {
namespace {

using identity::Assurance;

constexpr std::string_view redirect_uri = "http://localhost:1/callback";

class Pages : public testing::Test {
 protected:
  SystemClock clock_;
  SystemRandom random_;
  test::TemporaryDirectory folder_;
  test::TestDatabase db_{
      clock_,
      {keys::migrations(), identity::migrations(), page::migrations(), openid::migrations()}};
  std::unique_ptr<keys::Keys> keys_ =
      *keys::Keys::open(db_.database(), clock_, random_, std::make_shared<trust::KeyRing>());
  identity::Identity identity_{db_.database(), clock_, random_, *keys_, {}};
  std::unique_ptr<openid::Provider> provider_;
  std::unique_ptr<page::Site> site_;
  std::unique_ptr<net::Server> server_;
  net::Client client_{net::ClientConfig{}};
  std::map<std::string, std::string> cookies_;
  PersonId person_;

  Pages() {
    openid::Config config;
    config.issuer = "http://localhost";
    provider_ =
        openid::Provider::open({db_.database(), clock_, random_, *keys_, identity_, {}}, config)
            .value();
    // A weaker client, whose requests may come in the address: what is looked at here is the page.
    const auto client = openid::read_client(
        write_json(JsonObject{{"client_id", "land-office"},
                              {"client_name", "Land <Office>"},
                              {"redirect_uris", {redirect_uri}},
                              {"scope", "openid email"},
                              {"jwks_uri", "https://land.example/keys"},
                              {"minben_profile", "basic"},
                              {"require_pushed_authorization_requests", false}}));
    EXPECT_TRUE(client);
    EXPECT_TRUE(openid::Clients(db_.database(), clock_).put(*client));
    std::ofstream(folder_.path() / "manifest.json")
        << R"({"minben.css":"a.css","minben.js":"a.js","icon.svg":"a.svg"})";
    site_ = page::Site::open({.origin = "http://localhost", .static_directory = folder_.path()},
                             db_.database(), identity_, *keys_, clock_, random_)
                .value();
    server_ = net::Server::start({}, routes({*site_, db_.database(), identity_, *provider_}),
                                 site_->hooks())
                  .value();
    person_ = db_->transact([&](store::Transaction& tx) {
                   return identity_.add_person(tx, {.name = "林<b>",
                                                    .name_latin = "",
                                                    .email = "lin@example.test",
                                                    .national_id = ""});
                 })
                  .value();
  }

  void sign_in(Assurance assurance = Assurance::low) {
    cookies_["minben"] = identity_.sign_in_unchecked(person_, assurance).value().token;
  }
  net::ClientResponse send(net::Method method, std::string_view path, std::string body = {}) {
    net::ClientRequest request{.method = method,
                               .url = fmt::format("http://localhost:{}{}", server_->port(), path),
                               .body = std::move(body)};
    std::string cookies;
    for (const auto& [name, value] : cookies_) cookies += name + "=" + value + "; ";
    request.headers.set("Cookie", cookies);
    request.headers.set("Accept", "text/html");
    request.headers.set("Accept-Language", "en");
    if (method == net::Method::post)
      request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    auto answer = client_.send(request).value();
    for (const auto& [name, value] : answer.headers.all()) {
      if (to_lower_ascii(name) != "set-cookie") continue;
      const auto equals = value.find('=');
      cookies_[value.substr(0, equals)] = value.substr(equals + 1, value.find(';') - equals - 1);
    }
    return answer;
  }
  net::ClientResponse get(std::string_view path) { return send(net::Method::get, path); }
  net::ClientResponse post(const net::ClientResponse& shown, std::string_view path,
                           std::string_view decision) {
    const std::string_view before = "name=\"_csrf\" value=\"";
    const auto at = shown.body.rfind(before) + before.size();
    return send(net::Method::post, path,
                fmt::format("_csrf={}&decision={}",
                            shown.body.substr(at, shown.body.find('"', at) - at), decision));
  }
  static std::string query(std::string_view more = {}) {
    return fmt::format(
        "/openid/authorize?client_id=land-office&response_type=code&redirect_uri={}&scope=openid"
        "&state=st&code_challenge={}&code_challenge_method=S256&ui_locales=en{}",
        net::percent_encode(redirect_uri), std::string(43, 'A'), more);
  }
  /// The page that a request leads to.
  std::string begin(std::string_view more = {}) {
    const auto answer = get(query(more));
    EXPECT_EQ(answer.status, 303);
    return std::string(answer.headers.get("Location"));
  }
};

TEST_F(Pages, LeadToSignInAndBack) {
  const std::string page = begin();
  EXPECT_TRUE(page.starts_with("/en/openid/"));
  const auto answer = get(page);
  EXPECT_EQ(answer.status, 303);
  EXPECT_EQ(answer.headers.get("Location"), "/en/sign-in?return=" + net::percent_encode(page));
}

TEST_F(Pages, AskForConsentAndSendTheCode) {
  sign_in();
  const std::string page = begin();
  const auto shown = get(page);
  ASSERT_EQ(shown.status, 200);
  EXPECT_TRUE(shown.body.contains("Land &lt;Office&gt;"));
  EXPECT_TRUE(shown.body.contains("林&lt;b&gt;"));
  EXPECT_EQ(shown.headers.get("X-Frame-Options"), "DENY");
  const std::string policy(shown.headers.get("Content-Security-Policy"));
  EXPECT_TRUE(policy.contains("frame-ancestors 'none'"));
  EXPECT_TRUE(policy.ends_with("form-action 'self' http://localhost:1")) << policy;
  const auto answer = post(shown, page, "allow");
  EXPECT_EQ(answer.status, 303);
  const std::string to(answer.headers.get("Location"));
  EXPECT_TRUE(to.starts_with(std::string(redirect_uri) + "?code=")) << to;
  EXPECT_TRUE(to.ends_with("&state=st&iss=http%3A%2F%2Flocalhost")) << to;
  EXPECT_EQ(get(page).status, 404);  // once
  // Agreed before: the answer comes at once.
  const auto again = get(begin());
  EXPECT_EQ(again.status, 303);
  EXPECT_TRUE(again.headers.get("Location").contains("?code="));
}

TEST_F(Pages, TakeNoForAnAnswer) {
  sign_in();
  const std::string page = begin();
  const auto answer = post(get(page), page, "refuse");
  EXPECT_TRUE(answer.headers.get("Location").contains("error=access_denied&state=st&iss="));
}

TEST_F(Pages, TakeNoFormOfAnotherSite) {
  sign_in();
  const std::string page = begin();
  EXPECT_EQ(send(net::Method::post, page, "decision=allow").status, 403);
  auto shown = get(page);
  cookies_["minben-anchor"] = random_.token();
  EXPECT_EQ(post(shown, page, "allow").status, 403);  // another browser's token
}

TEST_F(Pages, AreSurerWhenAsked) {
  sign_in();
  const std::string page = begin("&acr_values=http%3A%2F%2Feidas.europa.eu%2FLoA%2Fhigh");
  const auto shown = get(page);
  EXPECT_EQ(shown.status, 200);
  EXPECT_TRUE(shown.body.contains("needs to be surer"));
  const auto answer = post(shown, page, "too-weak");
  EXPECT_TRUE(answer.headers.get("Location").contains("error=unmet_authentication_requirements"));
}

TEST_F(Pages, SayNothingWhereNothingIsToBeShown) {
  const auto answer = get(begin("&prompt=none"));
  EXPECT_TRUE(answer.headers.get("Location").contains("error=login_required"));
  sign_in();
  const auto signed_in = get(begin("&prompt=none"));
  EXPECT_TRUE(signed_in.headers.get("Location").contains("error=consent_required"));
}

TEST_F(Pages, SendNobodyToAnAddressThatIsNotTheClients) {
  std::string bad = query();
  bad.replace(bad.find("callback"), 8, "evilback");
  const auto answer = get(bad);
  EXPECT_EQ(answer.status, 400);
  EXPECT_FALSE(answer.headers.has("Location"));
  EXPECT_TRUE(answer.body.contains("invalid_request"));
  EXPECT_EQ(get("/openid/authorize?client_id=nobody").status, 400);
  EXPECT_EQ(get(query("&state=again")).status, 400);  // a parameter twice
  EXPECT_EQ(get("/openid/logout?post_logout_redirect_uri=https%3A%2F%2Fevil.example").status, 400);
  const auto elsewhere = get(query("&prompt=nonsense"));  // for the client to hear
  EXPECT_TRUE(elsewhere.headers.get("Location").starts_with(redirect_uri));
}

TEST_F(Pages, ListTheSystemsAndEndOne) {
  sign_in();
  const std::string page = begin();
  post(get(page), page, "allow");
  const auto list = get("/en/account/systems");
  EXPECT_TRUE(list.body.contains("Land &lt;Office&gt;"));
  EXPECT_EQ(post(list, "/en/account/systems/land-office/end", "").status, 303);
  EXPECT_FALSE(get("/en/account/systems").body.contains("Land &lt;Office&gt;"));
  EXPECT_EQ(get(begin()).status, 200);  // asked again
}

TEST_F(Pages, SignOutAfterAQuestion) {
  sign_in();
  const std::string page(get("/openid/logout").headers.get("Location"));
  const auto shown = get(page);
  EXPECT_EQ(shown.status, 200);
  const auto done = post(shown, page, "");
  EXPECT_EQ(done.status, 303);
  cookies_.erase("minben");
  EXPECT_TRUE(get(done.headers.get("Location")).body.contains("signed out"));
}

}  // namespace
}  // namespace minben::authorize
