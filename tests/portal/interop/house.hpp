#pragma once
// The interfaces of open data over a real database, index and HTTP server.
#include <atomic>
#include <fstream>

#include <gmock/gmock.h>

#include <fmt/format.h>

#include "catalogue/catalogue.hpp"
#include "catalogue/search.hpp"
#include "interop/interop.hpp"
#include "quality/quality.hpp"
#include "support/database.hpp"
#include "support/shared.hpp"

namespace minben::interop {

struct House : testing::Test {
  VirtualClock clock{parse_instant("2026-11-30T04:05:06.000007Z").value()};
  SeededRandom random{81};
  minben::test::TemporaryDirectory temporary;
  minben::test::TestDatabase db{
      clock, {catalogue::migrations(), datastore::migrations(), quality::migrations()}};
  catalogue::Catalogue catalogue{clock, random};
  std::unique_ptr<catalogue::Index> index = *catalogue::Index::open(temporary.path() / "index");
  std::unique_ptr<datastore::Datastore> tables = *datastore::Datastore::open(
      {.directory = temporary.path() / "tables"}, db.database(), clock, random);
  quality::Quality quality{{db.database(), catalogue, *tables, clock, random},
                           {.origin = "https://data.example.tw"}};
  static constexpr net::Access anyone{"anyone"};
  std::atomic<int> downloads = 0, row_calls = 0;  ///< of tables, as they are told
  std::unique_ptr<net::Server> server = start();
  net::Client client{{}};

  std::unique_ptr<net::Server> start() {
    auto started = net::Server::start(
        {},
        routes({db.database(),
                catalogue,
                *index,
                *tables,
                clock,
                [](std::string_view key) -> Result<Key> {
                  if (key == "moenv-key") return Key{"one", AgencyCode{"moenv"}};
                  if (key == "taipei-key") return Key{"two", AgencyCode{"taipei"}};
                  return fail(Kind::unauthorised, "bad_token", "unknown or revoked");
                },
                {.origin = "https://data.example.tw"},
                [this](catalogue::DatasetId, Use use, std::string_view) {
                  ++(use == Use::download ? downloads : row_calls);
                },
                [](Followed followed, std::string_view) -> Result<std::int64_t> {
                  return followed == Followed::dataset ? 2 : 1;
                },
                &quality},
               anyone),
        {});
    EXPECT_TRUE(started) << describe(started.error());
    return std::move(*started);
  }

  void publisher(const std::string& code, catalogue::Text title) {
    catalogue::Publisher made;
    made.code = catalogue::PublisherCode{code};
    made.title = std::move(title);
    made.agency = code;
    made.oid = code == "moenv" ? "2.16.886.101.20003.20069" : "2.16.886.101.90001.1";
    made.org_code = "ORG-" + code;
    ASSERT_TRUE(db->transact([&](auto& tx) { return catalogue.save(tx, made); }));
  }
  void put(const catalogue::Dataset& given) {
    auto puts = db->transact([&](auto& tx) { return catalogue.put(tx, {&given, 1}, {}); });
    ASSERT_TRUE(puts) << describe(puts.error());
    ASSERT_TRUE(puts->front()) << describe(puts->front().error());
  }
  void follow() { ASSERT_TRUE(index->follow(db.database(), catalogue)); }

  net::ClientResponse send(net::Method method, const std::string& target, std::string body = {},
                           std::string_view type = "application/json", std::string_view key = {}) {
    net::ClientRequest request{
        method, fmt::format("http://127.0.0.1:{}{}", server->port(), target), {}, std::move(body)};
    if (!request.body.empty()) request.headers.set("Content-Type", type);
    if (!key.empty()) request.headers.set("Authorization", key);
    auto answer = client.send(request);
    EXPECT_TRUE(answer) << target << ": " << describe(answer.error());
    return answer.value_or(net::ClientResponse{});
  }
  Json json(const std::string& target) {
    auto parsed = parse_json(send(net::Method::get, target).body, {.max_bytes = 64u << 20});
    EXPECT_TRUE(parsed) << target;
    return parsed.value_or(Json());
  }
};

}  // namespace minben::interop
