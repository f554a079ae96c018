#pragma once
// The pages of open data over a real database and index, without a network.
#include <fstream>

#include <gmock/gmock.h>

#include "catalogue/catalogue.hpp"
#include "catalogue/search.hpp"
#include "datastore/datastore.hpp"
#include "open/open.hpp"
#include "page/page.hpp"
#include "quality/quality.hpp"
#include "support/database.hpp"
#include "support/shared.hpp"
#include "voices/use.hpp"
#include "voices/voices.hpp"

namespace minben::open {

struct House : testing::Test {
  VirtualClock clock{parse_instant("2026-11-30T04:00:00Z").value()};
  SeededRandom random{80};
  minben::test::TemporaryDirectory temporary;
  minben::test::TestDatabase db{
      clock,
      {keys::migrations(), identity::migrations(), page::migrations(), catalogue::migrations(),
       voices::migrations(), datastore::migrations(), quality::migrations()}};
  std::unique_ptr<keys::Keys> keys =
      *keys::Keys::open(db.database(), clock, random, std::make_shared<trust::KeyRing>());
  identity::Identity identity{db.database(), clock, random, *keys, {}};
  catalogue::Catalogue catalogue{clock, random};
  std::unique_ptr<catalogue::Index> index = *catalogue::Index::open(temporary.path() / "index");
  std::unique_ptr<page::Site> site = open_site();
  voices::Voices voices{{db.database(), clock, random, identity, catalogue},
                        {.origin = "https://gov.example"}};
  voices::UseCounter uses{db.database(), clock};
  std::unique_ptr<datastore::Datastore> tables = open_tables();
  geography::Atlas atlas{std::string(MINBEN_BINARY_DIR) + "/share/boundaries"};
  quality::Quality quality{{db.database(), catalogue, *tables, clock, random},
                           {.origin = "https://gov.example"}};
  std::vector<net::Route> routes = open::routes(
      {*site, db.database(), catalogue, *index, *tables, atlas, voices, uses, quality});

  std::unique_ptr<datastore::Datastore> open_tables() {
    datastore::Config config;
    config.directory = temporary.path() / "tables";
    return *datastore::Datastore::open(config, db.database(), clock, random);
  }

  std::unique_ptr<page::Site> open_site() {
    std::ofstream(temporary.path() / "manifest.json")
        << R"({"minben.css":"minben-1.css","minben.js":"minben-1.js","icon.svg":"icon-1.svg"})";
    auto opened =
        page::Site::open({.origin = "https://gov.example", .static_directory = temporary.path()},
                         db.database(), identity, *keys, clock, random);
    EXPECT_TRUE(opened) << describe(opened.error());
    return std::move(*opened);
  }

  void publisher(const std::string& code, const std::string& title) {
    catalogue::Publisher made;
    made.code = catalogue::PublisherCode{code};
    made.title.zh_hant = title;
    EXPECT_TRUE(db->transact([&](auto& tx) { return catalogue.save(tx, made); }));
  }
  static catalogue::Dataset dataset(const std::string& name, const std::string& title,
                                    const std::string& publisher) {
    catalogue::Dataset made;
    made.name = name;
    made.title.zh_hant = title;
    made.description.zh_hant = "說明";
    made.publisher = catalogue::PublisherCode{publisher};
    made.licence = "OGDL-TW-1.0";
    catalogue::Distribution file;
    file.format = "CSV";
    file.download_url = "https://data.example.tw/file.csv";
    made.distributions.push_back(file);
    return made;
  }
  void put(const catalogue::Dataset& given) {
    auto puts = db->transact([&](auto& tx) { return catalogue.put(tx, {&given, 1}, {}); });
    ASSERT_TRUE(puts) << describe(puts.error());
    ASSERT_TRUE(puts->front()) << describe(puts->front().error());
    ASSERT_TRUE(index->follow(db.database(), catalogue));
  }

  /// As the server would: the pattern that fits, the guard, the handler.
  net::Response get(const std::string& target) {
    net::Request request;
    return answer(request, target);
  }
  net::Response answer(net::Request& request, const std::string& target) {
    request.target = target;
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    if (question != target.npos)
      request.query = net::parse_urlencoded(target.substr(question + 1)).value();
    request.headers.set("Host", "gov.example");
    const net::Route* best = nullptr;  // a literal beats a parameter
    for (const net::Route& route : routes)
      if (route.method == request.method && fits(route.pattern, request) &&
          (!best ||
           std::ranges::count(route.pattern, '{') < std::ranges::count(best->pattern, '{')))
        best = &route;
    if (best && fits(best->pattern, request)) {
      auto refused = site->hooks().guard(*best, request);
      net::Response response = refused ? std::move(*refused) : best->handler(request);
      site->hooks().finish(request, response);
      return response;
    }
    ADD_FAILURE() << "no route for " << target;
    return {};
  }

 private:
  static bool fits(std::string_view pattern, net::Request& request) {
    const auto wanted = split(pattern, '/'), given = split(request.path, '/');
    if (wanted.size() != given.size()) return false;
    std::vector<std::pair<std::string, std::string>> parameters;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i].starts_with('{'))
        parameters.emplace_back(wanted[i].substr(1, wanted[i].size() - 2), given[i]);
      else if (wanted[i] != given[i]) return false;
    }
    request.parameters = std::move(parameters);
    return true;
  }
};

}  // namespace minben::open
