#pragma once
// How much datasets are used: counts per dataset, day, kind of use and kind of client. Nothing
// about who: no address, cookie or identifier is taken, so unique users are not known, and are not
// estimated either.
//
// Counts gather in memory and are written every few seconds in one statement; a killed process
// loses at most those. Thread-safe.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/search.hpp"
#include "core/core.hpp"
#include "store/store.hpp"

namespace minben::voices {

enum class Use { view, download, api };
std::string_view to_string(Use use);

enum class ClientKind { browser, program, bot };
std::string_view to_string(ClientKind kind);
/// By the User-Agent header, which is not kept: what calls itself a robot is one, what looks like a
/// browser is one, everything else, and nothing, is a program.
ClientKind client_kind(std::string_view user_agent);

struct UseConfig {
  seconds flush_every{5};
  std::size_t most_waiting = 100'000;  ///< counters; more uses are dropped and logged
  minutes rank_every{10};              ///< how often the index hears of what is popular
  days popular_days{90};               ///< uses of so many days make something popular
};

class UseCounter {
 public:
  /// Database and clock outlive it, and the index when there is one.
  UseCounter(store::Database& database, const Clock& clock, UseConfig config = {});
  ~UseCounter();  ///< stops, and writes what waits

  /// Costs a lock and a look-up.
  void count(catalogue::DatasetId dataset, Use use, ClientKind client);
  void count(catalogue::DatasetId dataset, Use use, std::string_view user_agent) {
    count(dataset, use, client_kind(user_agent));
  }
  /// Writes what waits; after a failure it waits further.
  Result<void> flush();
  /// Flushes on a thread of its own, and ranks the index now and then.
  void start(catalogue::Index* index = nullptr);
  void stop();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

struct UseRow {
  Date day;
  catalogue::DatasetId dataset;
  Use use = Use::view;
  ClientKind client = ClientKind::browser;
  std::int64_t uses = 0;
};

/// "2026-11-30,0190…,view,browser", to say where to go on.
std::string to_string(const UseRow& row);
/// The same back, without the count; invalid "not_a_use_row".
Result<UseRow> parse_use_row(std::string_view text);

/// Of one dataset, or of all; by day, dataset, use and client. At most `limit` rows, 1 … 100,000:
/// go on with `after`, the last row. invalid "out_of_range".
struct UseQuery {
  std::optional<catalogue::DatasetId> dataset{};
  Date from;
  Date to;  ///< inclusive
  int limit = 100'000;
  std::optional<UseRow> after{};
};
Result<std::vector<UseRow>> use_rows(store::Transaction& tx, const UseQuery& query);
/// RFC 4180 with a header: day,dataset,use,client,uses
std::string use_csv(const std::vector<UseRow>& rows);
Json use_json(const std::vector<UseRow>& rows);  ///< an array of such objects

struct UseSum {
  std::int64_t views = 0, downloads = 0, api = 0;  ///< without bots
};
Result<UseSum> use_sum(store::Transaction& tx, catalogue::DatasetId dataset, Date from, Date to);
/// The same for many, in their order.
Result<std::vector<UseSum>> use_sums(store::Transaction& tx,
                                     const std::vector<catalogue::DatasetId>& datasets, Date from,
                                     Date to);

/// Tells the index how much each dataset was used since `from`: views once, downloads and calls
/// five times, bots not at all; how many datasets.
Result<int> rank(store::Transaction& tx, catalogue::Index& index, Date from);

}  // namespace minben::voices
