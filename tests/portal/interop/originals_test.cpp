// The file that a table was read from, over HTTP.
#include "house.hpp"

namespace minben::interop {
namespace {

using testing::HasSubstr;

struct Originals : House {
  catalogue::DistributionId id = catalogue::DistributionId::make(clock, random);
  datastore::TableId table{id.value};
  catalogue::DatasetId dataset;

  void SetUp() override {
    publisher("moenv", {"環境部", "Ministry of Environment"});
    catalogue::Dataset made;
    made.name = "air";
    made.title.zh_hant = "空氣";
    made.description.zh_hant = "說明";
    made.publisher = catalogue::PublisherCode{"moenv"};
    made.licence = "OGDL-TW-1.0";
    made.distributions.resize(1);
    made.distributions[0].id = id;
    made.distributions[0].format = "CSV";
    made.distributions[0].download_url = "https://data.example.tw/datastore/dump/" + to_string(id);
    put(made);
    dataset = db->separately([&](auto& tx) {
                  return catalogue.find(tx, std::string_view("air"));
                })->dataset.id;
  }
  void publish(const std::string& content, const std::string& name) {
    datastore::Original original;
    original.file = temporary.path() / "sent.csv";
    std::ofstream(original.file, std::ios::binary) << content;
    original.sha256 = hex_encode(sha256(content));
    original.bytes = std::ssize(content);
    datastore::Datastore::LoadOptions options;
    options.source = JsonObject{{"name", name}};
    const auto aside = datastore::TableId::make(clock, random);
    intake::Hints hints;
    hints.file_name = name;
    ASSERT_TRUE(tables->load(aside, original.file, hints, options));
    ASSERT_TRUE(db->transact([&](auto& tx) { return tables->adopt(tx, aside, table, original); }));
    std::filesystem::remove(original.file);
  }
  net::ClientResponse get(const std::string& more = "") {
    return send(net::Method::get, "/datastore/original/" + to_string(table) + more);
  }
};

TEST_F(Originals, come_under_their_own_name_and_are_never_shown) {
  const std::string big5 = "\xAF\xB8\xA6\x57,a\n\xA5\x6A\xA4\xD1,1\n";  // 站名 … in Big5
  publish(big5, "../站\"點;.csv");
  const auto file = get();
  EXPECT_EQ(file.status, 200);
  EXPECT_EQ(file.body, big5);
  EXPECT_EQ(file.headers.get("Content-Type"), "text/csv; charset=Big5");
  EXPECT_EQ(file.headers.get("X-Content-Type-Options"), "nosniff");
  EXPECT_THAT(std::string(file.headers.get("Content-Security-Policy")), HasSubstr("sandbox"));
  EXPECT_EQ(file.headers.get("Content-Disposition"),
            "attachment; filename*=UTF-8''..%2F%E7%AB%99%22%E9%BB%9E%3B.csv");
  EXPECT_EQ(downloads, 1);
}

TEST_F(Originals, of_earlier_versions_are_there_until_all_is_withdrawn) {
  publish("a\n1\n", "one.csv");
  publish("a\n2\n", "two.csv");
  EXPECT_EQ(get().body, "a\n2\n");
  EXPECT_EQ(get("?version=1").body, "a\n1\n");
  EXPECT_EQ(get("?version=3").status, 404);
  EXPECT_EQ(get("?version=x").status, 400);
  ASSERT_TRUE(db->transact([&](auto& tx) -> Result<void> {
    MINBEN_TRY(entry, catalogue.find(tx, dataset));
    MINBEN_CHECK(catalogue.withdraw(tx, dataset, entry.revision, "停止", {}));
    return {};
  }));
  EXPECT_EQ(get().status, 404);
  EXPECT_EQ(get("?version=1").status, 404);
}

TEST_F(Originals, that_were_not_kept_are_not_found) {
  std::ofstream(temporary.path() / "t.csv") << "a\n1\n";
  ASSERT_TRUE(tables->load(table, temporary.path() / "t.csv", {}, {}));
  EXPECT_EQ(get().status, 404);
  EXPECT_EQ(send(net::Method::get, "/datastore/original/nonsense").status, 404);
}

}  // namespace
}  // namespace minben::interop
