#pragma once
// A datastore on a database and a directory of its own.
#include <fstream>

#include <unistd.h>

#include <gtest/gtest.h>

#include "datastore/datastore.hpp"
#include "datastore/search.hpp"
#include "support/database.hpp"

namespace minben::datastore::test {

namespace fs = std::filesystem;

template <class T>
T value(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << describe(result.error());
    throw std::runtime_error(describe(result.error()));
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

template <class T>
std::string code(const Result<T>& result) {
  return result ? "" : result.error().code;
}

struct DatastoreTest : testing::Test {
  fs::path folder = fs::temp_directory_path() / ("minben-datastore-" + std::to_string(::getpid()));
  SystemClock clock;
  SystemRandom random;
  minben::test::TestDatabase db{clock, {datastore::migrations()}};
  std::unique_ptr<Datastore> store;
  TableId table = TableId::make(clock, random);

  DatastoreTest() {
    fs::remove_all(folder);
    fs::create_directories(folder);
    store = open();
  }
  ~DatastoreTest() override {
    store = nullptr;
    fs::remove_all(folder);
  }
  std::unique_ptr<Datastore> open(Config config = {}) {
    config.directory = folder / "tables";
    return value(Datastore::open(config, db.database(), clock, random));
  }

  fs::path file(const std::string& content, const std::string& name = "t.csv") const {
    const fs::path path = folder / name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  Version load(const std::string& csv) { return value(load_into(table, csv)); }
  Result<Version> load_into(TableId into, const std::string& csv) {
    intake::Hints hints;
    hints.file_name = "t.csv";
    return store->load(into, file(csv), hints, {});
  }
  Page search(const Search& wanted) { return value(store->search(table, wanted)); }
  std::string records(const Search& wanted) { return search(wanted).records; }
  static Json json(std::string_view text) { return value(parse_json(text)); }
};

}  // namespace minben::datastore::test
