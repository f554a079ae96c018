// The description of the room's routes: every route is in it, and nothing else is.
#include <regex>
#include <set>

#include "ckan.hpp"
#include "house.hpp"
#include "keys/keys.hpp"
#include "streams/live.hpp"
#include "trust/trust.hpp"

namespace minben::interop {
namespace {

struct Described {
  std::string method, path;
};

struct Operations : House {
  std::unique_ptr<keys::Keys> key_store = open_keys();
  streams::Live live{db.database(), catalogue, *tables, *key_store, clock, random, {}};

  std::unique_ptr<keys::Keys> open_keys() {
    for (const auto& migrations : {keys::migrations(), streams::migrations()})
      EXPECT_TRUE(db->migrate(migrations));
    return *keys::Keys::open(db.database(), clock, random, std::make_shared<trust::KeyRing>());
  }
  Json document = openapi::document(
      operations(), {.origin = "https://data.example.tw", .title = {}, .text = {}}, {});
  std::vector<Described> described() {
    std::vector<Described> all;
    for (const auto& path : document.at("paths").as_object())
      for (const auto& method : path.value().as_object())
        all.push_back({to_lower_ascii(method.key()), path.key()});
    return all;
  }
  std::vector<net::Route> all_routes() {
    return routes(
        {db.database(),
         catalogue,
         *index,
         *tables,
         clock,
         [](std::string_view) -> Result<Key> { return fail(Kind::unauthorised, "bad_token"); },
         {.origin = "https://data.example.tw"},
         {},
         {},
         nullptr,
         &live},
        anyone);
  }
};

/// A path in which each {name} may be anything without a slash.
std::regex pattern_of(const std::string& path) {
  std::string out;
  for (std::size_t at = 0; at < path.size(); ++at) {
    if (path[at] == '{') {
      at = path.find('}', at);
      out += "[^/]+";
    } else {
      if (path[at] == '.') out += '\\';
      out += path[at];
    }
  }
  return std::regex(out);
}

std::string method_of(const net::Route& route) {
  return to_lower_ascii(net::to_string(route.method));
}

TEST_F(Operations, describe_every_route) {
  const auto all = described();
  for (const net::Route& route : all_routes())
    EXPECT_TRUE(
        std::ranges::any_of(all,
                            [&](const Described& each) {
                              // "{action}" of the route stands for what the document lists one by
                              // one.
                              return each.method == method_of(route) &&
                                     (std::regex_match(each.path, pattern_of(route.pattern)) ||
                                      std::regex_match(route.pattern, pattern_of(each.path)));
                            }))
        << method_of(route) << " " << route.pattern;
}

TEST_F(Operations, describe_nothing_that_is_no_route) {
  const auto routes = all_routes();
  for (const Described& each : described())
    EXPECT_TRUE(
        std::ranges::any_of(routes,
                            [&](const net::Route& route) {
                              return each.method == method_of(route) &&
                                     (std::regex_match(each.path, pattern_of(route.pattern)) ||
                                      std::regex_match(route.pattern, pattern_of(each.path)));
                            }))
        << each.method << " " << each.path;
}

TEST_F(Operations, describe_every_action_of_ckan_as_it_may_be_called) {
  std::set<std::pair<std::string, std::string>> known;
  for (const Described& each : described()) known.emplace(each.method, each.path);
  std::size_t actions = 0;
  for (const auto& list : all_actions())
    for (const Action& action : list) {
      const std::string path = "/api/3/action/" + std::string(action.name);
      ++actions;
      EXPECT_TRUE(known.contains({action.reads_only ? "get" : "post", path})) << action.name;
      EXPECT_FALSE(!action.reads_only && known.contains({"get", path})) << action.name;
    }
  std::size_t paths = 0;
  for (const auto& member : document.at("paths").as_object())
    if (std::string_view(member.key()).starts_with("/api/3/action/")) ++paths;
  EXPECT_EQ(paths, actions);
}

TEST_F(Operations, examples_name_what_is_there) {
  EXPECT_TRUE(samples({db.database(), catalogue, *index, *tables, clock, {}, {}}).empty());
  publisher("moenv", {"環境部", "Ministry of Environment"});
  catalogue::Dataset air;
  air.name = "air-quality";
  air.title = {"空氣品質監測", "Air quality"};
  air.description.zh_hant = "測站資料";
  air.publisher = catalogue::PublisherCode{"moenv"};
  air.licence = "OGDL-TW-1.0";
  air.keywords = {"空氣"};
  air.service_category = "E00";
  catalogue::Distribution file;
  file.format = "CSV";
  file.download_url = "https://data.example.tw/air.csv";
  file.id = catalogue::DistributionId::parse("01900000-0000-7000-8000-0000000000aa").value();
  air.distributions = {file};
  put(air);
  const Json rows = parse_json(R"([{"測站": "古亭", "值": 12}])").value();
  ASSERT_TRUE(tables->create({file.id.value},
                             {{.name = "測站"}, {.name = "值", .type = intake::Type::integer}}, {},
                             rows.as_array()));
  follow();
  const auto found = samples({db.database(), catalogue, *index, *tables, clock, {}, {}});
  EXPECT_EQ(found.at("table"), "01900000-0000-7000-8000-0000000000aa");
  EXPECT_EQ(found.at("dataset"), "air-quality");
  EXPECT_EQ(found.at("field"), "測站");
  EXPECT_EQ(found.at("group"), "e00");
  EXPECT_EQ(found.at("identifier"), "air-quality");
}

}  // namespace
}  // namespace minben::interop
