// Calls of CKAN's Action API and what CKAN 2.11 answers to them, in calls/*.json, written after its
// documentation: each has a request, a status, and a whole answer. In answers "<any>", "<uuid>" and
// "<time>" stand for what differs from site to site.
#include "house.hpp"

#include <filesystem>
#include <thread>

namespace minben::interop {
namespace {

bool fits_placeholder(std::string_view wanted, const Json& got) {
  if (wanted == "<any>") return true;
  if (!got.is_string()) return false;
  const std::string_view text = got.get_string();
  if (wanted == "<uuid>") return parse_uuid(text).has_value();
  if (wanted == "<time>")
    return text.size() == 26 && text[10] == 'T' &&
           parse_instant(std::string(text) + "Z").has_value();
  return wanted == text;
}

/// Where the two differ first; "" when nowhere.
std::string difference(const Json& wanted, const Json& got, const std::string& at) {
  if (const auto* text = wanted.if_string())
    return fits_placeholder(*text, got)
               ? ""
               : fmt::format("{}: wanted {}, got {}", at, write_json(wanted), write_json(got));
  if (const auto* object = wanted.if_object(); object && got.is_object()) {
    for (const auto& member : *object) {
      const Json* other = got.get_object().if_contains(member.key());
      if (!other) return fmt::format("{}/{}: missing", at, std::string_view(member.key()));
      if (auto found = difference(member.value(), *other,
                                  fmt::format("{}/{}", at, std::string_view(member.key())));
          !found.empty())
        return found;
    }
    for (const auto& member : got.get_object())
      if (!object->contains(member.key()))
        return fmt::format("{}/{}: unexpected {}", at, std::string_view(member.key()),
                           write_json(member.value()));
    return "";
  }
  if (const auto* array = wanted.if_array(); array && got.is_array()) {
    if (array->size() != got.get_array().size())
      return fmt::format("{}: wanted {} elements, got {}: {}", at, array->size(),
                         got.get_array().size(), write_json(got));
    for (std::size_t i = 0; i < array->size(); ++i)
      if (auto found = difference((*array)[i], got.get_array()[i], fmt::format("{}/{}", at, i));
          !found.empty())
        return found;
    return "";
  }
  return wanted == got
             ? ""
             : fmt::format("{}: wanted {}, got {}", at, write_json(wanted), write_json(got));
}

struct RecordedCalls : House {
  void SetUp() override {
    publisher("moenv", {"環境部", "Ministry of Environment"});
    publisher("taipei", {"臺北市政府", "Taipei City Government"});
    catalogue::Dataset air;
    air.name = "air-quality";
    air.title = {"空氣品質監測", "Air quality"};
    air.description.zh_hant = "測站資料";
    air.publisher = catalogue::PublisherCode{"moenv"};
    air.licence = "OGDL-TW-1.0";
    air.keywords = {"空氣"};
    air.service_category = "E00";
    catalogue::Distribution file;
    file.title.zh_hant = "測站";
    file.format = "CSV";
    file.download_url = "https://data.example.tw/air.csv";
    file.id = catalogue::DistributionId::parse("01900000-0000-7000-8000-0000000000aa").value();
    air.distributions = {file};
    put(air);
    const Json rows = parse_json(R"([{"測站": "古亭", "值": 12, "日期": "2026-11-01"},
      {"測站": "萬華", "值": 30, "日期": "2026-11-02"}, {"測站": "古亭", "值": 25, "日期": "2026-11-03"}])")
                          .value();
    const auto made = tables->create({file.id.value},
                                     {{.name = "測站"},
                                      {.name = "值", .type = intake::Type::integer},
                                      {.name = "日期", .type = intake::Type::date}},
                                     {}, rows.as_array());
    ASSERT_TRUE(made) << describe(made.error());
    clock.advance(hours{1});
    catalogue::Dataset buses = air;
    buses.name = "bus-stops";
    buses.title = {"公車站牌", ""};
    buses.publisher = catalogue::PublisherCode{"taipei"};
    buses.keywords = {"公車", "交通"};
    buses.service_category = "A00";
    buses.licence = "CC-BY-4.0";
    buses.distributions[0].id = {};
    buses.distributions[0].format = "JSON";
    put(buses);
    follow();
  }
  /// A call with moenv's key → its status and result.
  std::pair<int, Json> action(std::string_view name, const JsonObject& body) {
    const auto answer = send(net::Method::post, fmt::format("/api/3/action/{}", name),
                             write_json(body), "application/json", "moenv-key");
    const auto read = parse_json(answer.body).value_or(nullptr);
    const Json* result = find(read, "result");
    return {answer.status, result ? *result : Json(nullptr)};
  }
};

TEST_F(RecordedCalls, are_answered_as_ckan_answers_them) {
  int calls = 0, failures = 0;
  const std::filesystem::path folder =
      std::filesystem::path(MINBEN_SOURCE_DIR) / "tests/portal/interop/calls";
  for (const std::string file : {"reading.json", "more.json", "datastore.json", "writing.json"}) {
    const auto list = parse_json(minben::test::read_file(folder / file));
    ASSERT_TRUE(list) << file << ": " << describe(list.error());
    for (const Json& call : list->as_array()) {
      ++calls;
      const std::string name = string_or(call, "name");
      const Json* body = find(call, "body");
      const std::string type = string_or(call, "type", "application/json");
      const auto answer = send(body ? net::Method::post : net::Method::get, string_or(call, "path"),
                               !body               ? ""
                               : body->is_string() ? std::string(body->get_string())
                                                   : write_json(*body),
                               type, string_or(call, "key"));
      const auto got = parse_json(answer.body);
      const std::string found =
          got ? difference(call.at("answer"), *got, "") : "no JSON: " + answer.body;
      EXPECT_EQ(answer.status, get_integer(call, "status").value_or(200)) << name;
      EXPECT_EQ(found, "") << name;
      failures += found.empty() ? 0 : 1;
    }
  }
  RecordProperty("calls", calls);
  fmt::print("{} calls, {} differ\n", calls, failures);
  EXPECT_GE(calls, 150);
}

TEST_F(RecordedCalls, of_two_changes_at_once_neither_is_lost) {
  ASSERT_EQ(action("package_create", {{"name", "busy"}, {"owner_org", "moenv"}}).first, 200);
  constexpr int writers = 8;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < writers; ++i)
      threads.emplace_back([this, i] {
        const JsonObject resource{{"package_id", "busy"},
                                  {"name", fmt::format("file {}", i)},
                                  {"url", fmt::format("https://data.example.tw/{}.csv", i)}};
        EXPECT_EQ(action("resource_create", resource).first, 200);
      });
  }
  const auto [status, package] = action("package_patch", {{"id", "busy"}, {"notes", "說明"}});
  ASSERT_EQ(status, 200);
  std::vector<std::string> ids;
  for (const Json& each : package.at("resources").as_array()) ids.push_back(string_or(each, "id"));
  ASSERT_EQ(ids.size(), std::size_t{writers});

  const auto [ordered, order] =
      action("package_resource_reorder", {{"id", "busy"}, {"order", JsonArray{ids[5], ids[1]}}});
  ASSERT_EQ(ordered, 200);
  EXPECT_EQ(order.at("order"),
            (JsonArray{ids[5], ids[1], ids[0], ids[2], ids[3], ids[4], ids[6], ids[7]}));
}

