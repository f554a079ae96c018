#pragma once
// A browser without script and without a network, for the pages of a House.
#include <map>

#include "house.hpp"

namespace minben::open {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// Keeps cookies, and sends the token of the page that it was shown last.
class Browser {
 public:
  explicit Browser(House& house) : house_(house) {}
  net::Response get(const std::string& target) {
    net::Request request;
    return send(request, target);
  }
  net::Response post(const std::string& target, Fields fields,
                     std::vector<net::Upload> uploads = {}) {
    net::Request request;
    request.form.uploads = std::move(uploads);
    request.method = net::Method::post;
    request.headers.set("Origin", "https://gov.example");
    request.remote_address = "192.0.2.1";
    request.form.add("_csrf", token_);
    for (auto& [name, value] : fields) request.form.add(name, value);
    return send(request, target);
  }
  /// Where a redirect leads.
  net::Response follow(const net::Response& response) {
    EXPECT_EQ(response.status, 303) << response.body;
    return get(std::string(response.headers.get("Location")));
  }
  void sign_in(const identity::Subject& subject) {
    const auto signed_in =
        house_.identity.sign_in_unchecked(subject, identity::Assurance::substantial);
    ASSERT_TRUE(signed_in);
    const bool person = identity::realm_of(subject) == identity::Realm::person;
    cookies_[person ? "__Host-minben" : "__Host-minben-desk"] = signed_in->token;
  }

 private:
  net::Response send(net::Request& request, const std::string& target) {
    std::string cookies;
    for (const auto& [name, value] : cookies_) cookies += name + "=" + value + "; ";
    if (!cookies.empty()) request.headers.set("Cookie", cookies.substr(0, cookies.size() - 2));
    net::Response response = house_.answer(request, target);
    for (const auto& [name, value] : response.headers.all())
      if (name == "Set-Cookie") {
        const auto equals = value.find('=');
        cookies_[value.substr(0, equals)] = value.substr(equals + 1, value.find(';') - equals - 1);
      }
    constexpr std::string_view field = "name=\"_csrf\" value=\"";
    if (const auto at = response.body.find(field); at != std::string::npos)
      token_ = response.body.substr(at + field.size(),
                                    response.body.find('"', at + field.size()) - at - field.size());
    return response;
  }

  House& house_;
  std::map<std::string, std::string> cookies_;
  std::string token_;
};

}  // namespace minben::open
