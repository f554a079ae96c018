// Sources of linked data, files of rows, and ourselves.
#include <fstream>

#include "catalogue/search.hpp"
#include "house.hpp"
#include "interchange/dcat.hpp"
#include "interop/interop.hpp"
#include "support/port.hpp"

namespace minben::harvest {

using interchange::Graph;
using testing::HasSubstr;

struct Forms : House {
  static Graph page(int first, int count, const std::string& next) {
    std::string text =
        "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> . "
        "@prefix hydra: <http://www.w3.org/ns/hydra/core#> . @prefix foaf: "
        "<http://xmlns.com/foaf/0.1/> .\n";
    for (int i = first; i < first + count; ++i)
      text += fmt::format(
          "<https://other.example/set/{0}> a dcat:Dataset; dct:title \"資料 {0}\"@zh-Hant; "
          "dct:publisher [a foaf:Agent; foaf:name \"Other Agency\"]; dcat:distribution "
          "<https://other.example/file/{0}>.\n<https://other.example/file/{0}> a "
          "dcat:Distribution; dcat:accessURL <https://other.example/{0}.csv>.\n",
          i);
    if (!next.empty())
      text += fmt::format("<> a hydra:PagedCollection; hydra:nextPage \"{}\".\n", next);
    return *interchange::read_turtle(text, "https://other.example/catalog");
  }
  static net::Response written(const Graph& graph, std::string_view form) {
    if (form == "ttl")
      return net::Response::bytes(interchange::write_turtle(graph), "text/turtle; charset=utf-8");
    if (form == "nt") return net::Response::bytes(interchange::write_ntriples(graph), "text/plain");
    if (form == "rdf")
      return net::Response::bytes(*interchange::write_rdf_xml(graph), "application/xml");
    return net::Response::bytes(interchange::write_json_ld(graph), "application/ld+json");
  }
};

TEST_F(Forms, PagesOfLinkedDataInEverySyntax) {
  for (const std::string form : {"ttl", "nt", "rdf", "jsonld"})
    for (const bool by_link : {false, true}) {
      portal.trouble([&](const net::Request& request) -> std::optional<net::Response> {
        const int at = static_cast<int>(parse_integer(request.query.get("page")).value_or(1));
        const std::string next = at < 3 ? portal.url(fmt::format("/catalog?page={}", at + 1)) : "";
        auto answer = written(page(at * 10, 10, by_link ? "" : next), form);
        if (by_link && !next.empty())
          answer.headers.set("Link", fmt::format("<{}>; rel=\"next\"", next));
        return answer;
      });
      const std::string code = fmt::format("{}-{}", form, by_link ? "link" : "hydra");
      switch_on(source(code, SourceKind::dcat, "/catalog"));
      const Run first = run(code);
      EXPECT_EQ(first.state, RunState::done) << code << ": " << first.detail;
      EXPECT_EQ(first.counts.created, 30) << code;
      EXPECT_EQ(run(code).counts.unchanged, 30) << code;
    }
  // Eight sources with the same datasets have a dataset each.
  EXPECT_EQ(all().size(), 240u);
}

TEST_F(Forms, PagesThatNeverEndAreNoticed) {
  portal.trouble([&](const net::Request& request) -> std::optional<net::Response> {
    const auto at = parse_integer(request.query.get("page")).value_or(1);
    return written(page(10, 10, portal.url(fmt::format("/catalog?page={}", at + 1))), "ttl");
  });
  save(source("loop", SourceKind::dcat, "/catalog"));
  const Run loop = run("loop", true);
  EXPECT_EQ(loop.state, RunState::failed);
  EXPECT_EQ(loop.code, "paging_loop");
  portal.trouble([](const net::Request&) { return net::Response::text("@prefix broken"); });
  EXPECT_EQ(run("loop", true).code, "not_turtle");
}

TEST_F(Forms, FilesOfRowsInEveryForm) {
  const std::map<std::string, std::string> files{
      {"lines",
       R"({"id":"1","name":"公車","provider":"交通部","format":"csv","urls":["https://a.tw/1.csv"]}
{"id":"2","name":"火車","provider":"交通部","format":"csv","urls":["https://a.tw/2.csv"]}
)"},
      {"json", R"({"result": [{"id":"1","name":"公車","provider":"交通部"},
        {"id":"2","name":"火車","provider":"交通部"}]})"},
      {"csv",
       "\xef\xbb\xbf編號,資料集名稱,資料集描述\r\n1,公車,\"每日, "
       "\"\"新\"\"的\"\r\n2,火車,說明\r\n"},
      {"xml",
       "<?xml version=\"1.0\"?><data><row><id>1</id><name>公車</name><provider>交通部</provider>"
       "</row><row><id>2</id><name>火車</name><provider>交通部</provider></row></data>"},
      {"big5",
       "\xbd\x73\xb8\xb9,\xb8\xea\xae\xc6\xb6\xb0\xa6\x57\xba\xd9\n1,\xa4\xbd\xa8\xae\n2,"
       "\xa4\xf5\xa8\xae\n"}};
  for (const auto& [form, content] : files) {
    portal.trouble([&](const net::Request&) { return net::Response::text(content); });
    switch_on(source(form, SourceKind::national, "/export"));
    const Run done = run(form);
    EXPECT_EQ(done.state, RunState::done) << form << ": " << done.detail;
    EXPECT_EQ(done.counts.created, 2) << form;
    std::set<std::string> titles;
    for (const auto& each : all())
      if (each.dataset.origin->source == form) titles.insert(each.dataset.title.zh_hant);
    EXPECT_THAT(titles, testing::ElementsAre("公車", "火車")) << form;
    EXPECT_EQ(run(form).counts.unchanged, 2) << form;
  }
}

