// The page for developers, as it is served to anybody.
#include "developers/developers.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "api/api.hpp"
#include "page/page.hpp"
#include "support/database.hpp"

namespace minben::developers {
namespace {

class DevelopersPage : public testing::Test {
 protected:
  DevelopersPage() {
    std::filesystem::create_directories(static_);
    std::ofstream(static_ / "manifest.json")
        << R"({"minben.css":"minben-1.css","minben.js":"minben-1.js","icon.svg":"icon-1.svg"})";
    auto opened = page::Site::open({.origin = "https://gov.example", .static_directory = static_},
                                   db_.database(), identity_, *keys_, clock_, random_);
    EXPECT_TRUE(opened) << describe(opened.error());
    site_ = std::move(*opened);
    routes_ = routes(*site_, document_);
  }
  ~DevelopersPage() override { std::filesystem::remove_all(static_); }

  std::string show(std::string_view path) {
    const auto hooks = site_->hooks();
    for (const auto& route : routes_) {
      if (route.pattern != path) continue;
      net::Request request;
      request.method = net::Method::get;
      request.target = request.path = std::string(path);
      request.headers.set("Host", "gov.example");
      auto refused = hooks.guard(route, request);
      const auto response = refused ? std::move(*refused) : route.handler(request);
      EXPECT_EQ(response.status, 200);
      return response.body;
    }
    ADD_FAILURE() << "no route " << path;
    return {};
  }
  static bool has(const std::string& page, std::string_view text) {
    return page.find(text) != page.npos;
  }

  test::TestDatabase db_{test::TestDatabase::system_clock(),
                         {keys::migrations(), identity::migrations(), page::migrations()}};
  VirtualClock clock_{*parse_instant("2026-03-02T01:00:00Z")};
  SystemRandom random_;
  std::unique_ptr<keys::Keys> keys_ =
      *keys::Keys::open(db_.database(), clock_, random_, std::make_shared<trust::KeyRing>());
  identity::Identity identity_{db_.database(), clock_, random_, *keys_, {}};
  std::filesystem::path static_ =
      std::filesystem::temp_directory_path() / ("minben-developers-" + random_.token(9));
  std::unique_ptr<page::Site> site_;
  Json document_ = api::openapi("/api/process/v1");
  std::vector<net::Route> routes_;
};

TEST_F(DevelopersPage, NamesEveryEndpointInBothLanguages) {
  for (const char* path : {"/en/developers", "/zh-Hant/developers"}) {
    const std::string page = show(path);
    std::size_t operations = 0;
    for (const auto& [endpoint, methods] : find(document_, "paths")->as_object())
      for (const auto& [method, operation] : methods.as_object()) {
        const std::string id = string_or(operation, "operationId");
        EXPECT_TRUE(has(page, "id=\"" + id + "\"")) << id;
        EXPECT_TRUE(has(page, "href=\"#" + id + "\"")) << "the index leads to " << id;
        ++operations;
      }
    EXPECT_GT(operations, 25u);
    for (const auto& [name, schema] : document_.at_pointer("/components/schemas").as_object())
      EXPECT_TRUE(has(page, "id=\"schema-" + std::string(name) + "\"")) << name;
  }
}

TEST_F(DevelopersPage, SaysHowToBeginAndWhatMayGoWrong) {
  const std::string page = show("/en/developers");
  for (const char* text : {"minben client add", "api=https://gov.example/api/process/v1",
                           "RFC 9457", "webhook-signature", "task.opened", "409 already_claimed",
                           "404 no_such_instance", "/api/process/v1/openapi.json"})
    EXPECT_TRUE(has(page, text)) << text;
  EXPECT_TRUE(has(page, "curl -X POST &quot;$api/instances&quot; -H &quot;$auth&quot;"));
  EXPECT_TRUE(has(page, "$api/instances/$INSTANCE/history")) << "places to fill in are variables";
  EXPECT_TRUE(has(page, "$api/incidents?model=permit")) << "what is required is there";
  EXPECT_TRUE(has(show("/zh-Hant/developers"), "取得金鑰"));
}

TEST_F(DevelopersPage, EveryLinkWithinThePageLeadsSomewhere) {
  const std::string page = show("/zh-Hant/developers");
  const std::string_view link = "href=\"#";
  for (auto at = page.find(link); at != page.npos; at = page.find(link, at + 1)) {
    const auto from = at + link.size();
    const std::string id = page.substr(from, page.find('"', from) - from);
    EXPECT_TRUE(has(page, "id=\"" + id + "\"")) << id;
  }
}

}  // namespace
}  // namespace minben::developers
