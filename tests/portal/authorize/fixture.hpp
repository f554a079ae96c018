#pragma once
// A platform with one client and one person, over HTTP as a browser would.
#include <fstream>

#include <gtest/gtest.h>

#include "authorize/authorize.hpp"
#include "openid/clients.hpp"
#include "support/database.hpp"
#include "support/shared.hpp"

namespace minben::authorize {

using identity::Assurance;

inline constexpr std::string_view redirect_uri = "http://localhost:1/callback";

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

}  // namespace minben::authorize