TEST_F(Forms, AFileIsImportedByHand) {
  Source national = source("data.gov.tw", SourceKind::national);
  national.url.clear();
  national.every_hours = 0;
  national.trusted = true;
  save(national);
  const auto file = temporary.path() / "list.jsonl";
  std::ofstream(file) << R"({"id":"1","name":"公車","provider":"交通部"}
{"id":"1","name":"公車","provider":"交通部"}
no json
)";
  const auto failed = harvester.import(SourceCode{"data.gov.tw"}, file, "command");
  ASSERT_TRUE(failed) << describe(failed.error());
  EXPECT_EQ(failed->code, "not_json");
  EXPECT_THAT(failed->detail, HasSubstr("3"));
  std::ofstream(file) << R"({"id":"1","name":"公車","provider":"交通部"}
{"id":"1","name":"公車","provider":"交通部"}
)";
  const auto done = harvester.import(SourceCode{"data.gov.tw"}, file, "command");
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(done->state, RunState::done) << done->detail;
  EXPECT_EQ(done->counts.created, 2) << "two rows, two datasets";
}

TEST_F(Forms, TheNationalListGetsInWhole) {
  MINBEN_SHARED_OR_SKIP(file, "data/catalogue/datagovtw_datasets_2026-03-23.jsonl");
  Source national = source("data.gov.tw", SourceKind::national);
  national.url.clear();
  national.every_hours = 0;
  national.trusted = true;
  save(national);
  auto index = *catalogue::Index::open(temporary.path() / "index");
  const auto start = std::chrono::steady_clock::now();
  std::atomic<bool> over = false;
  std::jthread following([&] {
    while (!over) (void)index->follow(db.database(), catalogue);
  });
  const auto done = harvester.import(SourceCode{"data.gov.tw"}, file, "command");
  over = true;
  following.join();
  ASSERT_TRUE(index->follow(db.database(), catalogue));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  ASSERT_TRUE(done) << describe(done.error());
  fmt::print("52,600 datasets with their index: {:.1f} s\n", took.count());
  EXPECT_EQ(done->state, RunState::done) << done->detail;
  EXPECT_EQ(done->counts.created, 52'600);
  EXPECT_EQ(done->counts.failed, 0);
  EXPECT_EQ(index->size(), 52'600);
}

TEST_F(Forms, OurselvesByBothInterfaces) {
  auto index = *catalogue::Index::open(temporary.path() / "index");
  portal.add(1, 130);
  switch_on(source());
  run();
  ASSERT_TRUE(index->follow(db.database(), catalogue));
  net::ServerConfig config;
  config.port = minben::test::free_port();  // pages name the next one by its whole address
  const std::string address = fmt::format("http://127.0.0.1:{}", config.port);
  datastore::Config at;
  at.directory = temporary.path() / "tables";
  const auto tables = datastore::Datastore::open(at, db.database(), clock, random);
  ASSERT_TRUE(tables) << describe(tables.error());
  std::vector<net::Route> routes = interop::routes({db.database(),
                                                    catalogue,
                                                    *index,
                                                    **tables,
                                                    clock,
                                                    [](std::string_view) -> Result<interop::Key> {
                                                      return fail(Kind::unauthorised, "bad_token");
                                                    },
                                                    {.origin = address},
                                                    {}},
                                                   net::Access{"anyone"});
  auto server = net::Server::start(config, std::move(routes), {});
  ASSERT_TRUE(server) << describe(server.error());

  minben::test::TestDatabase other{clock, {catalogue::migrations(), migrations()}};
  const Harvester there(other.database(), catalogue, clock, random, settings());
  for (const auto& [code, kind, path] : {std::tuple{"by-ckan", SourceKind::ckan, ""},
                                         std::tuple{"by-dcat", SourceKind::dcat, "/catalog.ttl"}}) {
    Source ours = source(code, kind);
    ours.url = address + path;
    Run last;
    for (const bool dry : {true, false, false}) {
      const auto begun = other->transact([&](auto& tx) -> Result<Run> {
        MINBEN_CHECK(there.save(tx, ours));
        if (!dry) MINBEN_CHECK(there.activate(tx, ours.code));
        return there.begin(tx, ours.code, dry, "command");
      });
      ASSERT_TRUE(begun) << describe(begun.error());
      const auto done = there.finish(begun->id);
      ASSERT_TRUE(done) << describe(done.error());
      last = *done;
      EXPECT_EQ(last.state, RunState::done) << code << ": " << last.code << " " << last.detail;
      EXPECT_EQ(last.counts.failed, 0) << code;
    }
    EXPECT_EQ(last.counts.unchanged, code == std::string("by-dcat") ? last.counts.seen : 130)
        << code;
  }
}

}  // namespace minben::harvest
