#pragma once
#include <gmock/gmock.h>

#include "catalogue/catalogue.hpp"
#include "catalogue/search.hpp"
#include "support/database.hpp"
#include "support/shared.hpp"

namespace minben::catalogue {

inline Dataset dataset(std::string title, std::string publisher = "moenv") {
  Dataset made;
  made.title.zh_hant = std::move(title);
  made.description.zh_hant = "說明";
  made.publisher = PublisherCode{std::move(publisher)};
  made.licence = "OGDL-TW-1.0";
  Distribution file;
  file.title.zh_hant = "檔案";
  file.format = "CSV";
  file.download_url = "https://data.example.tw/file.csv";
  made.distributions.push_back(file);
  return made;
}

struct CatalogueTest : testing::Test {
  VirtualClock clock{parse_instant("2026-11-30T04:00:00Z").value()};
  SeededRandom random{8};
  minben::test::TemporaryDirectory temporary;
  minben::test::TestDatabase db{clock, {migrations()}};
  Catalogue catalogue{clock, random};
  Actor officer{Actor::Kind::officer, "0190"};
  std::unique_ptr<Index> index;

  template <class Work>
  auto act(Work&& work) {
    return db->transact(std::forward<Work>(work));
  }

  void SetUp() override {
    for (const auto& [code, title] : {std::pair{"moenv", Text{"環境部", "Ministry of Environment"}},
                                      std::pair{"taipei", Text{"臺北市政府", "Taipei City"}}})
      ASSERT_TRUE(act([&](auto& tx) {
        Publisher publisher;
        publisher.code = PublisherCode{code};
        publisher.title = title;
        return catalogue.save(tx, publisher);
      }));
    auto opened = Index::open(temporary.path() / "index");
    ASSERT_TRUE(opened) << describe(opened.error());
    index = std::move(*opened);
  }

  Put put(const Dataset& given, Actor by = {Actor::Kind::client, "one"}) {
    auto puts = act([&](auto& tx) { return catalogue.put(tx, {&given, 1}, by); });
    if (!puts || !puts->front()) {
      ADD_FAILURE() << describe(puts ? puts->front().error() : puts.error());
      return {};
    }
    return *puts->front();
  }
  Entry found(DatasetId id) {
    auto entry = act([&](auto& tx) { return catalogue.find(tx, id); });
    if (!entry) ADD_FAILURE() << describe(entry.error());
    return entry ? *entry : Entry{};
  }
  std::int64_t follow() {
    const auto taken = index->follow(db.database(), catalogue);
    if (!taken) ADD_FAILURE() << describe(taken.error());
    return taken.value_or(-1);
  }
  Hits search(SearchQuery query) {
    auto hits = index->search(query);
    if (!hits) ADD_FAILURE() << describe(hits.error());
    return hits.value_or(Hits{});
  }
  std::vector<std::string> titles(SearchQuery query) {
    std::vector<std::string> out;
    for (const DatasetId& id : search(std::move(query)).ids)
      out.push_back(found(id).dataset.title.in(Language::zh_hant));
    return out;
  }
};

}  // namespace minben::catalogue
