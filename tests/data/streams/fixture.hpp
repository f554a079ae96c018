#pragma once
// A published dataset with a live stream over a real database; on a virtual clock.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "keys/keys.hpp"
#include "streams/live.hpp"
#include "support/database.hpp"
#include "support/shared.hpp"

namespace minben::streams {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(describe(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

struct StreamsTest : testing::Test {
  VirtualClock clock{parse_instant("2026-11-30T04:00:00Z").value()};
  SeededRandom random{17};
  minben::test::TemporaryDirectory temporary;
  minben::test::TestDatabase db{
      clock, {keys::migrations(), catalogue::migrations(), datastore::migrations(), migrations()}};
  std::unique_ptr<keys::Keys> key_store =
      must(keys::Keys::open(db.database(), clock, random, std::make_shared<trust::KeyRing>()));
  catalogue::Catalogue catalogue{clock, random};
  std::unique_ptr<datastore::Datastore> tables = must(datastore::Datastore::open(
      {.directory = temporary.path() / "tables"}, db.database(), clock, random));
  Streams streams{db.database(), catalogue, clock, limits()};
  catalogue::DatasetId dataset{};

  static Limits limits() {
    Limits made;
    made.max_keys = 50;
    return made;
  }
  void SetUp() override {
    must(db->transact([&](store::Transaction& tx) {
      catalogue::Publisher made;
      made.code = {"moenv"};
      made.title = {"環境部", "Environment"};
      made.agency = "moenv";
      return catalogue.save(tx, made);
    }));
  }
  static std::vector<Field> air_fields() {
    return {{"station", "測站", intake::Type::text, ""},
            {"at", "時間", intake::Type::timestamp, ""},
            {"pm25", "細懸浮微粒", intake::Type::number, "μg/m³"},
            {"aqi", "指標", intake::Type::integer, ""}};
  }
  Stream air(int retention_days = 7, int every_seconds = 60) {
    NewStream wanted;
    wanted.id = StreamId::make(clock, random);
    wanted.fields = air_fields();
    wanted.key = "station";
    wanted.retention_days = retention_days;
    wanted.every_seconds = every_seconds;
    catalogue::Dataset made;
    made.name = "air-" + to_string(wanted.id).substr(30);
    made.title = {"空氣", "Air"};
    made.description.zh_hant = "說明";
    made.publisher = {"moenv"};
    made.licence = "OGDL-TW-1.0";
    made.distributions.push_back(
        distribution_of(wanted, {"即時", "Live"}, "https://data.example.tw"));
    auto puts = must(
        db->transact([&](store::Transaction& tx) { return catalogue.put(tx, {&made, 1}, {}); }));
    dataset = wanted.dataset = must(std::move(puts.front())).id;
    return must(db->transact([&](store::Transaction& tx) { return streams.make(tx, wanted); }));
  }
  void withdraw() {
    must(db->transact([&](store::Transaction& tx) -> Result<void> {
      MINBEN_TRY(entry, catalogue.find(tx, dataset));
      MINBEN_CHECK(catalogue.withdraw(tx, dataset, entry.revision, "不再提供", {}));
      return {};
    }));
  }
  static std::string one(std::string_view station, double pm25) {
    return fmt::format(R"({{"station":"{}","pm25":{}}})", station, pm25);
  }
  std::expected<Published, Errors> publish(const Stream& stream, std::string_view body,
                                           std::string key = {}, bool lines = false) {
    return streams.publish(stream.id, {body, lines, std::move(key)});
  }
  std::vector<std::int64_t> numbers(const std::vector<Record>& records) {
    std::vector<std::int64_t> out;
    for (const Record& each : records) out.push_back(each.sequence);
    return out;
  }
};

}  // namespace minben::streams