TEST_F(RecordedCalls, dumps_are_streamed_in_each_form) {
  const std::string base = "/datastore/dump/01900000-0000-7000-8000-0000000000aa";
  EXPECT_EQ(send(net::Method::get, base).body,
            "測站,值,日期\r\n古亭,12,2026-11-01\r\n萬華,30,2026-11-02\r\n古亭,25,2026-11-03\r\n");
  const auto json = parse_json(
      send(net::Method::get, base + "?format=json&filters=%7B%22%E5%80%BC%22:30%7D").body);
  EXPECT_TRUE(json);
  EXPECT_EQ(send(net::Method::get, base + "?format=pdf").status, 400);
  EXPECT_EQ(send(net::Method::get, "/datastore/dump/nobody").status, 404);
  EXPECT_EQ(send(net::Method::get, base + "?version=9").status, 404);
  EXPECT_EQ(send(net::Method::get, base + "/parquet").body.substr(0, 4), "PAR1");
}

TEST_F(RecordedCalls, uses_of_tables_are_told) {
  const std::string id = "01900000-0000-7000-8000-0000000000aa";
  send(net::Method::get, "/datastore/dump/" + id);
  send(net::Method::get, "/datastore/dump/" + id + "/parquet");
  send(net::Method::get, "/datastore/dump/nobody");
  EXPECT_EQ(downloads, 2);
  send(net::Method::get, "/api/3/action/datastore_search?resource_id=" + id);
  EXPECT_EQ(row_calls, 1);
}

TEST_F(RecordedCalls, what_is_withdrawn_or_not_open_gives_no_rows) {
  const std::string id = "01900000-0000-7000-8000-0000000000aa";
  auto entry =
      db->separately([&](auto& tx) { return catalogue.find(tx, std::string_view("air-quality")); });
  ASSERT_TRUE(entry);
  entry->dataset.access_rights = catalogue::AccessRights::restricted;
  put(entry->dataset);
  const auto closed = [&](int status) {
    EXPECT_EQ(send(net::Method::get, "/api/3/action/datastore_search?resource_id=" + id).status,
              status);
    EXPECT_EQ(send(net::Method::get, "/api/3/action/datastore_info?id=" + id).status, status);
    EXPECT_EQ(send(net::Method::get, "/datastore/dump/" + id).status, status);
    EXPECT_EQ(send(net::Method::get, "/datastore/dump/" + id + "/parquet").status, status);
    EXPECT_GE(send(net::Method::get,
                   "/api/3/action/datastore_search_sql?sql=SELECT%20*%20FROM%20%22" + id + "%22")
                  .status,
              400);
  };
  closed(403);
  ASSERT_TRUE(db->transact([&](auto& tx) -> Result<void> {
    MINBEN_TRY(now, catalogue.find(tx, std::string_view("air-quality")));
    MINBEN_CHECK(catalogue.withdraw(tx, now.dataset.id, now.revision, "reason", {}));
    return {};
  }));
  closed(404);
}

}  // namespace
}  // namespace minben::interop
