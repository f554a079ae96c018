#pragma once
// Private: what lies beside a Parquet file (its index, its rows in blocks) makes reading fast and
// can be made of it at any time. For a large table it is made after the table can be read, and for
// any table when it is found missing, on one thread, one table after another.
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

#include "datastore.hpp"

namespace minben::datastore {

/// Thread-safe.
class Besides {
 public:
  struct Wanted {
    TableId table;
    int version = 0;
    friend auto operator<=>(const Wanted&, const Wanted&) = default;
  };
  /// `make` runs on the thread; it should end early once `stopping` says so.
  using Make = std::function<Result<void>(const Wanted&, const std::function<bool()>& stopping)>;
  explicit Besides(Make make);
  ~Besides();
  Besides(const Besides&) = delete;
  Besides& operator=(const Besides&) = delete;

  /// Once it has failed it is not tried again, and when 1,000 wait nothing more is taken: whoever
  /// misses it asks again.
  void want(const Wanted& wanted);
  /// Until nothing waits.
  void settle();

 private:
  static constexpr std::size_t most = 1000;
  void run();

  Make make_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Wanted> waiting_;
  std::set<Wanted> failed_;
  bool busy_ = false;
  bool stop_ = false;
  std::thread thread_;  // last: it uses everything above
};

}  // namespace minben::datastore
